"""What the author's modules use of Chalice. `analyse.py` asks."""

import ast
import json
import os

ROUTES = {"on_ws_connect": "on_connect", "on_ws_message": "on_message", "on_ws_disconnect": "on_disconnect"}

# What else Chalice's decorators serve: https://aws.github.io/chalice/api.html
OTHERS = {
    "authorizer", "lambda_function", "on_cw_event", "on_dynamodb_record", "on_kinesis_record", "on_s3_event",
    "on_sns_message", "on_sqs_message", "route", "schedule",
}  # fmt: skip


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
