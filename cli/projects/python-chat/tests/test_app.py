"""The handler's functions, with connections, groups and state in memory."""

import unittest

from goblet import testing

import app


class Chat(unittest.TestCase):
    def setUp(self):
        self.services = testing.open(["john", "jenny"])

    def type_in(self, connection_id, text):
        """Sends a message, and returns what this connection has got since."""
        before = len(self.services.sent(connection_id))
        app.chat(testing.message_event(connection_id, text))
        return self.services.sent(connection_id)[before:]

    def test_two_people_talk_in_a_room(self):
        self.assertEqual(
            self.type_in("john", "John"), ["Using nickname: John\nType /help for list of commands."]
        )
        self.assertEqual(self.type_in("john", "/join chalice"), ['Joined chat room "chalice"'])
        self.type_in("jenny", "Jenny")
        self.type_in("jenny", "/join chalice")
        self.assertEqual(self.services.sent("john")[-1], "Jenny joined room.")
        self.assertEqual(self.type_in("john", "Hi"), [], "nobody hears themselves")
        self.assertEqual(self.services.sent("jenny")[-1], "John: Hi")

    def test_who_disconnects_leaves(self):
        for connection_id, nickname in (("john", "John"), ("jenny", "Jenny")):
            self.type_in(connection_id, nickname)
            self.type_in(connection_id, "/join lobby")
        self.services.disconnect("jenny")
        app.left(testing.disconnect_event("jenny"))
        self.assertEqual(self.services.sent("john")[-1], "Jenny left room.")
        self.assertEqual(self.type_in("john", "/ls"), ["John"])

    def test_nothing_outlives_the_longest_connection(self):
        self.type_in("john", "John")
        self.type_in("john", "/join lobby")
        self.services.advance(2 * 60 * 60 + 1)
        self.type_in("jenny", "Jenny")
        self.assertEqual(self.type_in("jenny", "/ls"), ["There are no rooms yet. Type /join {room} to open one."])


if __name__ == "__main__":
    unittest.main()
