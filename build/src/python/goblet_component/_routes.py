"""What the component exports: it runs the author's functions."""

import importlib
import inspect
import sys

import goblet
from componentize_py_types import Err
from goblet._payload import checked
from goblet._routes import handlers
from wit_world.imports import types

from . import _author, _notes, _records
from ._services import payload_to_host

_entry = ""
_exported = []
_loop = None
_adapter = None
_complete = None


def install(entry, exported, is_async, complete):
    """The name of the author's first module, the routes that the component exports, whether there is `async def`, and what
    is called at the start of each event."""
    global _complete, _entry, _loop
    _complete, _entry = complete, entry
    _exported.extend(exported)
    if is_async:
        from . import _loop as loop

        _loop = loop


def adapt(adapter):
    """Has a function called with the author's first module, after it has run: it gives functions to goblet's routes."""
    global _adapter
    _adapter = adapter


class OnConnect:
    def on_ws_connect(self, event):
        from wit_world.exports import on_connect

        def answer(result):
            if result is None or result is True:
                return on_connect.Answer_Accept(None)
            if result is False:
                return on_connect.Answer_Reject(goblet.reject().status)
            if isinstance(result, goblet.Accept):
                return on_connect.Answer_Accept(result.subprotocol)
            if isinstance(result, goblet.Reject):
                return on_connect.Answer_Reject(result.status)
            raise TypeError(
                f"the function of @goblet.on_connect returned {_described(result)}: return None, goblet.accept() or "
                "goblet.reject()"
            )

        def read():
            headers, query = goblet.Headers(event.headers), goblet.Query(event.query)
            return goblet.ConnectEvent(**_request(event), headers=headers, query=query)

        return _run("on_connect", read, answer)


class OnMessage:
    def on_ws_message(self, event):
        def answer(result):
            if result is None:
                return None
            try:
                return payload_to_host(checked(result))
            except TypeError as error:
                raise TypeError(f"the function of @goblet.on_message returned {_described(result)}: {error}") from None

        return _run("on_message", lambda: message(event), answer)


class OnDisconnect:
    def on_ws_disconnect(self, event):
        def read():
            return goblet.DisconnectEvent(**_request(event), status_code=event.status_code, reason=event.reason)

        # There is nobody to answer to.
        return _run("on_disconnect", read, lambda result: None)


def message(event):
    return goblet.MessageEvent(**_request(event), message_id=event.message_id, body=event.body.value)


def _run(route, read, answer):
    """Runs the author's modules, and then the function of a route. An exception fails the invocation."""
    failed = None
    try:
        _complete()
        _author.forget()
        module = importlib.import_module(_entry)
        if _adapter:
            _adapter(module)
        _check_exports()
        result = handlers[route](read()) if route in handlers else _unserved(route)
        return answer(_awaited(result))
    except BaseException as error:
        failed = _in_words(error)
        if isinstance(error, Exception):
            _notes.add(error)
        _records.failure(error)
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    raise Err(failed)


def _check_exports():
    for route in handlers:
        if route not in _exported:
            raise RuntimeError(
                f"the build did not see that goblet.{route} is used, so the component has no such route: write "
                f"@goblet.{route} before a function in the handler's own modules"
            )


def _unserved(route):
    if route == "on_message":
        raise RuntimeError("no function serves messages: put @goblet.on_message before one")


def _awaited(result):
    if not inspect.isawaitable(result):
        return result
    if _loop is None:
        raise TypeError("the function returned a coroutine: write its function as `async def` in the handler's own modules")
    return _loop.run(result)


def _request(event):
    fields = vars(event.request)
    return {
        **fields,
        "authorizer": dict(fields["authorizer"]),
        "stage_variables": dict(fields["stage_variables"]),
    }


def _described(result):
    return f"a value of type {type(result).__name__}"


def _in_words(error):
    try:
        text = str(error)
    except Exception:
        text = ""
    words = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return words.encode(errors="replace").decode()
