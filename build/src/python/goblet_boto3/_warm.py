"""Makes clients when the component is built, so that what boto3 loads for them is in it."""

import importlib

import boto3

# Any region. Clients of this one are thrown away.
_REGION = "us-east-1"

# What boto3 imports by names that are texts.
_BY_NAME = {"dynamodb": ["boto3.dynamodb.conditions", "boto3.dynamodb.table", "boto3.dynamodb.transform"]}


def up(services):
    session = boto3.session.Session(region_name=_REGION)
    for service in services:
        for module in _BY_NAME.get(service, []):
            importlib.import_module(module)
        session.client(service)
        if service in session.get_available_resources():
            session.resource(service)
