"""What an instance does before its event is there, so that the event takes less time: it runs samples of what events do.

An instance shares the component's memory, and gets a copy of a page when it first writes to it. Most of the time of a small
event goes into that. What the samples write to, the event finds copied. The author's modules are run later, by the event.
"""

import importlib

import goblet._host
from goblet._routes import handlers
from wit_world.imports import types

from . import _author, _fresh, _routes
from ._services import payload_to_host

_NAME = f"{__package__}.sample"

_SOURCE = """
import goblet

@goblet.on_message
def serve(event):
    goblet.send(event.connection_id, event.body)
"""

_samples = []
_is_done = False


class Preparation:
    def prepare(self):
        global _is_done
        _is_done = True
        _fresh.refresh()
        _author.compile_draft()
        importlib.import_module(_NAME)
        host = goblet._host.host()
        goblet._host.use(_Host)
        handlers["on_message"](_routes.message(_event()))
        goblet._host.use(host)
        handlers.clear()
        for sample in _samples:
            sample()


def install(samples):
    """Takes other samples, beside that of a handler."""
    _samples.extend(samples)
    _author.prepare([{"name": _NAME, "file": f"{_NAME}.py", "source": _SOURCE, "is_package": False}])


def complete():
    """What is left to do when the event is there: all of it on a host that does not prepare instances."""
    _fresh.begin()
    if not _is_done:
        _fresh.refresh()
        _author.compile_draft()


class _Host:
    @staticmethod
    def send(connection_id, payload):
        payload_to_host(payload)


def _event():
    texts = ["sample"] * 6
    request = types.Request(*texts, 0, "", "", [], [])
    return types.MessageEvent(request, "sample", types.Payload_Text("sample"))
