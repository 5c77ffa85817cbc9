"""A package with a relative import, and names that WIT would write otherwise."""

from .await_del_with import greeting

__all__ = ["greeting"]
