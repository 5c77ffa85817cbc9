"""Reads a handler's own modules, and runs none of them: which routes they serve, and what they import.

    python3 analyse.py FILE PLAN [FOLDER...]

FILE is the handler's first module. The folders are where packages are. What it finds goes to the file PLAN, which the
component's build reads, and in short to stdout, both as JSON. Beside PLAN goes `zones.json`, with the machine's time
zones. It needs Python 3.9.
"""

import ast
import json
import os
import sys
import tokenize
import warnings

import analyse_boto3
import analyse_chalice
import zones

ROUTES = ("on_connect", "on_message", "on_disconnect")
SERVICES = ("groups", "state")

# What Python has and its build for WebAssembly does not.
ABSENT = {
    "_curses", "_gdbm", "_dbm", "_multiprocessing", "_posixshmem", "_ssl", "_sqlite3", "_tkinter", "concurrent.interpreters",
    "ctypes", "curses", "ensurepip", "fcntl", "grp", "idlelib", "lib2to3", "mmap", "multiprocessing", "pty", "pwd",
    "readline", "resource", "sqlite3", "ssl", "syslog", "termios", "tkinter", "turtle", "turtledemo", "tty", "venv",
}  # fmt: skip


class Wrong(Exception):
    """The handler has to be corrected. The text says where."""


class Module:
    """One of the author's modules."""

    def __init__(self, name, path, is_package):
        self.name, self.path, self.is_package = name, path, is_package
        self.source, self.tree, self.warnings = "", ast.Module(body=[], type_ignores=[]), []

    def read(self, file):
        try:
            with tokenize.open(self.path) as opened:
                self.source = opened.read()
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                self.tree = ast.parse(self.source, file)
                # It finds more, such as a `return` outside of a function.
                compile(self.source, file, "exec", dont_inherit=True)
            # Both have told them.
            self.warnings = sorted({f"{file}:{warning.lineno}: {warning.message}" for warning in caught})
        except SyntaxError as error:
            raise Wrong(f"{file}:{error.lineno or 1}: {error.msg}\n    {(error.text or '').strip()}{_on_syntax()}") from None
        except (UnicodeDecodeError, ValueError) as error:
            raise Wrong(f"{file}: {error}") from None


class Handler:
    """A handler: its modules, and what they use."""

    def __init__(self, file, folders):
        self.root = os.path.dirname(os.path.abspath(file))
        self.folders = folders
        self.name = os.path.splitext(os.path.basename(file))[0]
        self.modules, self.imports = {}, {}
        self.routes, self.services = set(), set()
        self.chalice = analyse_chalice.Chalice()
        self.boto3 = analyse_boto3.Boto3(folders)
        self.is_async = False
        self.warnings, self.errors = [], []
        self._add(Module(self.name, os.path.abspath(file), False))
        self.boto3.conclude()

    def file(self, module):
        return os.path.relpath(module.path, self.root)

    def _add(self, module):
        self.modules[module.name] = module
        if module.path:
            module.read(self.file(module))
            self.warnings += module.warnings
            Visitor(self, module).visit(module.tree)

    def local(self, name):
        """Finds one of the author's modules by its name, and reads it."""
        if name in self.modules:
            return True
        base = os.path.join(self.root, *name.split("."))
        for path, is_package in ((os.path.join(base, "__init__.py"), True), (base + ".py", False)):
            if os.path.isfile(path):
                self._add(Module(name, path, is_package))
                return True
        # A folder without __init__.py is a package if it has modules, and an installed package goes before it.
        if os.path.isdir(base) and any(entry.endswith(".py") for entry in os.listdir(base)) and not self._is_there(name):
            module = Module(name, base, True)
            self.modules[name] = module
            return True
        return False

    def use(self, name, names, module, line, is_optional, is_inside):
        """An import of a module, or of names from it."""
        parts = name.split(".")
        if parts[0] == "goblet":
            self.services.update(service for service in SERVICES if service in names or service in parts[1:2])
            return
        if self.local(parts[0]):
            for end in range(2, len(parts) + 1):
                if not self.local(".".join(parts[:end])) and not is_optional:
                    self.errors.append(f"{self.file(module)}:{line}: there is no module {'.'.join(parts[:end])}")
                    return
            for each in names:
                self.local(f"{name}.{each}")
            return
        place = f"{self.file(module)}:{line}"
        self.chalice.is_used |= parts[0] == "chalice"
        self.boto3.see_import(name, names)
        if parts[0] == "chalice" and not self._is_there("chalice"):
            # The build installs it.
            self.chalice.is_missing = True
        elif parts[0] in ABSENT:
            text = f"{place}: Python's {parts[0]} does not exist in WebAssembly, where handlers run"
            (self.warnings if is_optional or is_inside else self.errors).append(text)
            is_optional = True
        elif not self._is_there(parts[0]):
            text = f"{place}: there is no module {parts[0]}: {self._how_to_install()}"
            if not is_optional:
                (self.warnings if is_inside else self.errors).append(text)
            is_optional = True
        found = self.imports.setdefault(
            name, {"module": name, "names": [], "file": self.file(module), "line": line, "optional": is_optional}
        )
        found["names"] = sorted({*found["names"], *names})
        found["optional"] = found["optional"] and is_optional

    def _how_to_install(self):
        environments = [folder for folder in self.folders if os.path.basename(folder) == "site-packages"]
        if not environments:
            return "install it into the project's virtual environment, or add it to requirements.txt"
        # Where there is an environment, the build does not read requirements.txt.
        environment = environments[0].rsplit(os.sep, 3)[0]
        return f"install it into the project's virtual environment, {environment}, e.g. with its pip, and save a file"

    def _is_there(self, top):
        if top in STANDARD:
            return True
        for folder in self.folders:
            base = os.path.join(folder, top)
            if os.path.isdir(base) or os.path.isfile(base + ".py"):
                return True
            try:
                if any(entry.startswith(top + ".") and entry.endswith((".so", ".pyd")) for entry in os.listdir(folder)):
                    return True
            except OSError:
                pass
        return False


class Visitor(ast.NodeVisitor):
    """Looks through a module."""

    def __init__(self, handler, module):
        self.handler, self.module = handler, module
        self.goblet, self.functions = set(), {}
        self.optional = self.inside = 0
        self.has_boto3 = False

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.split(".")[0] == "goblet":
                self.goblet.add(alias.asname or "goblet")
            self._use(alias.name, [], node)

    def visit_ImportFrom(self, node):
        name = self._absolute(node)
        names = [alias.name for alias in node.names]
        if name == "goblet":
            for alias in node.names:
                if alias.name == "*":
                    self.functions.update({route: route for route in ROUTES})
                elif alias.name in ROUTES:
                    self.functions[alias.asname or alias.name] = alias.name
                elif alias.name in SERVICES:
                    self.handler.services.add(alias.name)
        self._use(name, [each for each in names if each != "*"], node)

    def _absolute(self, node):
        if not node.level:
            return node.module
        parts = self.module.name.split(".")
        up = node.level - (1 if self.module.is_package else 0)
        package = parts[: len(parts) - up] if up else parts
        if not package:
            raise Wrong(
                f"{self.handler.file(self.module)}:{node.lineno}: this import leaves the handler's folder: write "
                f"`from {node.module or 'module'} import ...` without the dots"
            )
        return ".".join([*package, *([node.module] if node.module else [])])

    def _use(self, name, names, node):
        self.has_boto3 |= name.partition(".")[0] == "boto3"
        self.handler.use(name, names, self.module, node.lineno, self.optional > 0, self.inside > 0)

    def visit_Call(self, node):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("import_module", "__import__") and node.args:
            self._see_import_by_call(node)
        # A function may not be called, and the method may not be boto3's.
        is_certain = self.has_boto3 and not (self.inside or self.optional)
        texts = self.handler.errors if is_certain else self.handler.warnings
        self.handler.boto3.see_call(node, self._place(node), texts)
        self.generic_visit(node)

    def _see_import_by_call(self, node):
        """`importlib.import_module("json")` and `__import__("json")`."""
        name = node.args[0]
        if isinstance(name, ast.Constant) and isinstance(name.value, str) and not name.value.startswith("."):
            self._use(name.value, [], node)
        else:
            self.handler.warnings.append(
                f"{self._place(node)}: which module this imports is known only when it runs, so it may not be in the "
                "component: write an `import` of it, too"
            )

    def _place(self, node):
        return f"{self.handler.file(self.module)}:{node.lineno}"

    def visit_Attribute(self, node):
        self.handler.chalice.see_attribute(node)
        if isinstance(node.value, ast.Name) and node.value.id in self.goblet:
            if node.attr in ROUTES:
                self.handler.routes.add(node.attr)
            if node.attr in SERVICES:
                self.handler.services.add(node.attr)
        self.generic_visit(node)

    def visit_Name(self, node):
        if node.id in self.functions:
            self.handler.routes.add(self.functions[node.id])

    def visit_FunctionDef(self, node):
        # Decorators belong to the module.
        for decorator in node.decorator_list:
            self.handler.chalice.see_decorator(decorator, self._place(decorator))
            self.visit(decorator)
        self.inside += 1
        for child in [node.args, *node.body]:
            self.visit(child)
        self.inside -= 1

    def visit_AsyncFunctionDef(self, node):
        self.handler.is_async = True
        self.visit_FunctionDef(node)

    def visit_If(self, node):
        test = ast.dump(node.test)
        # Also `typing.TYPE_CHECKING`. `not TYPE_CHECKING` is no name.
        is_for_types = isinstance(node.test, (ast.Name, ast.Attribute)) and "TYPE_CHECKING" in test
        body = node.orelse if is_for_types else [node.test, *node.body, *node.orelse]
        is_main = "'__main__'" in test
        self.optional += is_main
        for child in body:
            self.visit(child)
        self.optional -= is_main

    def visit_Try(self, node):
        """An import that may fail."""
        may_fail = any(handler.type is None or _names(handler.type) & _CAUGHT for handler in node.handlers)
        self.optional += may_fail
        for child in node.body:
            self.visit(child)
        self.optional -= may_fail
        for child in [*node.handlers, *node.orelse, *node.finalbody]:
            self.visit(child)

    visit_TryStar = visit_Try

    def visit_With(self, node):
        """`with contextlib.suppress(ImportError)`."""
        may_fail = any("suppress" in ast.dump(item.context_expr) for item in node.items)
        self.optional += may_fail
        self.generic_visit(node)
        self.optional -= may_fail


# The component's.
_NEWEST = (3, 14)


def _on_syntax():
    """What an error of syntax may also mean: this Python is older than the component's."""
    if sys.version_info >= _NEWEST:
        return ""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return f"\n(Read by Python {version}. For syntax of a later version, make the project's virtual environment with it.)"


_CAUGHT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def _names(node):
    return {child.id for child in ast.walk(node) if isinstance(child, ast.Name)}


def _standard():
    # Python 3.9 does not have the list: then all is taken to be there, and the build says what is not.
    class Everything:
        def __contains__(self, name):
            return True

    names = getattr(sys, "stdlib_module_names", None)
    # New in later versions, and in the component's.
    return names | {"annotationlib", "compression", "string.templatelib"} if names else Everything()


STANDARD = _standard()


def analyse(file, folders):
    handler = Handler(file, folders)
    if handler.name == "goblet":
        raise Wrong(f"{file} hides the package goblet: give the file another name")
    if handler.errors:
        raise Wrong("\n".join(handler.errors))
    both = sorted(handler.routes & handler.chalice.routes)
    if both:
        raise Wrong(f"{os.path.basename(file)}: Chalice's decorator and @goblet.{both[0]} serve the same route: keep one")
    handler.routes |= handler.chalice.routes
    if not handler.routes:
        raise Wrong(
            handler.chalice.no_route(os.path.basename(file))
            or f"{os.path.basename(file)} serves no route: put @goblet.on_message before the function that gets messages "
            "(or @goblet.on_connect, @goblet.on_disconnect). If it is a Lambda function, serve it by its template, or by "
            "--command; see `goblet dev --help`"
        )
    imports = sorted(handler.imports.values(), key=lambda wanted: wanted["module"])
    if handler.is_async:
        imports.append({"module": "asyncio", "names": [], "file": "", "line": 0, "optional": False})
    modules = [
        {"name": module.name, "file": handler.file(module), "source": module.source, "is_package": module.is_package}
        for module in handler.modules.values()
    ]
    plan = {
        "name": handler.name,
        "routes": [route for route in ROUTES if route in handler.routes],
        "groups": "groups" in handler.services,
        "state": "state" in handler.services,
        "is_async": handler.is_async,
        # The services of the real boto3, or null if its stand-in is enough.
        "boto3": sorted(handler.boto3.services) if handler.boto3.is_needed else None,
        "chalice": [route for route in ROUTES if route in handler.chalice.routes],
        "modules": modules,
        "imports": imports,
    }
    found = {
        "routes": plan["routes"],
        "services": [
            *(service for service in SERVICES if service in handler.services),
            *(["signed_requests"] if handler.boto3.services else []),
        ],
        "files": [module.path for module in handler.modules.values() if module.path],
        "needs_chalice": handler.chalice.is_missing,
        "needs_boto3": handler.boto3.is_needed,
        "lacks_boto3": handler.boto3.is_missing,
        "warnings": [
            *handler.warnings,
            *handler.boto3.warnings(handler.imports),
            *handler.chalice.warnings(),
            *handler.chalice.variables(handler.root),
        ],
    }
    return plan, found


def main():
    file, plan_file, *folders = sys.argv[1:]
    try:
        plan, found = analyse(file, folders)
    except Wrong as error:
        json.dump({"error": str(error)}, sys.stdout)
        return
    with open(plan_file, "w", encoding="utf-8") as opened:
        json.dump(plan, opened)
    zones.write(os.path.join(os.path.dirname(plan_file), "zones.json"), folders)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
