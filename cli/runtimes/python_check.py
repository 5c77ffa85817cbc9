"""Looks at a Python function without running it, and prints as JSON what it has and what it lacks.

Its argument is the handler, such as app.handler.
"""

import ast
import importlib.machinery
import importlib.metadata
import importlib.util
import json
import os
import re
import sys

handler = sys.argv[1]
folder = os.getcwd()
# Where the function finds modules; here it is the folder of this file.
sys.path[0] = folder


def is_installed(requirement):
    try:
        importlib.metadata.distribution(requirement)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def missing_requirements():
    """The names in requirements.txt that are not installed. Lines with options, addresses and conditions are not read."""
    try:
        with open(os.path.join(folder, "requirements.txt"), encoding="utf-8") as lines:
            lines = [line.split("#")[0].strip() for line in lines]
    except OSError:
        return []
    names = [re.fullmatch(r"([A-Za-z0-9][\w.-]*)(\[.*\])?\s*([=<>!~].*)?", line) for line in lines]
    return [name[1] for name in names if name and not is_installed(name[1])]


def module_file(module):
    """The file of a module, found without loading the packages that it is in."""
    path, spec = sys.path, None
    for part in module.replace("/", ".").split("."):
        spec = importlib.machinery.PathFinder.find_spec(part, path) if path else None
        path = spec and spec.submodule_search_locations
    return spec and (spec.origin or list(path)[0])


def module_body(nodes):
    """The statements that surely run when a module is loaded: what is in an `if` or a `try` may not."""
    for node in nodes:
        yield node
        if isinstance(node, ast.With):
            yield from module_body(node.body)


def may_change_path(tree):
    """Whether a module may change where modules are found."""
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
    names = {f"{attribute.value.id}.{attribute.attr}" for attribute in attributes}
    return bool(names & {"sys.path", "sys.meta_path", "sys.path_hooks", "site.addsitedir"})


def missing_imports(tree):
    if may_change_path(tree):
        return []
    names = []
    for node in module_body(tree.body):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.append(node.module)
    packages = dict.fromkeys(name.split(".")[0] for name in names)
    return [package for package in packages if package not in sys.modules and not importlib.util.find_spec(package)]


def may_have(tree, name):
    """Whether a module may have a name: it is written anywhere outside of functions, or may come from elsewhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            return True
        if isinstance(node, ast.Name) and node.id in ("globals", "setattr", "exec", "vars"):
            return True
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name in (name, "__getattr__"):
            return True
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store):
            return True
        if isinstance(node, ast.alias) and (node.asname or node.name).split(".")[0] == name:
            return True
    return False


def look():
    module, _, name = handler.rpartition(".")
    found = {
        "executable": sys.executable,
        "version": "{}.{}".format(*sys.version_info),
        "has_client": importlib.util.find_spec("awslambdaric") is not None,
        "missing_requirements": missing_requirements(),
        "missing_imports": [],
        "syntax_error": None,
        "file": module_file(module),
        "has_name": True,
    }
    file = found["file"]
    if not file or not file.endswith(".py"):
        return found
    try:
        with open(file, "rb") as source:
            tree = ast.parse(source.read(), file)
    except (SyntaxError, ValueError) as error:
        return {**found, "syntax_error": str(error)}
    return {**found, "missing_imports": missing_imports(tree), "has_name": may_have(tree, name)}


print(json.dumps(look()))
