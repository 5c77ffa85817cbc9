"""Tests a handler's functions under plain Python, with connections, groups and state in memory.

    from goblet import testing

    import app

    def test_a_message_comes_back():
        services = testing.open(["alice"])
        app.echo(testing.message_event("alice", "foo"))
        assert services.sent("alice") == ["foo"]
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from . import _host
from ._connections import Connection
from ._errors import ConflictError, DisconnectedError, GobletError, PayloadTooLargeError, ValueTooLargeError
from ._events import ConnectEvent, DisconnectEvent, Headers, MessageEvent, Query
from ._payload import Payload
from .groups import Delivery, Failure, Member
from .state import Entry, Page

__all__ = ["Services", "connect_event", "disconnect_event", "message_event", "open"]

MAX_PAYLOAD = 131_072
MAX_VALUE = 400_000

SETTLED = 30
"""Whoever joined a group less than so many seconds ago may not be connected yet, and stays in it."""

CONNECTED_AT = 1_764_000_000_000


def open(connection_ids: Iterable[str] = ()) -> Services:
    """Puts services in memory in the place of the host's, with these connections open. Call it in each test."""
    services = Services(connection_ids)
    _host.use(services._host)
    return services


class Services:
    """Connections, groups and state in memory. Made by ``open``."""

    def __init__(self, connection_ids: Iterable[str] = ()) -> None:
        self._sent: dict[str, list[Payload]] = {}
        self._ahead = 0.0
        self._host = _Host(self._sent, self._now)
        for connection_id in connection_ids:
            self.connect(connection_id)

    def connect(self, connection_id: str) -> None:
        """Opens a connection."""
        self._sent[connection_id] = []

    def disconnect(self, connection_id: str) -> None:
        """Closes a connection, as a client that vanishes."""
        self._sent.pop(connection_id, None)

    def sent(self, connection_id: str) -> list[Payload]:
        """What was sent to a connection, in order: text as ``str``, binary messages as ``bytes``."""
        return list(self._sent.get(connection_id, ()))

    def advance(self, seconds: float) -> None:
        """Puts the clock forward, by which lifetimes end."""
        self._ahead += seconds

    def _now(self) -> float:
        return time.monotonic() + self._ahead


class _Host:
    """What the host is to the package: the functions that ``goblet`` calls."""

    def __init__(self, sent: dict[str, list[Payload]], now: Callable[[], float]) -> None:
        self._sent = sent
        self.groups = _Groups(self.send, now)
        self.state = _State(now)

    def send(self, connection_id: str, payload: Payload) -> None:
        if _size(payload) > MAX_PAYLOAD:
            raise PayloadTooLargeError
        self._open(connection_id).append(payload)

    def send_all(self, connection_ids: list[str], payload: Payload) -> dict[str, GobletError]:
        results = {connection_id: _error_of(self.send, connection_id, payload) for connection_id in connection_ids}
        return {connection_id: error for connection_id, error in results.items() if error}

    def close(self, connection_id: str) -> None:
        self._open(connection_id)
        del self._sent[connection_id]

    def describe(self, connection_id: str) -> Connection:
        self._open(connection_id)
        return Connection(CONNECTED_AT, CONNECTED_AT, "127.0.0.1", None)

    def _open(self, connection_id: str) -> list[Payload]:
        try:
            return self._sent[connection_id]
        except KeyError:
            raise DisconnectedError(connection_id) from None


@dataclass
class _Membership:
    label: str
    joined_at: float


class _Groups:
    def __init__(self, send: Callable[[str, Payload], None], now: Callable[[], float]) -> None:
        self._send = send
        self._now = now
        self._groups: dict[str, dict[str, _Membership]] = {}

    def join(self, group: str, connection_id: str, label: str) -> None:
        self._groups.setdefault(group, {})[connection_id] = _Membership(label, self._now())

    def leave(self, group: str, connection_id: str) -> None:
        self._groups.get(group, {}).pop(connection_id, None)

    def members(self, group: str) -> list[Member]:
        memberships = sorted(self._groups.get(group, {}).items(), key=_name)
        return [Member(connection_id, membership.label) for connection_id, membership in memberships]

    def joined(self, connection_id: str) -> list[str]:
        return sorted(group for group, members in self._groups.items() if connection_id in members)

    def send(self, group: str, payload: Payload, excluded: list[str]) -> Delivery:
        receivers = [member.connection_id for member in self.members(group) if member.connection_id not in excluded]
        results = [(connection_id, _error_of(self._send, connection_id, payload)) for connection_id in receivers]
        failed = [Failure(connection_id, error) for connection_id, error in results if error]
        for failure in failed:
            if isinstance(failure.error, DisconnectedError) and self._is_settled(group, failure.connection_id):
                self.leave(group, failure.connection_id)
        return Delivery(len(receivers) - len(failed), failed)

    def _is_settled(self, group: str, connection_id: str) -> bool:
        return self._now() - self._groups[group][connection_id].joined_at > SETTLED


@dataclass
class _Kept:
    entry: Entry
    end: float


class _State:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._collections: dict[str, dict[str, _Kept]] = {}
        self._revisions = 0

    def get(self, collection: str, key: str) -> Optional[Entry]:
        kept = self._collection(collection).get(key)
        return kept.entry if kept else None

    def put(
        self,
        collection: str,
        key: str,
        value: bytes,
        if_absent: bool,
        if_revision: Optional[str],
        lifetime: Optional[float],
    ) -> str:
        if len(value) > MAX_VALUE:
            raise ValueTooLargeError
        entry = self.get(collection, key)
        if if_absent and entry:
            raise ConflictError
        _check(entry, if_revision)
        self._revisions += 1
        end = float("inf") if lifetime is None else self._now() + lifetime
        entry = Entry(key, value, str(self._revisions))
        self._collection(collection)[key] = _Kept(entry, end)
        return entry.revision

    def remove(self, collection: str, key: str, if_revision: Optional[str]) -> None:
        _check(self.get(collection, key), if_revision)
        self._collection(collection).pop(key, None)

    def entries(self, collection: str, prefix: Optional[str], after: Optional[str]) -> Page:
        kept = sorted(self._collection(collection).items(), key=_name)
        found = [kept.entry for key, kept in kept if key.startswith(prefix or "") and (after is None or key > after)]
        return Page(found, None)

    def _collection(self, name: str) -> dict[str, _Kept]:
        """A collection, without the entries whose lifetime is over."""
        kept = self._collections.setdefault(name, {})
        for key in [key for key, value in kept.items() if value.end <= self._now()]:
            del kept[key]
        return kept


def _check(entry: Optional[Entry], if_revision: Optional[str]) -> None:
    if if_revision is not None and (entry is None or entry.revision != if_revision):
        raise ConflictError


def _error_of(send: Callable[[str, Payload], None], connection_id: str, payload: Payload) -> Optional[GobletError]:
    try:
        send(connection_id, payload)
    except GobletError as error:
        return error
    return None


def _name(item: tuple[str, Any]) -> str:
    return item[0]


def _size(payload: Payload) -> int:
    return len(payload.encode() if isinstance(payload, str) else payload)


def connect_event(
    connection_id: str, *, headers: Optional[Mapping[str, str]] = None, query: Optional[Mapping[str, str]] = None
) -> ConnectEvent:
    """The event of a client that asks to connect."""
    headers, query = headers or {}, query or {}
    return ConnectEvent(
        **_request(connection_id, "$connect"), headers=Headers(list(headers.items())), query=Query(list(query.items()))
    )


def message_event(connection_id: str, body: Payload, *, route_key: str = "$default") -> MessageEvent:
    """The event of a client that sends a message."""
    return MessageEvent(**_request(connection_id, route_key), message_id="message", body=body)


def disconnect_event(connection_id: str, *, status_code: int = 1000, reason: str = "") -> DisconnectEvent:
    """The event of a client that is gone."""
    return DisconnectEvent(**_request(connection_id, "$disconnect"), status_code=status_code, reason=reason)


def _request(connection_id: str, route_key: str) -> dict[str, Any]:
    """What every event has."""
    return {
        "connection_id": connection_id,
        "request_id": "request",
        "route_key": route_key,
        "domain_name": "localhost",
        "stage": "api",
        "api_id": "local",
        "connected_at": CONNECTED_AT,
        "source_ip": "127.0.0.1",
        "user_agent": None,
        "authorizer": {},
        "stage_variables": {},
    }
