"""What the adapter makes of events and of responses, under plain Python."""

import sys
import types
import unittest
from decimal import Decimal
from unittest import mock

import chalice
import goblet
import goblet_chalice
from boto3.session import Session
from goblet._routes import handlers

REQUEST = {
    "connection_id": "L0SM9cOFvHcCIhw=",
    "request_id": "XfVRYGf_IAMFxMg=",
    "route_key": "$default",
    "domain_name": "abc.execute-api.us-east-1.amazonaws.com",
    "stage": "api",
    "api_id": "abc",
    "connected_at": 1795464725000,
    "source_ip": "192.0.2.1",
    "user_agent": "wsdump",
    "authorizer": {"principalId": "ada"},
    "stage_variables": {"level": "high"},
}
PAIRS = [("a", "1"), ("a", "2"), ("b", "3")]


def connect_event():
    return goblet.ConnectEvent(**REQUEST, headers=goblet.Headers([("Host", "abc")]), query=goblet.Query(PAIRS))


def message_event(body="foo"):
    return goblet.MessageEvent(**REQUEST, message_id="XfVRYGf_IAMFxMh=", body=body)


def disconnect_event():
    return goblet.DisconnectEvent(**REQUEST, status_code=1001, reason="Going away")


class Adapter(unittest.TestCase):
    def setUp(self):
        self.module = types.ModuleType("main")
        self.app = self.module.app = chalice.Chalice(app_name="tested")
        self.app.websocket_api.session = Session()
        modules = mock.patch.dict(sys.modules, {"main": self.module})
        modules.start()
        self.addCleanup(modules.stop)
        self.addCleanup(handlers.clear)

    def serve(self, *routes):
        goblet_chalice.serve(self.module, routes)

    def connecting(self, response):
        """What comes of a response of the app's handler."""
        handlers.clear()
        self.app.websocket_handlers.clear()
        self.app.on_ws_connect(name=f"connect_{id(response)}")(lambda event: response)
        self.serve("on_connect")
        return handlers["on_connect"](connect_event())

    def test_events_are_those_of_api_gateway(self):
        seen = []
        self.app.on_ws_connect()(lambda event: seen.append(event))
        self.app.on_ws_message()(lambda event: seen.append(event))
        self.app.on_ws_disconnect()(lambda event: seen.append(event))
        self.serve("on_connect", "on_message", "on_disconnect")
        handlers["on_connect"](connect_event())
        handlers["on_message"](message_event())
        handlers["on_message"](message_event(b"\xff"))
        handlers["on_disconnect"](disconnect_event())
        connect, message, binary, disconnect = [event.to_dict() for event in seen]
        self.assertEqual(connect["headers"], {"Host": "abc"})
        self.assertEqual(connect["queryStringParameters"], {"a": "2", "b": "3"})
        self.assertEqual(connect["multiValueQueryStringParameters"], {"a": ["1", "2"], "b": ["3"]})
        self.assertEqual(connect["stageVariables"], {"level": "high"})
        context = connect["requestContext"]
        self.assertEqual(context["authorizer"], {"principalId": "ada"})
        self.assertEqual(context["identity"], {"sourceIp": "192.0.2.1", "userAgent": "wsdump"})
        self.assertRegex(context["requestTime"], r"^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000$")
        self.assertEqual((message["body"], message["isBase64Encoded"]), ("foo", False))
        self.assertEqual(message["requestContext"]["messageId"], "XfVRYGf_IAMFxMh=")
        self.assertEqual((binary["body"], binary["isBase64Encoded"]), ("/w==", True))
        self.assertEqual(disconnect["requestContext"]["disconnectStatusCode"], 1001)
        self.assertEqual(disconnect["headers"]["Host"], REQUEST["domain_name"])
        self.assertEqual([event.body for event in seen], ["None", "foo", "/w==", "None"])

    def test_responses_to_connect(self):
        accepted = goblet.Accept()
        for response, expected in [
            (None, accepted),
            ("text", accepted),
            ({"statusCode": "204"}, accepted),
            (chalice.Response(status_code=401, body=""), goblet.Reject(401)),
            ({"statusCode": 200, "headers": {"sec-websocket-protocol": "chat"}}, goblet.Accept("chat")),
        ]:
            self.assertEqual(self.connecting(response), expected, response)

    def test_responses_that_api_gateway_refuses(self):
        for response, text in [
            ({"statusCode": 99}, "the statusCode 99"),
            ({"statusCode": "no"}, "the statusCode 'no'"),
            ({"cookies": []}, "takes statusCode, headers"),
            ({"body": {"a": 1}}, "a body that is no str"),
            ({"body": {1}}, "Unable to marshal response: Object of type set is not JSON serializable"),
        ]:
            with self.assertRaisesRegex(Exception, text):
                self.connecting(response)

    def test_a_body_answers_a_message(self):
        for response, expected in [
            ({"body": "bar"}, "bar"),
            ({"body": "/w==", "isBase64Encoded": True}, b"\xff"),
            (chalice.Response(body={"n": Decimal(2)}), '{"n":2.0}'),
            ("bar", None),
        ]:
            handlers.clear()
            self.app.websocket_handlers.clear()
            self.app.on_ws_message(name="message")(lambda event: response)
            self.serve("on_message")
            self.assertEqual(handlers["on_message"](message_event()), expected)

    def test_a_blueprint_that_wants_what_lambda_gives(self):
        blueprint = chalice.Blueprint("blueprint")
        seen = []

        @blueprint.on_ws_message()
        def message(event, context):
            seen.append((event["body"], context.aws_request_id))
            return {"statusCode": 200}

        self.app.register_blueprint(blueprint)
        self.serve("on_message")
        handlers["on_message"](message_event())
        self.assertEqual(seen, [("foo", REQUEST["request_id"])])

    def test_a_decorator_over_chalices(self):
        def twice(function):
            return lambda event, context: [function(event, context), function(event, context)][1]

        bodies = []

        def message(event):
            bodies.append(event.body)

        self.module.message = twice(self.app.on_ws_message()(message))
        self.serve("on_message")
        handlers["on_message"](message_event())
        self.assertEqual(bodies, ["foo", "foo"])

    def test_a_blueprint_that_is_not_registered(self):
        chalice.Blueprint("blueprint").on_ws_message()(lambda event: None)
        self.serve("on_connect", "on_message")
        self.assertNotIn("on_connect", handlers)
        with self.assertRaisesRegex(RuntimeError, "call app.register_blueprint"):
            handlers["on_message"](message_event())

    def test_no_app(self):
        self.module.app = None
        with self.assertRaisesRegex(RuntimeError, "main.py has no Chalice app"):
            self.serve("on_message")
        self.module.chat = self.app
        self.serve("on_connect")

    def test_what_the_context_does_not_know(self):
        contexts = []
        self.app.on_ws_message()(lambda event: contexts.append(event.context))
        self.serve("on_message")
        handlers["on_message"](message_event())
        with self.assertRaisesRegex(RuntimeError, "remaining time"):
            contexts[0].get_remaining_time_in_millis()


if __name__ == "__main__":
    unittest.main()
