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
from botocore.config import Config  # noqa: E402
from botocore.exceptions import (  # noqa: E402
    ClientError,
    EndpointConnectionError,
    ReadTimeoutError,
    UnknownServiceError,
)


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

    def test_an_unknown_service_is_explained(self):
        for service in ("s3", "events"):
            with self.assertRaisesRegex(UnknownServiceError, f"'{service}'.*: apigatewaymanagementapi, .*write e.g. boto3.client"):
                boto3.client(service)

    def test_a_silent_service_is_asked_once(self):
        host.send.side_effect = failure("Unreachable", "dynamodb has not answered within 2.5s")
        for kind in (EndpointConnectionError, ReadTimeoutError):
            with self.assertRaisesRegex(kind, "dynamodb has not answered within 2.5s. The endpoint URL is"):
                boto3.client("dynamodb").list_tables()
        self.assertEqual(host.send.call_count, 2)

    @mock.patch("time.sleep")
    def test_a_silent_service_is_asked_again_if_the_author_wants_it(self, sleep):
        for mode in ("legacy", "standard"):
            host.send = mock.Mock(side_effect=failure("Unreachable", "sqs cannot be reached"))
            config = Config(retries={"total_max_attempts": 3, "mode": mode})
            with self.assertRaisesRegex(EndpointConnectionError, "sqs cannot be reached"):
                boto3.client("sqs", config=config).list_queues()
            self.assertEqual(host.send.call_count, 3, mode)

    @mock.patch("time.sleep")
    def test_a_throttled_request_is_sent_again(self, sleep):
        throttled = b'{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}'
        host.send.side_effect = [Response(400, [], throttled), Response(200)]
        boto3.client("dynamodb").list_tables()
        self.assertEqual(host.send.call_count, 2)

    def test_what_is_not_allowed_is_iams_error(self):
        host.send.side_effect = failure("NotAllowed", "the handler may not do it")
        with self.assertRaisesRegex(ClientError, "AccessDeniedException.*the handler may not do it"):
            boto3.client("dynamodb").list_tables()
        self.assertEqual(host.send.call_count, 1)


if __name__ == "__main__":
    unittest.main()
