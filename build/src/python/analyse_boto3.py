"""What the author's modules use of boto3. `analyse.py` asks."""

import ast
import os

# A stand-in for boto3 is enough for this one. It is small and fast.
CONNECTIONS = "apigatewaymanagementapi"

# The services whose requests the host signs, as boto3 names them.
SIGNED = {"dynamodb", "events", "sqs"}

REFUSED = (
    "a handler has no network. Of AWS, it reaches API Gateway's connections, DynamoDB, EventBridge (events) and SQS. Let the "
    "app run natively for the rest: make a template with `chalice package`, and start `goblet dev` beside it"
)


class Boto3:
    """What a handler uses of boto3. The first of the folders has the stand-in."""

    def __init__(self, folders):
        self._stand_in, self._folders = folders[0], folders[1:]
        # Whether the stand-in is not enough.
        self.is_needed = False
        self.services = set()

    @property
    def is_missing(self):
        """Whether the project does not bring what it needs."""
        return self.is_needed and not any(os.path.isdir(os.path.join(folder, "boto3")) for folder in self._folders)

    def see_import(self, name, names):
        """An import of a module, or of names from it."""
        if name.partition(".")[0] in ("boto3", "botocore"):
            self.is_needed |= not _has(self._stand_in, name, names)

    def see_call(self, node):
        """A call. Returns why it is refused, if it makes a client of a service that handlers do not have."""
        called = node.func
        if not isinstance(called, ast.Attribute) or called.attr not in ("client", "resource"):
            return None
        named = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "service_name")]
        if not named or not isinstance(named[0], ast.Constant) or not isinstance(named[0].value, str):
            return None
        service = named[0].value
        if called.attr == "client" and service == CONNECTIONS:
            return None
        if service in SIGNED:
            self.is_needed = True
            self.services.add(service)
            return None
        return f"{ast.unparse(called)}({service!r}) cannot be called: {REFUSED}"


def _has(folder, name, names):
    """Whether a folder has a module with these names."""
    defined = _defined(folder, name)
    if defined is None:
        return False
    return all(
        each in defined or "__getattr__" in defined or _defined(folder, f"{name}.{each}") is not None for each in names
    )


def _defined(folder, name):
    """The names that a module defines at its top level, or None if there is no such module."""
    base = os.path.join(folder, *name.split("."))
    for file in (base + ".py", os.path.join(base, "__init__.py")):
        if os.path.isfile(file):
            with open(file, encoding="utf-8") as opened:
                body = ast.parse(opened.read()).body
            return {found for statement in body for found in _names(statement)}
    return None


def _names(statement):
    if isinstance(statement, (ast.ClassDef, ast.FunctionDef)):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name for alias in statement.names]
    return [target.id for target in getattr(statement, "targets", []) if isinstance(target, ast.Name)]
