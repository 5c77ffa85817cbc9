"""The app and its handlers."""

import importlib
import inspect

import chalice
from chalice import app as chalice_app

_ROUTE_KEYS = {"on_connect": "$connect", "on_message": "$default", "on_disconnect": "$disconnect"}


def find(module):
    """The app: what is called `app`, as Chalice wants it, or else the only one that there is."""
    named = getattr(module, "app", None)
    if isinstance(named, chalice.Chalice):
        return named
    apps = {id(thing): thing for thing in vars(module).values() if isinstance(thing, chalice.Chalice)}
    if len(apps) != 1:
        raise RuntimeError(f"{module.__name__}.py has no Chalice app: write `app = Chalice(app_name=...)`")
    return next(iter(apps.values()))


def handler(app, module, route):
    """What serves a route: it takes an event and a context, as a Lambda function does. None if the app has no such
    handler."""
    config = app.websocket_handlers.get(_ROUTE_KEYS[route])
    if config is None:
        return None
    found = _in_module(config.handler_string, module) or config.handler_function
    return found if _takes_two(found) else _wrapped(app, config.handler_function)


def refuse(event):
    """Gets the messages if the app has no handler for them after all."""
    raise RuntimeError("the app has no on_ws_message handler: if it is in a Blueprint, call app.register_blueprint with it")


def _in_module(handler_string, module):
    """What Lambda would call: `app.message` is `message` of the module `app`, with all its decorators."""
    name, _, function = handler_string.rpartition(".")
    if name != "app":
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError:
            return None
    return getattr(module, function, None)


def _takes_two(function):
    """Whether it can be called with an event and a context. Chalice leaves handlers of Blueprints as they are, so that
    on Lambda they get both."""
    try:
        inspect.signature(function).bind(None, None)
    except (TypeError, ValueError):
        return False
    return True


def _wrapped(app, function):
    """As Chalice wraps the handlers of an app."""
    wrapped = chalice_app.WebsocketEventSourceHandler(function, chalice_app.WebsocketEvent, app.websocket_api)
    # The first versions with WebSockets have no middleware.
    if hasattr(app, "_get_middleware_handlers"):
        wrapped.middleware_handlers = app._get_middleware_handlers("websocket")
    return wrapped
