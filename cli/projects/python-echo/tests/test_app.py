"""The handler's functions, with connections in memory."""

import unittest

import goblet
from goblet import testing

import app


class Echo(unittest.TestCase):
    def test_a_message_comes_back(self):
        services = testing.open(["alice", "bob"])
        app.echo(testing.message_event("alice", "foo"))
        self.assertEqual(services.sent("alice"), ["foo"])
        self.assertEqual(services.sent("bob"), [])

    def test_a_client_may_leave(self):
        testing.open()
        app.echo(testing.message_event("alice", "foo"))

    def test_any_other_error_fails_the_event(self):
        testing.open(["alice"])
        with self.assertRaises(goblet.PayloadTooLargeError):
            app.echo(testing.message_event("alice", "x" * (128 * 1024 + 1)))


if __name__ == "__main__":
    unittest.main()
