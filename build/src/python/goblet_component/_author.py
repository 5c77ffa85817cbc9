"""The author's modules: compiled when the component is built, run when an event imports them. Those of a
draft are compiled before the event."""

import importlib.machinery
import sys
import warnings

from . import _draft, _failure

# By their names: what the plan says of them, and their code.
_modules = {}


def prepare(modules):
    """Compiles the modules of the plan."""
    for module in modules:
        try:
            code = _compiled(module)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            _failure.tell([f"{module['file']}:{line or 1}: {getattr(error, 'msg', error)}"])
        _modules[module["name"]] = (module, code)


def _compiled(module):
    with warnings.catch_warnings():
        # The build tells them.
        warnings.simplefilter("ignore", SyntaxWarning)
        return compile(module["source"], module["file"], "exec", dont_inherit=True)


def compile_draft():
    """Compiles the modules that a draft has got."""
    for module in _draft.modules():
        try:
            code = _compiled(module)
        except (SyntaxError, ValueError):
            # Whoever imports it is told.
            code = None
        _modules[module["name"]] = (module, code)


def forget():
    """Makes each of them run when it is imported next."""
    for name in _modules:
        sys.modules.pop(name, None)


def install():
    """Lets the modules be found. Until then, a package that imports one of the same name does not get the author's."""
    sys.meta_path.insert(0, _Finder)


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
        plan, code = _modules[module.__spec__.name]
        exec(code or _compiled(plan), module.__dict__)

    @staticmethod
    def get_source(name):
        """Tracebacks show it."""
        return _modules[name][0]["source"]
