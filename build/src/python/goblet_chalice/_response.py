"""What a Lambda function returns, as API Gateway reads it:
<https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>.
"""

import base64
import decimal
import json

import goblet

_KEYS = ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")


class MarshalError(Exception):
    """The response is no JSON. Lambda calls it so."""


MarshalError.__name__ = MarshalError.__qualname__ = "Runtime.MarshalError"


def to_connect(response):
    response, status = _checked(response)
    if not 200 <= status < 300:
        return goblet.reject(status)
    headers = response.get("headers") or {}
    chosen = [value for name, value in headers.items() if name.lower() == "sec-websocket-protocol"]
    return goblet.accept(chosen[0] if chosen else None)


def to_message(response):
    """The client gets the body if the route is two-way."""
    response, _ = _checked(response)
    body = response.get("body")
    if body is not None and response.get("isBase64Encoded") is True:
        return base64.b64decode(body, validate=True)
    return body


def to_disconnect(response):
    """API Gateway reads none of it."""
    _marshalled(response)


def _marshalled(response):
    try:
        return json.loads(json.dumps(response, default=_number))
    except Exception as error:
        failed = error
    raise MarshalError(f"Unable to marshal response: {failed}")


def _checked(response):
    response = _marshalled(response)
    if not isinstance(response, dict) or not all(key in _KEYS for key in response):
        raise ValueError(f"the handler returned {response!r}: API Gateway takes {', '.join(_KEYS)} and nothing else")
    try:
        status = int(response.get("statusCode"))
    except (TypeError, ValueError):
        status = 0
    if not 200 <= status <= 599:
        raise ValueError(f"the handler returned the statusCode {response.get('statusCode')!r}: use one from 200 to 599")
    if not isinstance(response.get("body", ""), (str, type(None))):
        raise ValueError("the handler returned a body that is no str: use json.dumps, or a chalice.Response")
    return response, status


def _number(value):
    # As Lambda's Python does.
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
