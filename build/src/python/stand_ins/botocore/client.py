"""Clients, and where many import their settings and errors from."""

from .config import Config
from .exceptions import ClientError

__all__ = ["BaseClient", "ClientError", "Config"]


class BaseClient:
    """The base of clients, which annotations name."""
