"""Values that outlive the event: collections of keys, each with a value, a revision and, if wanted, a lifetime.

State is kept in a DynamoDB table. ``goblet dev`` has one; on AWS, the function's variable ``GOBLET_TABLE`` names it.
Names of collections and keys have 1 to 1,000 bytes.
"""

from __future__ import annotations

import json as _json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Optional, Union

from ._host import host

__all__ = ["Entry", "Page", "all_entries", "entries", "get", "put", "remove"]


@dataclass(frozen=True)
class Entry:
    """A key with its value."""

    key: str
    value: bytes
    revision: str
    """Changes with each ``put``. Two revisions are equal or not; nothing else can be told from them."""

    @property
    def text(self) -> str:
        """The value as text."""
        return self.value.decode()

    def json(self) -> Any:
        """The value, read as JSON. Raises ``ValueError`` if it is none."""
        return _json.loads(self.value)


@dataclass(frozen=True)
class Page:
    """A part of a collection."""

    entries: list[Entry]
    next: Optional[str]
    """Where the next page begins, for ``after``. ``None`` if there are no more entries."""


def get(collection: str, key: str) -> Optional[Entry]:
    """The entry of a key, or ``None``. It sees every earlier write."""
    return host().state.get(collection, key)


def put(
    collection: str,
    key: str,
    value: Union[str, bytes],
    *,
    if_absent: bool = False,
    if_revision: Optional[str] = None,
    lifetime: Optional[int] = None,
) -> str:
    """Stores a value of up to 400,000 bytes (``str`` as UTF-8), and returns its revision.

    ``if_absent``: only if there is no such key. ``if_revision``: only if the entry still has this revision. Otherwise it
    raises ``ConflictError``. The entry is gone after its ``lifetime`` in seconds; without one, it stays.
    """
    if if_absent and if_revision is not None:
        raise ValueError("give if_absent or if_revision, not both")
    if isinstance(value, str):
        value = value.encode()
    elif not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(f"a value is str or bytes, not {type(value).__name__}: for JSON, put json.dumps(value)")
    return host().state.put(collection, key, bytes(value), if_absent, if_revision, lifetime)


def remove(collection: str, key: str, *, if_revision: Optional[str] = None) -> None:
    """Removes a key. With ``if_revision``, only if the entry still has it; otherwise it raises ``ConflictError``."""
    host().state.remove(collection, key, if_revision)


def entries(collection: str, prefix: Optional[str] = None, after: Optional[str] = None) -> Page:
    """The entries whose keys start with the prefix and come after a key, in the order of their keys: up to 1 MB or 1,000.

    For the next page, give the page's ``next`` as ``after``.
    """
    return host().state.entries(collection, prefix, after)


def all_entries(collection: str, prefix: Optional[str] = None) -> Iterator[Entry]:
    """All entries of a collection, page by page, as the loop goes on."""
    page = entries(collection, prefix)
    yield from page.entries
    while page.next is not None:
        page = entries(collection, prefix, page.next)
        yield from page.entries
