"""A function that shows what it gets: any program that speaks Lambda's Runtime API is one.

A message is a JSON object that says what to do: {"respond": …} answers the invocation with it, {"events": true} with
all events so far, {"fail": …} reports an error, {"exit": n} ends the process, {"hang": true} never answers. On
$connect, the query string says it: ?respond=….
"""

import json
import os
import time
import urllib.request

INVOCATION = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"


def post(path, body):
    urllib.request.urlopen(urllib.request.Request(f"{INVOCATION}/{path}", json.dumps(body).encode(), method="POST"))


def wish(event):
    query = event.get("queryStringParameters") or {}
    wishes = query.get("wish") or event.get("body") or "{}"
    return json.loads(wishes)


while True:
    with urllib.request.urlopen(f"{INVOCATION}/next") as invocation:
        request_id = invocation.headers["Lambda-Runtime-Aws-Request-Id"]
        event = json.load(invocation)
    # A file, because there may be several processes.
    with open(os.environ["EVENTS"], "a") as events:
        events.write(json.dumps(event) + "\n")
    wished = wish(event)
    if "fail" in wished:
        post(f"{request_id}/error", {"errorType": "Wished", "errorMessage": wished["fail"]})
    elif "exit" in wished:
        os._exit(wished["exit"])
    elif "hang" in wished:
        time.sleep(3600)
    elif "events" in wished:
        post(f"{request_id}/response", {"statusCode": 200, "body": f"[{','.join(open(os.environ['EVENTS']))}]"})
    else:
        post(f"{request_id}/response", wished.get("respond", {"statusCode": 200}))
