"""Serves the WebSocket handlers of a Chalice app, as they are, by the package goblet:
<https://aws.github.io/chalice/topics/websockets.html>.

API Gateway's event is put together again, and Chalice itself makes of it what its handlers get.
"""

import goblet

from . import _app, _context, _proxy_event, _response


def serve(module, routes):
    """Gives the handlers of the app in a module, which has been run, to goblet: those of the routes that the build has
    seen."""
    app = _app.find(module)
    for route in routes:
        if handler := _app.handler(app, module, route):
            _SERVE[route](_served(app, handler, _EVENTS[route], _ANSWERS[route]))
        elif route == "on_message":
            goblet.on_message(_app.refuse)


_SERVE = {"on_connect": goblet.on_connect, "on_message": goblet.on_message, "on_disconnect": goblet.on_disconnect}

_EVENTS = {
    "on_connect": _proxy_event.connect,
    "on_message": _proxy_event.message,
    "on_disconnect": _proxy_event.disconnect,
}

_ANSWERS = {
    "on_connect": _response.to_connect,
    "on_message": _response.to_message,
    "on_disconnect": _response.to_disconnect,
}


def _served(app, handler, proxy_event, answer):
    def serve(event):
        # Before Chalice does it, which needs the region for that.
        app.websocket_api.configure(event.domain_name, event.stage)
        return answer(handler(proxy_event(event), _context.LambdaContext(event.request_id)))

    return serve
