"""WebSocket handlers for Amazon API Gateway, in Python.

    import goblet

    @goblet.on_message
    def echo(event):
        goblet.send(event.connection_id, event.body)
"""

from . import groups, state
from ._connections import Connection, close, describe, send, send_all
from ._errors import (
    ConflictError,
    DisconnectedError,
    FailedError,
    ForbiddenError,
    GobletError,
    InvalidError,
    PayloadTooLargeError,
    ThrottledError,
    ValueTooLargeError,
)
from ._events import ConnectEvent, DisconnectEvent, Event, Headers, MessageEvent, Query
from ._routes import Accept, Reject, accept, on_connect, on_disconnect, on_message, reject

__all__ = [
    "Accept",
    "ConflictError",
    "ConnectEvent",
    "Connection",
    "DisconnectEvent",
    "DisconnectedError",
    "Event",
    "FailedError",
    "ForbiddenError",
    "GobletError",
    "Headers",
    "InvalidError",
    "MessageEvent",
    "PayloadTooLargeError",
    "Query",
    "Reject",
    "ThrottledError",
    "ValueTooLargeError",
    "accept",
    "close",
    "describe",
    "groups",
    "on_connect",
    "on_disconnect",
    "on_message",
    "reject",
    "send",
    "send_all",
    "state",
]
