"""Sends to all members of a group, one after the other, as the chat of Chalice's documentation does.

The members are those that the handlers of Goblet have put into the table.
"""

import os

import boto3
from boto3.dynamodb.conditions import Key
from boto3.session import Session
from chalice import Chalice

app = Chalice(app_name="groups")
app.websocket_api.session = Session()
app.websocket_api._endpoint = os.environ.get("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")
app.experimental_feature_flags.update(["WEBSOCKETS"])
table = boto3.resource("dynamodb").Table(os.environ["GOBLET_TABLE"])


@app.on_ws_message()
def message(event):
    members = table.query(KeyConditionExpression=Key("PK").eq("g#news"))
    for member in members["Items"]:
        app.websocket_api.send(member["SK"], "news")
