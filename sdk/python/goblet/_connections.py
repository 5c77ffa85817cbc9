"""The API's open connections."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional

from ._errors import GobletError
from ._host import host
from ._payload import Payload, checked


@dataclass(frozen=True)
class Connection:
    """What API Gateway knows of a connection. Times are in ms since the Unix epoch."""

    connected_at: int
    last_active_at: int
    source_ip: str
    user_agent: Optional[str]


def send(connection_id: str, payload: Payload) -> None:
    """Sends a message to a connection: text as ``str``, or ``bytes``.

    Raises ``DisconnectedError``, ``PayloadTooLargeError``, ``ThrottledError``, ``ForbiddenError`` or ``FailedError``.
    """
    host().send(connection_id, checked(payload))


def send_all(connection_ids: Iterable[str], payload: Payload) -> dict[str, GobletError]:
    """Sends one message to many connections at the same time.

    Returns the connections that did not get it, by their ids, each with its error. Nothing is raised for them.
    """
    if isinstance(connection_ids, str):
        raise TypeError("send_all takes a list of connection ids, not one id: for one, call send")
    return host().send_all(list(connection_ids), checked(payload))


def close(connection_id: str) -> None:
    """Closes a connection. Its client sees close code 1000. Raises what ``send`` raises."""
    host().close(connection_id)


def describe(connection_id: str) -> Connection:
    """Returns what API Gateway knows of a connection. Raises what ``send`` raises."""
    return host().describe(connection_id)
