"""The author's modules: compiled when the component is built, run when an event imports them."""

import importlib.machinery
import sys

from . import _failure

_modules = {}


def prepare(modules):
    """Compiles the modules of the plan."""
    for module in modules:
        try:
            code = compile(module["source"], module["file"], "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            _failure.tell([f"{module['file']}:{line or 1}: {getattr(error, 'msg', error)}"])
        _modules[module["name"]] = (module, code)


def install():
    """Lets the modules be found. Until then, a package that imports one of the same name does not get the author's."""
    sys.meta_path.insert(0, _Finder)


def names():
    return _modules.keys()


def files():
    return {module["file"] for module, _ in _modules.values()}


class _Finder:
    """Finds the author's modules before all others, as they are the first in Python's search path."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in _modules:
            return None
        module, _ = _modules[name]
        spec = importlib.machinery.ModuleSpec(name, _Loader, origin=module["file"], is_package=module["is_package"])
        # This sets `__file__`.
        spec.has_location = True
        return spec


class _Loader:
    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        exec(_modules[module.__spec__.name][1], module.__dict__)

    @staticmethod
    def get_source(name):
        """Tracebacks show it."""
        return _modules[name][0]["source"]
