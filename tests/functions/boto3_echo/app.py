"""An echo as Lambda's Python tutorials write it."""

import boto3


def handler(event, context):
    request = event["requestContext"]
    if request["eventType"] == "MESSAGE":
        api = boto3.client("apigatewaymanagementapi")
        api.post_to_connection(ConnectionId=request["connectionId"], Data=event["body"])
    return {"statusCode": 200}
