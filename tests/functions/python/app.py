"""A function that does what a message tells it, to see what Lambda's Python runtime makes of it."""

import decimal
import json
import logging
import os
import sys
import time
import urllib.parse
import urllib.request

log = logging.getLogger("app")


def send(event, value):
    connection_id = urllib.parse.quote(event["requestContext"]["connectionId"], safe="")
    url = f"{os.environ['AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI']}/@connections/{connection_id}"
    urllib.request.urlopen(urllib.request.Request(url, json.dumps(value).encode(), method="POST"))


def context_of(context):
    return {
        "id": len(context.aws_request_id),
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "version": context.function_version,
        "left": 0 < context.get_remaining_time_in_millis() <= 60000,
        "clients": [context.client_context, context.identity.cognito_identity_id],
        "trace": os.environ["_X_AMZN_TRACE_ID"][:5],
    }


def handler(event, context):
    wish = event["body"]
    if wish == "context":
        send(event, context_of(context))
    elif wish == "raise":
        raise KeyError("lost")
    elif wish == "exit":
        sys.exit(3)
    elif wish == "sleep":
        time.sleep(600)
    elif wish == "decimal":
        return {"statusCode": decimal.Decimal("200")}
    elif wish == "set":
        return {"statusCode": 200, "body": {1}}
    elif wish == "large":
        return {"statusCode": 200, "body": "x" * 7_000_000}
    elif wish == "log":
        print("printed", end="\n")
        log.debug("hidden")
        log.info("said %s", "so")
        try:
            raise ValueError("logged")
        except ValueError:
            log.exception("caught")
        send(event, "done")
    elif wish == "environment":
        send(event, {name: os.environ.get(name) for name in ("GREETING", "FROM_FILE", "AWS_LAMBDA_LOG_LEVEL")})
    else:
        send(event, {"process": os.getpid(), "path": sys.path[0] == os.environ["LAMBDA_TASK_ROOT"] == os.getcwd()})
    return {"statusCode": 200}


def aside(event, context):
    """Another handler of the same file."""
    send(event, "aside")
    return {"statusCode": 200}
