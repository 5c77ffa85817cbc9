"""What a handler gets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional, Union


class Query(Mapping[str, str]):
    """The parameters of a query string. ``query["name"]`` is the last one with this name, ``query.all("name")`` are all."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        """All names and values, as they came."""

    def __getitem__(self, name: str) -> str:
        found = self.all(name)
        if not found:
            raise KeyError(name)
        return found[-1]

    def __iter__(self) -> Iterator[str]:
        names: dict[str, str] = {}
        for name, _ in self.pairs:
            names.setdefault(self._key(name), name)
        return iter(names.values())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.all(name))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.pairs!r})"

    def all(self, name: str) -> list[str]:
        """All values with this name."""
        key = self._key(name)
        return [value for other, value in self.pairs if self._key(other) == key]

    def _key(self, name: str) -> str:
        return name


class Headers(Query):
    """The headers of an HTTP request. Names are the same in upper and lower case."""

    def _key(self, name: str) -> str:
        return name.lower()


@dataclass(frozen=True)
class Event:
    """What every event says about its connection."""

    connection_id: str
    """E.g. ``L0SM9cOFvHcCIhw=``. ``goblet.send`` takes it."""
    request_id: str
    """API Gateway's id of this event. Clients see it in error frames."""
    route_key: str
    """``$connect``, ``$default``, ``$disconnect``, or a route of your own."""
    domain_name: str
    """The host name that the client connected to."""
    stage: str
    api_id: str
    connected_at: int
    """When the connection was established, in ms since the Unix epoch."""
    source_ip: str
    user_agent: Optional[str]
    authorizer: dict[str, str]
    """What the API's authorizer returned for this connection. Values that are not strings are JSON."""
    stage_variables: dict[str, str]


@dataclass(frozen=True)
class ConnectEvent(Event):
    """A client asks to connect. The connection exists only after the handler has accepted it."""

    headers: Headers
    query: Query


@dataclass(frozen=True)
class MessageEvent(Event):
    """A client sent a message."""

    message_id: str
    body: Union[str, bytes]

    def json(self) -> Any:
        """The message, read as JSON. Raises ``ValueError`` if it is none."""
        return json.loads(self.body)


@dataclass(frozen=True)
class DisconnectEvent(Event):
    """A connection is closed, by the client, the handler or API Gateway."""

    status_code: int
    """The WebSocket close code, e.g. 1000 or 1001."""
    reason: str
    """The reason in words. It may be empty."""
