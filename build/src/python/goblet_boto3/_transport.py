"""botocore's way to AWS: the host sends its requests. Nothing here can sign, as a handler has no credentials."""

import json
import re

import botocore.endpoint
import botocore.session
import botocore.signers
from botocore.awsrequest import AWSResponse
from botocore.configprovider import ConfigValueStore
from botocore.credentials import Credentials
from botocore.exceptions import EndpointConnectionError, HTTPClientError, ReadTimeoutError
from componentize_py_types import Err

from . import _connections

# botocore asks whether there are credentials. These sign nothing.
_PLACEHOLDER = Credentials("goblet", "goblet")

# The host writes these itself.
_LEFT_OUT = {"content-length", "accept-encoding", "x-amzn-trace-id"}

# Where botocore sends a request to a service, if nobody has told it another place.
_AWS = re.compile(r"https://(?P<service>[a-z]+)\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?(?P<path>/.*)?")

_get_config_variable = ConfigValueStore.get_config_variable
_needs_retry = botocore.endpoint.Endpoint._needs_retry
_host = None


def install(has_services):
    """Without services, the component does not import the host's requests: the host may not grant them."""
    if has_services:
        global _host
        from wit_world.imports import signed_requests as _host
    botocore.endpoint.Endpoint._send = _send
    botocore.endpoint.Endpoint._needs_retry = _try_again
    botocore.signers.RequestSigner.sign = _do_not_sign
    botocore.signers.RequestSigner.generate_presigned_url = _refuse_to_presign
    botocore.session.Session.get_credentials = _placeholder
    ConfigValueStore.get_config_variable = _config_variable


class UnreachableError(EndpointConnectionError, ReadTimeoutError):
    """There was no answer. The service may have done what was asked for. Its text says what the host has seen."""

    fmt = '{error}. The endpoint URL is "{endpoint_url}"'


def _try_again(endpoint, attempts, operation_model, request_dict, response=None, caught_exception=None):
    """botocore tries again for an answer such as a throttled one. Without an answer it does so if the author wants it: a
    function would end meanwhile, with no word of the reason, and a message may be sent twice."""
    if caught_exception is not None and "total_max_attempts" not in request_dict["context"]["client_config"].retries:
        return False
    return _needs_retry(endpoint, attempts, operation_model, request_dict, response, caught_exception)


def _do_not_sign(signer, *arguments, **settings):
    pass


def _refuse_to_presign(signer, *arguments, **settings):
    raise NotImplementedError("a handler cannot presign: it has no credentials, and the host signs requests that it sends itself")


def _placeholder(session):
    return _PLACEHOLDER


def _config_variable(store, name):
    value = _get_config_variable(store, name)
    if name == "region" and value is None and _host:
        return _host.region()
    # Otherwise a table's ARN names an endpoint, the account's, and the host chooses the endpoint:
    # https://docs.aws.amazon.com/sdkref/latest/guide/feature-account-endpoints.html
    if name == "account_id_endpoint_mode" and value in (None, "preferred"):
        return "disabled"
    return value


def _send(endpoint, request):
    if endpoint._endpoint_prefix == "execute-api":
        status, headers, body = _connections.answer(request)
    else:
        status, headers, body = _answer(endpoint, request)
    response = AWSResponse(request.url, status, headers, None)
    response._content = body
    return response


def _answer(endpoint, request):
    place = _AWS.fullmatch(request.url)
    if place is None or place["service"] != endpoint._endpoint_prefix or _host is None:
        raise HTTPClientError(
            error=f"a handler cannot send a request to {request.url}: the host chooses the endpoint of a service. Leave out "
            "endpoint_url; to send elsewhere, set AWS_ENDPOINT_URL_<SERVICE> for the function"
        )
    headers = [(name, _text(value)) for name, value in request.headers.items() if name.lower() not in _LEFT_OUT]
    body = request.body or b""
    host_request = _host.Request(
        service=place["service"],
        region=place["region"],
        method=request.method,
        path=place["path"] or "/",
        headers=headers,
        body=body.encode() if isinstance(body, str) else bytes(body),
    )
    try:
        answered = _host.send(host_request)
        return answered.status, dict(answered.headers), answered.body
    except Err as error:
        failed = error.value
    return _failure(failed, request.url)


def _failure(error, url):
    """What is not allowed is an answer, with the name that IAM's refusals have. The rest is what botocore raises where there
    is no answer."""
    kind = type(error).__name__.partition("_")[2]
    if kind == "NotAllowed":
        body = json.dumps({"__type": "AccessDeniedException", "message": error.value})
        return 400, {"content-type": "application/x-amz-json-1.0"}, body.encode()
    if kind == "Unreachable":
        raise UnreachableError(endpoint_url=url, error=error.value)
    raise HTTPClientError(error=error.value)


def _text(value):
    return value.decode("latin-1") if isinstance(value, bytes) else value
