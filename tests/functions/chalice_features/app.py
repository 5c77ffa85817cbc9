"""What Chalice offers to WebSocket handlers. A message names what is wanted, and the answer says what came of it, so that
a native run and a component can be compared."""

import json

import boto3
from boto3.session import Session
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, ParamValidationError
from chalice import Chalice, Response, WebsocketDisconnectedError

try:
    import goblet
except ImportError:
    # Natively it is not there.
    goblet = None

from chalicelib import event_shape
from chalicelib.people import people

app = Chalice(app_name="features", debug=True)
app.websocket_api.session = Session()
app.experimental_feature_flags.update(["WEBSOCKETS"])
app.register_blueprint(people)


@app.middleware("websocket")
def numbered(event, get_response):
    event.steps = [*getattr(event, "steps", []), "app"]
    return get_response(event)


@app.middleware("http")
def unused(event, get_response):
    raise RuntimeError("there is no HTTP request")


@app.route("/")
def index():
    return {"hello": "world"}


@app.on_ws_connect()
def connect(event):
    wish = (event.to_dict().get("queryStringParameters") or {}).get("wish")
    app.log.info("%s connects: %s", wish, json.dumps(event_shape.shape(event)))
    if wish == "refuse":
        return Response(status_code=401, body="")
    if wish == "chat":
        return {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat"}}
    if wish == "status":
        return {"statusCode": 204}
    if wish == "text":
        return "whatever else is returned is ignored"
    if wish == "fail":
        raise ValueError("nobody may connect")
    return None


@app.on_ws_message()
def message(event):
    return WISHES[event.body.partition(" ")[0]](event)


def send(event, value):
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    app.websocket_api.send(event.connection_id, text)


def caught(event, kinds, function):
    try:
        function()
    except EndpointConnectionError:
        send(event, "there is nobody")
    except kinds as error:
        response = getattr(error, "response", {})
        status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        send(event, [type(error).__name__, str(error), response.get("Error"), status])


def shape(event):
    send(event, event_shape.shape(event))


def fields(event):
    context = event.to_dict()["requestContext"]
    same = [event.domain_name == context["domainName"], event.connection_id == context["connectionId"]]
    send(event, [event.stage, event.body, *same, event.steps, type(event.context.aws_request_id).__name__])


def parsed(event):
    event.body = event.body.partition(" ")[2]
    send(event, event.json_body)


def info(event):
    known = app.websocket_api.info(event.connection_id)
    times = [type(known[name]).__name__ + str(known[name].utcoffset()) for name in ("ConnectedAt", "LastActiveAt")]
    send(event, [times, sorted(known["Identity"]), known["ResponseMetadata"]["HTTPStatusCode"]])


def close(event):
    app.websocket_api.close(event.connection_id)


def gone(event):
    send(event, "first")
    close(event)
    try:
        send(event, "second")
    except WebsocketDisconnectedError as error:
        app.log.warning("gone: %s", error.connection_id == event.connection_id)


def lost(event):
    app.websocket_api.send("L0SM9cOFvHcCIhw=", "nobody hears")


def client() -> BaseClient:
    return app.websocket_api.session.client("apigatewaymanagementapi", endpoint_url=app.websocket_api._endpoint)


def invalid(event):
    caught(event, ClientError, lambda: app.websocket_api.send("nowhere", "foo"))


def errors(event):
    connection = {"ConnectionId": "L0SM9cOFvHcCIhw="}
    caught(event, client().exceptions.GoneException, lambda: client().post_to_connection(Data=b"foo", **connection))
    caught(event, ClientError, lambda: client().get_connection(**connection))
    caught(event, ClientError, lambda: client().delete_connection(**connection))


def parameters(event):
    for wrong in ({}, {"Data": {"a": 1}, "ConnectionId": 5}, {"Data": "foo", "ConnectionId": "bar", "Other": 1}):
        caught(event, ParamValidationError, lambda: client().post_to_connection(**wrong))
    caught(event, TypeError, lambda: client().post_to_connection("foo"))


def large(event):
    caught(event, ClientError, lambda: send(event, "x" * (128 * 1024 + 1)))


def binary(event):
    client().post_to_connection(ConnectionId=event.connection_id, Data="bytes \u2713".encode())


def log(event):
    app.log.debug("at debug")
    app.log.info("at info, of %s", "two\nlines")
    app.log.warning("at warning")
    app.log.error("at error")
    send(event, "logged")


def fail(event):
    raise LookupError("there is no such room")


def unknown(event):
    app.websocket_api.send(event.connection_id, None)


def marshal(event):
    return {"statusCode": 200, "body": {1, 2}}


def response(event):
    return Response(status_code=200, body={"answer": 42})


def service(event):
    """In a component: natively there are other services."""
    caught(event, BotoCoreError, lambda: boto3.client("kinesis"))
    caught(event, BotoCoreError, lambda: boto3.resource(service_name="s3"))


def state(event):
    """In a component."""
    goblet.state.put("features", "kept", "a value")
    send(event, goblet.state.get("features", "kept").text)


WISHES = {
    function.__name__: function
    for function in (
        *(binary, close, errors, fail, fields, gone, info, invalid, large, log, lost, marshal, parameters, parsed),
        *(response, service, shape, state, unknown),
    )
}
