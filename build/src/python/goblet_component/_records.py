"""What a handler logs. `print` writes lines to stdout and stderr; this is about `logging` and tracebacks."""

import logging
import os
import sys
import traceback
import warnings

from wit_world.imports import log as host_log
from wit_world.imports.log import Level

from . import _author


# The folders of Goblet's own files and of packages, as they were called when the component was built.
_OWN = os.path.dirname(os.path.dirname(__file__))
_PACKAGES = tuple(folder + "/" for folder in sys.path if folder and not folder.startswith("/python"))

_basic_config = logging.basicConfig


def install():
    """Puts a handler at the root logger, as Lambda's Python does:
    <https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html>. The root's level is WARNING until the author sets
    another one."""
    logging.getLogger().addHandler(_Handler())
    logging.StreamHandler.emit = _emit
    logging.captureWarnings(True)
    logging.basicConfig = _configure


def write(level, text):
    """Writes one record, after what was printed before."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Text that is no Unicode, such as "\ud800", has no UTF-8.
    host_log.log(level, text.encode(errors="replace").decode())


def failure(error):
    """Writes the traceback of an exception, without Goblet's own lines."""
    with warnings.catch_warnings():
        # To mark a part of a line, it is parsed again.
        warnings.simplefilter("ignore", SyntaxWarning)
        shown = traceback.TracebackException.from_exception(error)
        _clean(shown, set())
        text = "".join(shown.format())
    write(Level.ERROR, text.rstrip("\n"))


class _Handler(logging.Handler):
    def emit(self, record):
        try:
            write(_level(record.levelno), self.format(record).rstrip("\n"))
        except Exception:
            self.handleError(record)


_emit_to_stream = logging.StreamHandler.emit


def _emit(handler, record):
    """A handler that writes to stdout, such as Chalice's, gives a record for each of its own: with its level, and with all
    its lines."""
    if handler.stream in (sys.stdout, sys.stderr):
        _Handler.emit(handler, record)
    else:
        _emit_to_stream(handler, record)


def _level(number):
    for least, level in ((40, Level.ERROR), (30, Level.WARN), (20, Level.INFO)):
        if number >= least:
            return level
    return Level.DEBUG


def _configure(*, level=None, format=None, datefmt=None, style="%", **others):
    """`logging.basicConfig`. The real one does nothing where there is a handler. That surprises on Lambda, so here the
    level and the format are set."""
    if others.get("handlers") or others.get("filename"):
        return _basic_config(level=level, format=format, datefmt=datefmt, style=style, **{**others, "force": True})
    root = logging.getLogger()
    if level is not None:
        root.setLevel(level)
    if format is not None:
        for handler in root.handlers:
            handler.setFormatter(logging.Formatter(format, datefmt, style))
    return None


def _clean(shown, seen):
    if shown is None or id(shown) in seen:
        return
    seen.add(id(shown))
    frames = [_named(frame) for frame in shown.stack if not _is_own(frame)]
    # What calls the author's code, such as asyncio, says nothing.
    first = next((index for index, frame in enumerate(frames) if frame.filename in _author.files()), 0)
    shown.stack = traceback.StackSummary.from_list(frames[first:])
    for inner in (shown.__cause__, shown.__context__, *(shown.exceptions or ())):
        _clean(inner, seen)


def _is_own(frame):
    return frame.filename.startswith((_OWN + "/", "<frozen importlib"))


def _named(frame):
    """A package's file is named from the package on."""
    for folder in _PACKAGES:
        if frame.filename.startswith(folder):
            frame.filename = frame.filename[len(folder) :]
    return frame
