"""Names its API in each of the ways that people use on AWS: the message says which."""

import os
import ssl
import urllib.request

import boto3


def endpoint(context, way):
    if way == "domain":
        return f"https://{context['domainName']}/{context['stage']}"
    api = f"{context['apiId']}.execute-api"
    if way == "id":
        return f"https://{api}.{os.environ['AWS_REGION']}.amazonaws.com/{context['stage']}"
    if way == "eu-west-1":
        return f"https://{api}.{way}.amazonaws.com/{context['stage']}"
    if way == "cn-north-1":
        return f"https://{api}.{way}.amazonaws.com.cn/{context['stage']}"
    return None


def handler(event, context):
    request = event["requestContext"]
    way = event["body"]
    if way == "urllib":
        # It checks the certificate, and is refused because it does not sign.
        try:
            url = endpoint(request, "domain")
            urllib.request.urlopen(f"{url}/@connections/x", context=ssl.create_default_context())
        except urllib.error.HTTPError as error:
            way = f"urllib {error.code}"
    region = way if "-" in way else None
    api = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint(request, way), region_name=region)
    connection_id = request["connectionId"]
    about = api.get_connection(ConnectionId=connection_id)["Identity"]["SourceIp"]
    api.post_to_connection(ConnectionId=connection_id, Data=f"{way} {about}")
    return {"statusCode": 200}
