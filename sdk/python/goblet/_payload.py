"""What can be sent."""

from __future__ import annotations

from typing import Union

Payload = Union[str, bytes]


def checked(payload: object) -> Payload:
    """Returns a message as it is sent: text as ``str``, anything binary as ``bytes``."""
    if isinstance(payload, str):
        if not payload.isascii():
            # Text that is no Unicode, such as "\ud800", cannot be sent. This says where it is.
            payload.encode()
        return payload
    if isinstance(payload, (bytes, bytearray, memoryview)):
        return bytes(payload)
    raise TypeError(f"a message is str or bytes, not {type(payload).__name__}: for JSON, send json.dumps(value)")
