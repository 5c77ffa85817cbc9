"""The service `apigatewaymanagementapi`, over goblet's connections:
<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html>.
"""

import json
import re
from datetime import datetime, timezone
from urllib.parse import unquote

import goblet

# The host calls the API that the event came from, whatever the endpoint is.
_PATH = re.compile(r"https?://[^/]+/(?:.*/)?@connections/(?P<connection_id>[^/?]+)")

_ERRORS = {
    goblet.DisconnectedError: (410, "GoneException", lambda _: "Gone"),
    goblet.PayloadTooLargeError: (413, "PayloadTooLargeException", lambda _: "The message is larger than 128 KB"),
    goblet.ThrottledError: (429, "LimitExceededException", str),
    goblet.ForbiddenError: (403, "ForbiddenException", str),
}

# What the host says of an answer that has no name of its own there.
_OTHER = re.compile(r"the management API answered (?P<status>\d+): (?:(?P<code>\w+): )?(?P<message>.*)", re.DOTALL)


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
    if type(error) in _ERRORS:
        status, code, text = _ERRORS[type(error)]
        return _error(status, code, text(error))
    other = _OTHER.fullmatch(str(error))
    if other is None:
        return _error(500, "InternalServerError", str(error))
    return _error(int(other["status"]), other["code"] or other["status"], other["message"])


def _error(status, code, message):
    return status, {"x-amzn-errortype": code}, json.dumps({"message": message}).encode()


def _time(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).isoformat()
