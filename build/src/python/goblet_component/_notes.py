"""What an exception means in a handler, where its own text does not say it."""

_UNSEEN = (
    "A component has the modules that the build has seen imported: write an `import` of this one in the handler's own "
    "modules, also one inside a function."
)
_NETWORK = "A handler has no network: it reaches clients by goblet.send, and keeps values by goblet.state."
_FILES = "A handler has no files: what it reads must be in its modules, and what it keeps in goblet.state."
_THREADS = "A handler has no threads and no processes: each event has an instance of its own, and they run at the same time."


def add(error):
    """Adds a note to an exception that the author's modules do not handle."""
    if note := _note(error):
        error.add_note(note)


def _note(error):
    if isinstance(error, ModuleNotFoundError):
        return _UNSEEN
    if isinstance(error, FileNotFoundError):
        return _FILES
    # `socket.gaierror`, by its name: most handlers do not import `socket`.
    if isinstance(error, PermissionError) or type(error).__name__ == "gaierror":
        return _NETWORK
    if "start new thread" in str(error) or "does not support processes" in str(error):
        return _THREADS
    return None
