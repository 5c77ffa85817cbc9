"""A function that shows what it gets: any program that speaks Lambda's Runtime API is one.

A message is a JSON object that says what to do: {"respond": …} answers the invocation with it, {"fail": …} reports an
error, {"exit": n} ends the process, {"hang": true} never answers, {"waitFor": path} answers when the file is there, {"post": …}
posts to the connection and answers with the status that it got; {"print": n} prints n long lines, and answers then.
{"connectionId": true}, {"routeKey": true}, {"processId": true} and {"runtimeApi": true} answer with that as the body,
{"event": true} with the whole event.
On $connect, the query string says it: ?wish={…}; to an authorizer, ?authorize={…}. A message that is no JSON object is answered with its route and itself.

Events are written to the file $EVENTS, one a line.
"""

import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request

INVOCATION = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
MANAGEMENT = os.environ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"]


def post(url, body):
    return urllib.request.urlopen(urllib.request.Request(url, body, method="POST"))


def wish_of(event):
    query = event.get("queryStringParameters") or {}
    text = query.get("authorize", "{}") if "methodArn" in event else query.get("wish") or event.get("body", "{}")
    try:
        wish = json.loads(text)
    except ValueError:
        wish = None
    if isinstance(wish, dict):
        return wish
    return {"respond": {"statusCode": 200, "body": f"{event['requestContext']['routeKey']} got {text}"[:131072]}}


def status_of_post(context, text):
    connection_id = urllib.parse.quote(context["connectionId"], safe="")
    try:
        return post(f"{MANAGEMENT}/@connections/{connection_id}", text.encode()).status
    except urllib.error.HTTPError as error:
        return error.code


def answer(event, wish):
    context = event["requestContext"]
    while "waitFor" in wish and not os.path.exists(wish["waitFor"]):
        time.sleep(0.01)
    for _ in range(wish.get("print", 0)):
        print("x" * 1000, flush=True)
    if "post" in wish:
        return {"statusCode": status_of_post(context, wish["post"])}
    for field in ("connectionId", "routeKey"):
        if field in wish:
            return {"statusCode": 200, "body": context[field]}
    if "runtimeApi" in wish:
        return {"statusCode": 200, "body": os.environ["AWS_LAMBDA_RUNTIME_API"]}
    if "event" in wish:
        return {"statusCode": 200, "body": json.dumps(event)}
    if "processId" in wish:
        return {"statusCode": 200, "body": str(os.getpid())}
    return wish.get("respond", {"statusCode": 200})


while True:
    with urllib.request.urlopen(f"{INVOCATION}/next") as invocation:
        request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(invocation)
    with open(os.environ["EVENTS"], "a") as events:
        events.write(json.dumps(event) + "\n")
    wish = wish_of(event)
    if "fail" in wish:
        error = {"errorType": "Wished", "errorMessage": wish["fail"]}
        post(f"{INVOCATION}/{request_id}/error", json.dumps(error).encode())
    elif "exit" in wish:
        os._exit(wish["exit"])
    elif "hang" in wish:
        time.sleep(3600)
    else:
        post(f"{INVOCATION}/{request_id}/response", json.dumps(answer(event, wish)).encode())
