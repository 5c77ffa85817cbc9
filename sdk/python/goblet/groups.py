"""Groups of connections, such as the people in a room. A group exists while it has members.

Groups are kept in a DynamoDB table. ``goblet dev`` has one; on AWS, the function's variable ``GOBLET_TABLE`` names it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ._errors import GobletError
from ._host import host
from ._payload import Payload, checked

__all__ = ["Delivery", "Failure", "Member", "join", "joined", "leave", "members", "send"]


@dataclass(frozen=True)
class Member:
    """A connection in a group."""

    connection_id: str
    label: str
    """What the handler said of the connection when it joined, such as a nickname."""


@dataclass(frozen=True)
class Failure:
    """A member that did not get a message."""

    connection_id: str
    error: GobletError


@dataclass(frozen=True)
class Delivery:
    """What became of a message to a group."""

    reached: int
    """How many members got the message."""
    failed: list[Failure]
    """The members that did not get it."""


def join(group: str, connection_id: str, label: str = "") -> None:
    """Puts a connection into a group. One that is in it gets the new label, of up to 1,000 bytes."""
    host().groups.join(group, connection_id, label)


def leave(group: str, connection_id: str) -> None:
    """Takes a connection out of a group. It is no error if it is not in it."""
    host().groups.leave(group, connection_id)


def members(group: str) -> list[Member]:
    """The members of a group, in the order of their ids."""
    return host().groups.members(group)


def joined(connection_id: str) -> list[str]:
    """The groups that a connection is in. Who joined or left within the last second may be missing or still there."""
    return host().groups.joined(connection_id)


def send(group: str, payload: Payload, excluded: Iterable[str] = ()) -> Delivery:
    """Sends a message to all members of a group but the excluded ones, at the same time.

    Members that are disconnected leave the group, unless they joined less than 30 s ago.
    """
    if isinstance(excluded, str):
        raise TypeError("excluded is a list of connection ids: write [connection_id]")
    return host().groups.send(group, checked(payload), list(excluded))
