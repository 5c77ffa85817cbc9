"""Keeps what each client says, in a table of DynamoDB, as AWS's tutorials write it."""

import json
import os
import time

import boto3
from boto3.dynamodb.conditions import Key

notes = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
seen = boto3.client("dynamodb")
api = boto3.client("apigatewaymanagementapi")


def handler(event, context):
    request = event["requestContext"]
    connection = request["connectionId"]
    if request["eventType"] == "MESSAGE":
        item = {"room": "lobby", "at": time.time_ns(), "author": connection, "text": event["body"]}
        notes.put_item(Item=item | {"expires": int(time.time()) + 3600})
        seen.put_item(TableName=os.environ["SEEN"], Item={"id": {"S": connection}})
        own = notes.query(IndexName="by-author", KeyConditionExpression=Key("author").eq(connection))
        everyone = notes.query(KeyConditionExpression=Key("room").eq("lobby"), ConsistentRead=True)
        answer = {"own": [note["text"] for note in own["Items"]], "everyone": everyone["Count"], "seen": os.environ["SEEN_ARN"]}
        api.post_to_connection(ConnectionId=connection, Data=json.dumps(answer))
    return {"statusCode": 200}
