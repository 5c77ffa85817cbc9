"""Why a call failed."""


class GobletError(Exception):
    """Any of the errors below."""


class DisconnectedError(GobletError):
    """The connection is closed, or not yet established (HTTP 410)."""

    def __init__(self, connection_id: str) -> None:
        super().__init__(f"the connection {connection_id} is closed, or not yet established")
        self.connection_id = connection_id


class PayloadTooLargeError(GobletError):
    """The message is larger than 128 KB, 131,072 bytes (HTTP 413)."""

    def __init__(self) -> None:
        super().__init__("the message is larger than 128 KB")


class ThrottledError(GobletError):
    """There are too many calls, or the client reads too slowly (HTTP 429). The host has already tried again."""

    def __init__(self) -> None:
        super().__init__("there are too many calls, or the client reads too slowly")


class ForbiddenError(GobletError):
    """The host has no permission for this call. The text says which one."""


class FailedError(GobletError):
    """Anything else. The text says what happened."""


class InvalidError(GobletError, ValueError):
    """A name, a label, an id or a lifetime is not allowed. The text says why."""


class ConflictError(GobletError):
    """The condition of a ``put`` or ``remove`` does not hold: read the entry again, and decide again."""

    def __init__(self) -> None:
        super().__init__("somebody else has changed the entry: read it again, and decide again")


class ValueTooLargeError(GobletError):
    """The value is larger than 400,000 bytes, which DynamoDB does not store."""

    def __init__(self) -> None:
        super().__init__("the value is larger than 400,000 bytes")


# Tracebacks name them as the author does: `goblet.DisconnectedError`.
for _error in (GobletError, *GobletError.__subclasses__()):
    _error.__module__ = "goblet"
