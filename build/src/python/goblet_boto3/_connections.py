"""The service `apigatewaymanagementapi`, over goblet's connections:
<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.
"""

import json
import re
from datetime import datetime, timezone
from urllib.parse import unquote

import goblet

from . import _failures

# The host calls the API that the event came from, whatever the endpoint is.
_PATH = re.compile(r"https?://[^/]+/(?:.*/)?@connections/(?P<connection_id>[^/?]+)")

def answer(request):
    """The status, the headers and the body of the answer to a request of botocore."""
    connection_id = unquote(_PATH.match(request.url)["connection_id"])
    try:
        return _CALLS[request.method](connection_id, request.body)
    except goblet.GobletError as error:
        return _failure(error)


def _post(connection_id, body):
    body = body.read() if hasattr(body, "read") else body or b""
    goblet.send(connection_id, bytes(body) if isinstance(body, bytearray) else body)
    return 200, {}, b""


def _delete(connection_id, body):
    goblet.close(connection_id)
    return 204, {}, b""


def _get(connection_id, body):
    found = goblet.describe(connection_id)
    identity = {"sourceIp": found.source_ip}
    if found.user_agent:
        identity["userAgent"] = found.user_agent
    times = {"connectedAt": _time(found.connected_at), "lastActiveAt": _time(found.last_active_at)}
    return 200, {}, json.dumps({**times, "identity": identity}).encode()


_CALLS = {"POST": _post, "DELETE": _delete, "GET": _get}


def _failure(error):
    status, code, message = _failures.answer(error) or (500, "InternalServerError", str(error))
    return status, {"x-amzn-errortype": code}, json.dumps({"message": message}).encode()


def _time(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat()
