"""The echo as AWS's documentation has it for Python: a Lambda function with boto3."""

import boto3

client = boto3.client("apigatewaymanagementapi")


def handler(event, context):
    client.post_to_connection(ConnectionId=event["requestContext"]["connectionId"], Data=event["body"])
    return {"statusCode": 200}
