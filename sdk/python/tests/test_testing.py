"""The package under plain Python, as in a handler's own tests: `PYTHONPATH=sdk/python python3 -m unittest discover sdk/python/tests`."""

import unittest

import goblet
from goblet import groups, state, testing


class Connections(unittest.TestCase):
    def test_messages_reach_connections(self):
        services = testing.open(["alice", "bob"])
        goblet.send("alice", "foo")
        goblet.send("alice", bytearray([0, 255]))
        self.assertEqual(services.sent("alice"), ["foo", b"\x00\xff"])
        services.disconnect("bob")
        with self.assertRaises(goblet.DisconnectedError) as raised:
            goblet.send("bob", "foo")
        self.assertEqual(raised.exception.connection_id, "bob")
        with self.assertRaises(goblet.PayloadTooLargeError):
            goblet.send("alice", "ü" * 65_537)
        failed = goblet.send_all(["alice", "bob"], "all")
        self.assertEqual(list(failed), ["bob"])
        self.assertIsInstance(failed["bob"], goblet.DisconnectedError)
        self.assertIsNone(goblet.describe("alice").user_agent)

    def test_a_connection_is_closed(self):
        testing.open(["alice"])
        goblet.close("alice")
        for call in (goblet.close, goblet.describe):
            with self.assertRaises(goblet.DisconnectedError):
                call("alice")

    def test_each_test_has_its_own_services(self):
        testing.open(["alice"])
        services = testing.open()
        self.assertEqual(services.sent("alice"), [])
        with self.assertRaises(goblet.DisconnectedError):
            goblet.send("alice", "foo")


class Groups(unittest.TestCase):
    def test_they_have_members(self):
        services = testing.open(["alice", "bob"])
        groups.join("lobby", "bob")
        groups.join("lobby", "alice", "Ada")
        self.assertEqual(groups.members("lobby"), [groups.Member("alice", "Ada"), groups.Member("bob", "")])
        self.assertEqual(groups.joined("bob"), ["lobby"])
        self.assertEqual(groups.send("lobby", "hi", ["alice"]), groups.Delivery(1, []))
        self.assertEqual((services.sent("alice"), services.sent("bob")), ([], ["hi"]))
        groups.leave("lobby", "alice")
        groups.leave("nowhere", "alice")
        self.assertEqual(groups.members("lobby"), [groups.Member("bob", "")])

    def test_who_vanishes_leaves_once_settled(self):
        services = testing.open(["alice", "bob"])
        groups.join("lobby", "alice")
        groups.join("lobby", "bob")
        services.disconnect("bob")
        delivery = groups.send("lobby", "hi")
        self.assertEqual((delivery.reached, delivery.failed[0].connection_id), (1, "bob"))
        self.assertEqual(len(groups.members("lobby")), 2, "bob may not be connected yet")
        services.advance(31)
        groups.send("lobby", "hi")
        self.assertEqual([member.connection_id for member in groups.members("lobby")], ["alice"])


class State(unittest.TestCase):
    def test_it_is_kept_with_conditions(self):
        testing.open()
        self.assertIsNone(state.get("c", "a"))
        revision = state.put("c", "a", '{"n": 1}')
        self.assertEqual(state.get("c", "a").json(), {"n": 1})
        with self.assertRaises(goblet.ConflictError):
            state.put("c", "a", "x", if_absent=True)
        state.put("c", "a", "ü", if_revision=revision)
        self.assertEqual(state.get("c", "a").text, "ü")
        for stale in (
            lambda: state.put("c", "a", "x", if_revision=revision),
            lambda: state.remove("c", "a", if_revision=revision),
            lambda: state.put("c", "none", "x", if_revision=revision),
        ):
            self.assertRaises(goblet.ConflictError, stale)
        with self.assertRaises(goblet.ValueTooLargeError):
            state.put("c", "b", "x" * 400_001)
        state.remove("c", "a")
        self.assertIsNone(state.get("c", "a"))

    def test_entries_are_in_order(self):
        testing.open()
        for key in ("b", "a", "ab"):
            state.put("c", key, key)
        self.assertEqual([entry.key for entry in state.all_entries("c")], ["a", "ab", "b"])
        self.assertEqual([entry.key for entry in state.entries("c", after="a").entries], ["ab", "b"])
        self.assertEqual([entry.key for entry in state.all_entries("c", "a")], ["a", "ab"])

    def test_lifetimes_end(self):
        services = testing.open()
        state.put("c", "short", "x", lifetime=60)
        state.put("c", "long", "x")
        services.advance(61)
        self.assertEqual([entry.key for entry in state.all_entries("c")], ["long"])
        state.put("c", "short", "y", if_absent=True)


class Events(unittest.TestCase):
    def test_they_are_as_in_a_handler(self):
        event = testing.connect_event("alice", headers={"Cookie": "a=b"}, query={"name": "Ada"})
        self.assertEqual((event.connection_id, event.route_key), ("alice", "$connect"))
        self.assertEqual((event.query["name"], event.headers["cookie"]), ("Ada", "a=b"))
        self.assertEqual(testing.message_event("alice", "[1]").json(), [1])
        self.assertEqual(testing.message_event("alice", "", route_key="join").route_key, "join")
        self.assertEqual(testing.disconnect_event("alice").status_code, 1000)


if __name__ == "__main__":
    unittest.main()
