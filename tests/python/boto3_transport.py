"""What the real boto3 does over a host's answers, under plain Python. The host is made up."""

import os
import sys
import types
import unittest
from dataclasses import dataclass, field
from unittest import mock


class Err(Exception):
    """As componentize-py raises the error of a host's function."""

    def __init__(self, value):
        self.value = value


@dataclass
class Value:
    value: str


@dataclass
class Response:
    status: int
    headers: list = field(default_factory=list)
    body: bytes = b"{}"


host = types.SimpleNamespace(
    Request=lambda **fields: types.SimpleNamespace(**fields), region=lambda: "us-east-1", send=mock.Mock()
)
sys.modules["componentize_py_types"] = types.SimpleNamespace(Err=Err)
sys.modules["wit_world"] = types.ModuleType("wit_world")
sys.modules["wit_world.imports"] = types.SimpleNamespace(signed_requests=host)
# The machine's own settings of AWS make no difference.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

import goblet_boto3  # noqa: E402

goblet_boto3.prepare(["dynamodb", "sqs"])

import boto3  # noqa: E402


def failure(kind, text):
    return Err(type(f"Error_{kind}", (Value,), {})(text))


class Boto3(unittest.TestCase):
    def setUp(self):
        host.send = mock.Mock(return_value=Response(200))

    def test_a_table_may_be_named_by_its_arn(self):
        arn = "arn:aws:dynamodb:us-east-1:123456789012:table/chat"
        boto3.resource("dynamodb").Table(arn).get_item(Key={"PK": "a"})
        (request,) = host.send.call_args.args
        self.assertEqual((request.service, request.path), ("dynamodb", "/"))
        self.assertIn(arn.encode(), request.body)


if __name__ == "__main__":
    unittest.main()
