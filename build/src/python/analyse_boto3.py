"""What the author's modules use of boto3. `analyse.py` asks."""

import ast
import os
import re

# A stand-in for boto3 is enough for this one. It is small and fast.
CONNECTIONS = "apigatewaymanagementapi"

# The services whose requests the host signs, as boto3 names them.
SIGNED = {"dynamodb", "events", "sqs"}

REFUSED = (
    "a handler has no network. Of AWS, it reaches API Gateway's connections, DynamoDB, EventBridge (events) and SQS. Let the "
    "app run natively for the rest: make a template with `chalice package`, and start `goblet dev` beside it"
)


# Packages that AWS made of boto3, or for it. What they do with it is known.
_AWS = {"boto3", "botocore", "chalice", "s3transfer"}

# A package's call that makes a client.
_MADE = re.compile(r"""\.(client|resource)\(\s*["'](%s)["']""" % "|".join(sorted(SIGNED)))


class Boto3:
    """What a handler uses of boto3. The first of the folders has the stand-in."""

    def __init__(self, folders):
        self._stand_in, self._folders = folders[0], folders[1:]
        self._is_imported = False
        self._calls = []
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
            self._is_imported = True
            self.is_needed |= not _has(self._stand_in, name, names)

    def see_call(self, node, place, texts):
        """A call. If it makes a client of a service that handlers do not have, the texts will have the reason."""
        called = node.func
        if not isinstance(called, ast.Attribute) or called.attr not in ("client", "resource"):
            return
        named = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "service_name")]
        if named and isinstance(named[0], ast.Constant) and isinstance(named[0].value, str):
            self._calls.append((called, named[0].value, place, texts))

    def conclude(self):
        """Decides, when all modules are read: a module may call boto3's session without an import of boto3."""
        if not self._is_imported:
            return
        for called, service, place, texts in self._calls:
            if called.attr == "client" and service == CONNECTIONS:
                continue
            if service in SIGNED:
                self.is_needed = True
                self.services.add(service)
            else:
                texts.append(f"{place}: {ast.unparse(called)}({service!r}) cannot be called: {REFUSED}")

    def warnings(self, imports):
        """What imported packages make clients of, and the author's modules do not."""
        packages = (name for name in imports if name.partition(".")[0] not in _AWS)
        return [warning for name in packages for warning in self._in_package(name)]

    def _in_package(self, name):
        bases = (os.path.join(folder, *name.split(".")) for folder in self._folders)
        for file in _files(next(filter(_is_module, bases), "")):
            with open(file, encoding="utf-8", errors="replace") as opened:
                source = opened.read()
            made = _MADE.search(source) if "boto3" in source else None
            if made and made[2] not in self.services:
                line = source.count("\n", 0, made.start()) + 1
                yield (
                    f'{file}:{line}: the package makes boto3.{made[1]}("{made[2]}"), and the build finds services in your own '
                    f'modules alone. If the handler uses it, write boto3.{made[1]}("{made[2]}") in one of them, too'
                )
                return


def _is_module(base):
    return os.path.isdir(base) or os.path.isfile(base + ".py")


def _files(base):
    """A module's file, or all those of a package."""
    if os.path.isfile(base + ".py"):
        return [base + ".py"]
    return sorted(os.path.join(folder, file) for folder, _, files in os.walk(base) for file in files if file.endswith(".py"))


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
