"""The client `apigatewaymanagementapi`, over Goblet's connections:
<https://boto3.amazonaws.com/v1/documentation/api/latest/reference/services/apigatewaymanagementapi.html>.
"""

from datetime import datetime, timezone
from types import SimpleNamespace

import goblet
from botocore.client import BaseClient
from botocore.exceptions import ClientError, HTTPClientError, ParamValidationError
from goblet_boto3 import _failures


class GoneException(ClientError):
    pass


class PayloadTooLargeException(ClientError):
    pass


class LimitExceededException(ClientError):
    pass


class ForbiddenException(ClientError):
    pass


class Connections(BaseClient):
    """The client. The endpoint makes no difference: a handler reaches the connections of its event's API."""

    exceptions = SimpleNamespace(
        ClientError=ClientError,
        ForbiddenException=ForbiddenException,
        GoneException=GoneException,
        LimitExceededException=LimitExceededException,
        PayloadTooLargeException=PayloadTooLargeException,
    )

    def __init__(self, region_name, endpoint_url):
        self.meta = SimpleNamespace(region_name=region_name, endpoint_url=endpoint_url)

    def post_to_connection(self, *arguments, **parameters):
        data, connection_id = _checked("post_to_connection", arguments, parameters, "Data", "ConnectionId")
        if hasattr(data, "read"):
            data = data.read()
        _call("PostToConnection", goblet.send, connection_id, data)
        return _answer(200)

    def delete_connection(self, *arguments, **parameters):
        (connection_id,) = _checked("delete_connection", arguments, parameters, "ConnectionId")
        _call("DeleteConnection", goblet.close, connection_id)
        return _answer(204)

    def get_connection(self, *arguments, **parameters):
        (connection_id,) = _checked("get_connection", arguments, parameters, "ConnectionId")
        found = _call("GetConnection", goblet.describe, connection_id)
        identity = {"SourceIp": found.source_ip}
        if found.user_agent:
            identity["UserAgent"] = found.user_agent
        times = {"ConnectedAt": _time(found.connected_at), "LastActiveAt": _time(found.last_active_at)}
        return {**_answer(200), **times, "Identity": identity}

    def close(self):
        pass


# The types that a parameter takes, with boto3's words for them.
_TYPES = {
    "ConnectionId": ((str,), "<class 'str'>"),
    "Data": ((bytes, bytearray, str), "<class 'bytes'>, <class 'bytearray'>, file-like object"),
}


def _checked(method, arguments, parameters, *names):
    """The parameters of a call, or boto3's error about them."""
    if arguments:
        raise TypeError(f"{method}() only accepts keyword arguments.")
    errors = [f'Missing required parameter in input: "{name}"' for name in sorted(names) if name not in parameters]
    for name, value in parameters.items():
        if name not in names:
            errors.append(f'Unknown parameter in input: "{name}", must be one of: {", ".join(names)}')
        elif not isinstance(value, _TYPES[name][0]) and not (name == "Data" and hasattr(value, "read")):
            errors.append(
                f"Invalid type for parameter {name}, value: {value}, type: {type(value)}, valid types: {_TYPES[name][1]}"
            )
    if errors:
        raise ParamValidationError(report="\n".join(errors))
    return [parameters[name] for name in names]


def _call(operation, function, *arguments):
    try:
        return function(*arguments)
    except goblet.GobletError as error:
        failed = error
    # Outside of the `except`, so that the traceback has this error alone, as boto3's has.
    raise _error(operation, failed)


def _error(operation, error):
    answer = _failures.answer(error)
    if answer is None:
        return HTTPClientError(error=error)
    status, code, message = answer
    kind = getattr(Connections.exceptions, code, ClientError)
    return kind(_failed(code, message, status), operation)


def _failed(code, message, status):
    return {"Error": {"Message": message, "Code": code}, **_answer(status)}


def _answer(status):
    return {"ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}}


def _time(milliseconds):
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
