"""What the author's modules use of Chalice, and of boto3. `analyse.py` asks."""

import ast
import json
import os

ROUTES = {"on_ws_connect": "on_connect", "on_ws_message": "on_message", "on_ws_disconnect": "on_disconnect"}

# What else Chalice's decorators serve: https://aws.github.io/chalice/api.html
OTHERS = {
    "authorizer", "lambda_function", "on_cw_event", "on_dynamodb_record", "on_kinesis_record", "on_s3_event",
    "on_sns_message", "on_sqs_message", "route", "schedule",
}  # fmt: skip

SERVICE = "apigatewaymanagementapi"

NO_BOTO3 = (
    "a handler has no network, and of boto3 the client apigatewaymanagementapi alone. Keep data with goblet.state and "
    "goblet.groups, or let the app run natively: make a template with `chalice package`, and start `goblet dev` beside it"
)


class Chalice:
    """What a handler uses of Chalice."""

    def __init__(self):
        # Whether one of its modules imports Chalice, and whether that is nowhere.
        self.is_used = self.is_missing = False
        self._routes, self._others = set(), {}

    @property
    def routes(self):
        return self._routes if self.is_used else set()

    def see_attribute(self, node):
        if node.attr in ROUTES:
            self._routes.add(ROUTES[node.attr])

    def see_decorator(self, decorator, place):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr in OTHERS:
            self._others.setdefault(called.attr, []).append((place, ast.unparse(called)))

    def warnings(self):
        if not self.is_used:
            return
        for places in self._others.values():
            (place, decorator), more = places[0], len(places) - 1
            also = f" (and {more} more)" if more else ""
            yield (
                f"{place}: @{decorator}{also} is not served: a handler gets the events of a WebSocket API alone. Deploy it "
                "with Chalice"
            )

    def variables(self, root):
        """The names of the variables that Chalice would give to the app, and a handler does not get."""
        file = os.path.join(root, ".chalice", "config.json")
        try:
            with open(file, encoding="utf-8") as opened:
                names = sorted(_variables(json.load(opened)))
        except (OSError, ValueError):
            names = []
        if self.is_used and names:
            granted = ",".join(names)
            yield (
                f".chalice/config.json: its environment_variables are not read. For `goblet dev`, add --env "
                f"GOBLET_ENVIRONMENT={granted}, and --env {names[0]}=VALUE for each"
            )

    def no_route(self, file):
        """Why there is no handler, if the reason is Chalice's."""
        if not self.is_used:
            return None
        return "\n".join(
            [
                f"{file} serves no route of a WebSocket API: put @app.on_ws_message() before the function that gets "
                "messages (or @app.on_ws_connect(), @app.on_ws_disconnect())",
                *self.warnings(),
            ]
        )


def _variables(config):
    """Those of all functions and of all stages."""
    if not isinstance(config, dict):
        return set()
    names = set()
    for name, value in config.items():
        names |= set(value) if name == "environment_variables" and isinstance(value, dict) else _variables(value)
    return names


def refused_import(name, names, folders):
    """Why a module of boto3 or botocore cannot be imported, or one of these names from it. The first folder has the
    stand-ins."""
    if name.partition(".")[0] not in ("boto3", "botocore"):
        return None
    defined = _defined(folders[0], name)
    if defined is None:
        return f"{name} cannot be imported: {NO_BOTO3}"
    for each in names:
        is_there = each in defined or "__getattr__" in defined or _defined(folders[0], f"{name}.{each}") is not None
        if not is_there:
            return f"{name}.{each} cannot be imported: {NO_BOTO3}"
    return None


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


def refused_call(node):
    """Whether a call makes a client of a service that handlers do not have."""
    called = node.func
    if not isinstance(called, ast.Attribute) or called.attr not in ("client", "resource"):
        return None
    named = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "service_name")]
    if not named or not isinstance(named[0], ast.Constant) or not isinstance(named[0].value, str):
        return None
    if called.attr == "client" and named[0].value == SERVICE:
        return None
    return f"{ast.unparse(called)}({named[0].value!r}) cannot be called: {NO_BOTO3}"
