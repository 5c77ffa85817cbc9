"""Modules that functions of packages, and of Python itself, import when they are called. Their code is in the component,
packed: it is unpacked and run by the event that needs it."""

import importlib.machinery
import importlib.util
import marshal
import opcode
import sys
import zlib
from typing import NamedTuple, Optional

# What modules in C import when they are called, which no code shows.
_FROM_C = {"_datetime": ["_strptime"], "time": ["_strptime"], "_socket": ["encodings.idna"]}

# For people at a terminal, for tests and for other processes: no handler needs them.
_EXCLUDED = {
    *("_pyrepl", "bdb", "code", "concurrent", "doctest", "ensurepip", "ftplib", "idlelib", "multiprocessing", "pdb"),
    *("pydoc", "pydoc_data", "rlcompleter", "sysconfig", "test", "tkinter", "unittest", "venv", "webbrowser", "xmlrpc"),
}

_packed = {}


class _Packed(NamedTuple):
    origin: str
    # Of a package: the folders of its modules.
    path: Optional[list]
    code: bytes


def install(modules):
    """Packs what these modules, which are loaded, may import later."""
    # One after the other, so that little memory is used: what has been used once is in the component, freed or not.
    wanted = set()
    for name, later in _FROM_C.items():
        if name in sys.modules:
            wanted.update(later)
    for name in modules:
        wanted.update(_inner_imports(sys.modules[name]))
    while wanted:
        found = set()
        for name in sorted({part for name in wanted for part in _with_parents(name)}):
            found.update(_pack(name))
        wanted = found
    sys.meta_path.append(_Finder)


def _inner_imports(module):
    """What the functions of a module import."""
    try:
        code = module.__spec__.loader.get_code(module.__spec__.name)
    except Exception:
        # Written in C, or one of the author's, whose imports are known.
        return set()
    return set(_imports(code, module.__package__ or "", False)) if code else set()


def _with_parents(name):
    parts = name.split(".")
    return [".".join(parts[: end + 1]) for end in range(len(parts))]


def _pack(name):
    """Packs a module, unless it is there already or cannot be packed, and returns what it imports."""
    parent = name.rpartition(".")[0]
    if name in sys.modules or name in _packed or name.partition(".")[0] in _EXCLUDED:
        return ()
    path = _path_of(parent)
    if parent and not path:
        return ()
    try:
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        code = spec.loader.get_code(name)
    except Exception:
        # There is no such module: it may be a function that is imported. Whoever needs it is told when it runs.
        return ()
    if code is None:
        return ()
    _packed[name] = _Packed(spec.origin, spec.submodule_search_locations, zlib.compress(marshal.dumps(code)))
    return set(_imports(code, name if _packed[name].path is not None else parent, True))


def _path_of(package):
    """Where a package's modules are, as Python found them when the component was built."""
    if package in _packed:
        return _packed[package].path
    return getattr(sys.modules.get(package), "__path__", None)


def _imports(code, package, is_whole):
    """The modules that a module's functions import, and those that the module itself does if the whole is wanted."""
    found = list(_statements(code, package)) if is_whole else []
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            found += _imports(constant, package, True)
    return found


_IMPORT_NAME = opcode.opmap["IMPORT_NAME"]
_LOAD_CONST = opcode.opmap["LOAD_CONST"]
_LOAD_SMALL_INT = opcode.opmap["LOAD_SMALL_INT"]


def _statements(code, package):
    """The compiler puts the number of dots and the names before IMPORT_NAME."""
    if not code.co_names:
        return
    constants, extended, content = [0, None], 0, code.co_code
    for place in range(0, len(content), 2):
        operation, argument = content[place], content[place + 1] | extended
        extended = argument << 8 if operation == opcode.EXTENDED_ARG else 0
        if operation == _LOAD_CONST:
            constants = [constants[-1], code.co_consts[argument]]
        elif operation == _LOAD_SMALL_INT:
            constants = [constants[-1], argument]
        elif operation == _IMPORT_NAME:
            level, names = constants
            name = code.co_names[argument]
            if isinstance(level, int) and level > 0:
                try:
                    name = importlib.util.resolve_name("." * level + name, package)
                except ImportError:
                    continue
            yield name
            if isinstance(names, tuple):
                yield from (f"{name}.{each}" for each in names if each != "*")


class _Finder:
    """Is asked last: what is in the component already goes before."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name not in _packed:
            return None
        packed = _packed[name]
        spec = importlib.machinery.ModuleSpec(name, _Loader, origin=packed.origin, is_package=packed.path is not None)
        spec.has_location = True
        return spec


class _Loader:
    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        exec(marshal.loads(zlib.decompress(_packed[module.__spec__.name].code)), module.__dict__)
