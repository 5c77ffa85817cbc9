"""A Blueprint: middleware, and the handler of a route."""

from chalice import Blueprint

people = Blueprint(__name__)


@people.middleware("websocket")
def logged(event, get_response):
    event.steps = [*getattr(event, "steps", []), "people"]
    route_key = event.to_dict()["requestContext"]["routeKey"]
    people.log.info("before %s", route_key)
    response = get_response(event)
    people.log.info("after %s, with %s", route_key, type(response).__name__)
    return response


@people.on_ws_disconnect()
def disconnect(event):
    """On Lambda, a handler of a Blueprint gets no middleware, and fails because of a second argument."""
    people.log.info("in $disconnect: %s, %s", event.to_dict()["requestContext"]["disconnectStatusCode"], event.steps)
