"""The host that runs the handler."""

from __future__ import annotations

from typing import Any, NoReturn


class _Nowhere:
    """Stands for the host where there is none: under plain Python."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(
            "this works only in a handler that Goblet runs, not under plain Python: start it with `goblet dev`. "
            "In a unit test, call goblet.testing.open first"
        )


_current: Any = _Nowhere()


def host() -> Any:
    """The host of this process."""
    return _current


def use(new: Any) -> None:
    """Sets the host. Goblet calls it when it builds a handler."""
    global _current
    _current = new
