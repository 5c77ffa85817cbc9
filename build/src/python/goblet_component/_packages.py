"""What the author's modules import and is not theirs: it is loaded when the component is built."""

import importlib
import os
import sys

from . import _failure

# Text in an encoding imports `encodings.NAME` when it is encoded. These are the usual ones.
_CODECS = ["ascii", "latin_1", "utf_8_sig", "utf_16", "utf_16_le", "utf_16_be", "utf_32", "cp1252", "unicode_escape"]

_NATIVE = (".so", ".pyd", ".dylib")


def load(imports):
    """Loads the imports of the plan, and returns the names of these modules and of what came with them. Imports that are
    optional, such as one in `try`, may fail."""
    for codec in _CODECS:
        importlib.import_module(f"encodings.{codec}")
    before = sys.modules.keys() - {wanted["module"] for wanted in imports}
    errors = []
    for wanted in imports:
        try:
            _load(wanted["module"], wanted["names"])
        except Exception as error:
            if not wanted["optional"]:
                errors.append(f"{wanted['file']}:{wanted['line']}: {_reason(wanted['module'], error)}")
    if errors:
        _failure.tell(errors)
    return sorted(sys.modules.keys() - before)


def _load(name, attributes):
    module = importlib.import_module(name)
    for attribute in attributes:
        if not hasattr(module, attribute) and hasattr(module, "__path__"):
            try:
                importlib.import_module(f"{name}.{attribute}")
            except ModuleNotFoundError as error:
                # `from package import name` may find the name when it runs: the author's line says so then.
                if error.name != f"{name}.{attribute}":
                    raise


def _reason(name, error):
    # The import may fail further down, in a package that this one imports.
    missing = getattr(error, "name", None) or name
    for package in dict.fromkeys([name.partition(".")[0], missing.partition(".")[0]]):
        native = _native_file(package)
        if native:
            needs = "" if package == name.partition(".")[0] else f", which {name} imports,"
            return (
                f"{package}{needs} has native code ({native}), and a handler is pure Python: use a package without "
                "native code, or deploy this function on Lambda's own Python"
            )
    if isinstance(error, ModuleNotFoundError) and missing.partition(".")[0] in sys.stdlib_module_names:
        needs = "" if missing == name else f", which {name} imports,"
        return f"Python's {missing}{needs} does not exist in WebAssembly"
    return f"{name} cannot be imported when the handler is built: {type(error).__name__}: {error}"


def _native_file(package):
    for folder in sys.path:
        try:
            beside = os.listdir(folder)
        except OSError:
            continue
        for name in beside:
            if name.partition(".")[0] == package and name.endswith(_NATIVE):
                return name
        for parent, _, files in os.walk(os.path.join(folder, package)):
            for name in sorted(files):
                if name.endswith(_NATIVE):
                    return os.path.relpath(os.path.join(parent, name), folder)
    return None
