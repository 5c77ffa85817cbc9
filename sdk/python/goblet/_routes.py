"""Which function serves which route."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Optional, TypeVar, Union

from ._events import ConnectEvent, DisconnectEvent, MessageEvent
from ._payload import Payload


@dataclass(frozen=True)
class Accept:
    """The client is connected. Made by ``goblet.accept``."""

    subprotocol: Optional[str] = None


@dataclass(frozen=True)
class Reject:
    """The client is refused. Made by ``goblet.reject``."""

    status: int


def accept(subprotocol: Optional[str] = None) -> Accept:
    """The answer of ``on_connect`` that connects a client, with one of the subprotocols that it offered or with none."""
    return Accept(subprotocol)


def reject(status: int = 403) -> Reject:
    """The answer of ``on_connect`` that refuses a client, with an HTTP status from 300 to 599."""
    if isinstance(status, bool) or not isinstance(status, int) or not 300 <= status <= 599:
        raise ValueError(f"a client is refused with a status from 300 to 599, not {status!r}")
    return Reject(status)


Answer = Union[Accept, Reject, bool, None]

# The decorated functions keep their types.
OnConnect = TypeVar("OnConnect", bound=Callable[[ConnectEvent], Any])
OnMessage = TypeVar("OnMessage", bound=Callable[[MessageEvent], Any])
OnDisconnect = TypeVar("OnDisconnect", bound=Callable[[DisconnectEvent], Any])

handlers: dict[str, Callable[[Any], Any]] = {}
"""The functions that serve routes, by the names of the decorators."""


def on_connect(function: OnConnect) -> OnConnect:
    """Serves ``$connect``. The function returns ``None`` or ``True`` to accept the client, ``goblet.accept("chat")`` for
    a subprotocol, or ``goblet.reject(401)``. ``False`` is ``goblet.reject(403)``."""
    return _serve("on_connect", function)


def on_message(function: OnMessage) -> OnMessage:
    """Serves ``$default`` and the API's own routes. What the function returns (``str`` or ``bytes``) is the route's
    response: API Gateway sends it to the client if the route is two-way. To answer on any route, call ``goblet.send``."""
    return _serve("on_message", function)


def on_disconnect(function: OnDisconnect) -> OnDisconnect:
    """Serves ``$disconnect``. The connection is closed by then."""
    return _serve("on_disconnect", function)


_Function = TypeVar("_Function", bound=Callable[..., Any])


def _serve(route: str, function: _Function) -> _Function:
    if not callable(function):
        raise TypeError(f"goblet.{route} takes a function: write @goblet.{route} with no parentheses")
    if handlers.get(route) not in (None, function):
        raise ValueError(f"two functions serve goblet.{route}: call one from the other")
    handlers[route] = function
    return function
