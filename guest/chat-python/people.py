"""Who is connected: the nickname and the room of each connection."""

from __future__ import annotations

import json

from goblet import ConflictError, state

PEOPLE = "people"
"""The collection of people, by connection id."""

CONNECTION_AGE = 2 * 60 * 60
"""No connection lives longer, in seconds."""


class Person:
    """Someone with a nickname."""

    def __init__(self, entry: state.Entry) -> None:
        self.id = entry.key
        self._read(entry)

    def change(self, **changes) -> dict:
        """Changes the details at once, and returns those from before. Another message of this person may change them at the
        same time: then this change is made to what that one left."""
        while True:
            before = self._details
            details = before | changes
            try:
                revision = state.put(
                    PEOPLE, self.id, json.dumps(details), if_revision=self._revision, lifetime=CONNECTION_AGE
                )
            except ConflictError:
                if not self.refresh():
                    raise RuntimeError("the person has left") from None
                continue
            self._details, self._revision = details, revision
            return before

    def refresh(self) -> bool:
        """Reads the details again. It is false if the person has left."""
        entry = state.get(PEOPLE, self.id)
        if entry:
            self._read(entry)
        return entry is not None

    def forget(self) -> None:
        """Forgets someone who has left."""
        state.remove(PEOPLE, self.id)

    @property
    def nickname(self) -> str:
        return self._details["nickname"]

    @property
    def room(self) -> str | None:
        return self._details["room"]

    def _read(self, entry: state.Entry) -> None:
        self._details, self._revision = entry.json(), entry.revision


def find(connection_id: str) -> Person | None:
    """Whose connection it is, if they have told their nickname."""
    entry = state.get(PEOPLE, connection_id)
    return Person(entry) if entry else None


def enter(connection_id: str, nickname: str) -> bool:
    """Lets someone in who tells their nickname. It is false if they have told one before."""
    details = {"nickname": nickname, "room": None}
    try:
        state.put(PEOPLE, connection_id, json.dumps(details), if_absent=True, lifetime=CONNECTION_AGE)
    except ConflictError:
        return False
    return True
