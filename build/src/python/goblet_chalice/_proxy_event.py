"""The events of API Gateway, as Lambda functions get them:
<https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html>.
"""

import base64
import time


def connect(event):
    proxy_event = _event(event, "CONNECT")
    headers = _multi(event.headers.pairs)
    proxy_event["headers"], proxy_event["multiValueHeaders"] = headers
    if event.query.pairs:
        query = _multi(event.query.pairs)
        proxy_event["queryStringParameters"], proxy_event["multiValueQueryStringParameters"] = query
    return proxy_event


def message(event):
    proxy_event = _event(event, "MESSAGE", messageId=event.message_id)
    if isinstance(event.body, bytes):
        proxy_event["isBase64Encoded"] = True
        proxy_event["body"] = base64.b64encode(event.body).decode()
    else:
        proxy_event["body"] = event.body
    return proxy_event


def disconnect(event):
    reason = {"disconnectStatusCode": event.status_code, "disconnectReason": event.reason}
    proxy_event = _event(event, "DISCONNECT", **reason)
    headers = _multi([("Host", event.domain_name), ("x-api-key", ""), ("x-restapi", "")])
    proxy_event["headers"], proxy_event["multiValueHeaders"] = headers
    return proxy_event


def _event(event, event_type, **more):
    now = time.time()
    identity = {"sourceIp": event.source_ip}
    if event.user_agent is not None:
        identity["userAgent"] = event.user_agent
    context = {
        "routeKey": event.route_key,
        "eventType": event_type,
        # Of the three ids, handlers are told one.
        "extendedRequestId": event.request_id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "messageDirection": "IN",
        "stage": event.stage,
        "connectedAt": event.connected_at,
        "requestTimeEpoch": int(now * 1000),
        "identity": identity,
        "requestId": event.request_id,
        "domainName": event.domain_name,
        "connectionId": event.connection_id,
        "apiId": event.api_id,
        **more,
    }
    if event.authorizer:
        context["authorizer"] = dict(event.authorizer)
    proxy_event = {"requestContext": context, "isBase64Encoded": False}
    if event.stage_variables:
        proxy_event["stageVariables"] = dict(event.stage_variables)
    return proxy_event


def _multi(pairs):
    """The last value of each name, and all values of each name."""
    every = {}
    for name, value in pairs:
        every.setdefault(name, []).append(value)
    return {name: values[-1] for name, values in every.items()}, every
