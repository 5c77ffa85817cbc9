"""The rooms: a group each, and a list of them."""

from goblet import ConflictError, groups, state

from people import CONNECTION_AGE

ROOMS = "rooms"
"""The collection of rooms, by name. Nobody is in a room that nobody has joined for as long as a connection lives."""

MAX_LIST = 100
"""The most names in a list."""


def enter(room: str, connection_id: str, nickname: str) -> None:
    """Puts someone into a room. Who is in it already gets the new nickname."""
    groups.join(room, connection_id, nickname)
    # Only now: someone who leaves at the same time, and leaves it empty, does not remove what has changed since.
    state.put(ROOMS, room, "", lifetime=CONNECTION_AGE)


def leave(room: str, connection_id: str, nickname: str) -> None:
    """Takes someone out of a room, and tells those who stay. An empty room is no longer in the list."""
    listed = state.get(ROOMS, room)
    groups.leave(room, connection_id)
    say(room, f"{nickname} left room.", connection_id)
    if listed and not groups.members(room):
        try:
            state.remove(ROOMS, room, if_revision=listed.revision)
        except ConflictError:
            pass


def say(room: str, text: str, sender: str) -> None:
    """Sends a text to everyone in a room but its sender."""
    groups.send(room, text, excluded=[sender])


def people(room: str) -> str:
    """The nicknames of those in a room, a line each."""
    return _lines([member.label for member in groups.members(room)])


def names() -> str:
    """The names of the rooms, a line each. They come in pages, and the first one has enough for a list."""
    return _lines([entry.key for entry in state.entries(ROOMS).entries])


def _lines(names: list[str]) -> str:
    more = len(names) - MAX_LIST
    return "\n".join(names[:MAX_LIST] + ([f"and {more} more"] if more > 0 else []))
