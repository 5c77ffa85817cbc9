/** The package under Node.js, as in a handler's own tests. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ConflictError,
  DisconnectedError,
  GobletError,
  PayloadTooLargeError,
  ValueTooLargeError,
  accept,
  describe,
  groups,
  reject,
  send,
  sendAll,
  state,
} from "goblet";
import { provide } from "../src/host.js";
import { connectEvent, disconnectEvent, messageEvent, open } from "goblet/testing";

test("without a host, a call says what to do", () => {
  provide(undefined);
  assert.throws(() => send("alice", "foo"), /works only in a handler that runs.*goblet\/testing/);
});

test("messages reach connections", () => {
  const services = open(["alice", "bob"]);
  send("alice", "foo");
  send("alice", new Uint8Array([0, 255]));
  assert.deepEqual(services.sent("alice"), ["foo", new Uint8Array([0, 255])]);
  services.disconnect("bob");
  assert.throws(() => send("bob", "foo"), (error) => error instanceof DisconnectedError && error.connectionId === "bob");
  assert.throws(() => send("alice", "x".repeat(131073)), PayloadTooLargeError);
  const failed = sendAll(["alice", "bob"], "all");
  assert.deepEqual([...failed.keys()], ["bob"]);
  assert.ok(failed.get("bob") instanceof GobletError);
  assert.equal(describe("alice").userAgent, undefined);
});

test("a value of the wrong type is told in JavaScript's words", () => {
  open(["alice"]);
  assert.throws(() => send(undefined, "foo"), /TypeError: the connection's id must be a string, and is undefined/);
  assert.throws(() => send("alice", { a: 1 }), /TypeError: the message is an object: give a string or a Uint8Array/);
  assert.throws(() => send("alice", Promise.resolve("foo")), /a promise: await it/);
  assert.throws(() => sendAll("alice", "foo"), /must be an array of strings, and is a string/);
  assert.throws(() => reject(200), /RangeError: reject takes an HTTP status from 300 to 599, such as 401, and got 200/);
  assert.throws(() => state.put("c", "k", "v", { ifAbsent: true, ifRevision: "1" }), /not both/);
  assert.throws(() => state.put("c", "k", "v", { lifetime: "1" }), /a number of seconds/);
});

test("half a surrogate pair becomes a replacement character", () => {
  const services = open(["alice"]);
  send("alice", "a\ud83d");
  assert.deepEqual(services.sent("alice"), ["a\ufffd"]);
});

test("groups have members", () => {
  const services = open(["alice", "bob"]);
  groups.join("lobby", "alice", "Ada");
  groups.join("lobby", "bob");
  assert.deepEqual(groups.members("lobby"), [
    { connectionId: "alice", label: "Ada" },
    { connectionId: "bob", label: "" },
  ]);
  assert.deepEqual(groups.joined("bob"), ["lobby"]);
  assert.deepEqual(groups.send("lobby", "hi", ["alice"]), { reached: 1, failed: [] });
  services.disconnect("bob");
  const { reached, failed } = groups.send("lobby", "hi");
  assert.equal(reached, 1);
  assert.ok(failed[0].error instanceof DisconnectedError);
  groups.leave("lobby", "alice");
  assert.deepEqual(groups.members("lobby"), []);
});

test("state is kept, with conditions and lifetimes", async () => {
  open();
  assert.equal(state.get("c", "a"), undefined);
  const revision = state.put("c", "a", '{"n": 1}');
  assert.deepEqual(state.get("c", "a").json(), { n: 1 });
  assert.throws(() => state.put("c", "a", "x", { ifAbsent: true }), ConflictError);
  state.put("c", "a", "ü", { ifRevision: revision });
  assert.equal(state.get("c", "a").text, "ü");
  assert.throws(() => state.put("c", "a", "x", { ifRevision: revision }), ConflictError);
  assert.throws(() => state.remove("c", "a", { ifRevision: revision }), ConflictError);
  assert.throws(() => state.put("c", "b", "x".repeat(400001)), ValueTooLargeError);
  state.put("c", "b", "x");
  state.put("c", "gone", "x", { lifetime: 0 });
  assert.deepEqual([...state.allEntries("c")].map(({ key }) => key), ["a", "b"]);
  assert.deepEqual(state.entries("c", { after: "a" }).entries.map(({ key }) => key), ["b"]);
  state.remove("c", "a");
  assert.deepEqual([...state.allEntries("c", { prefix: "a" })], []);
});

test("events are as in a handler", () => {
  const event = connectEvent("alice", { headers: { "Sec-WebSocket-Protocol": "a, b" }, query: { name: "Ada" } });
  assert.deepEqual(event.subprotocols, ["a", "b"]);
  assert.equal(event.query.get("name"), "Ada");
  assert.equal(event.headers.get("sec-websocket-protocol"), "a, b");
  assert.equal(event.headers.get("cookie"), null);
  assert.deepEqual(accept("a"), { tag: "accept", val: "a" });
  assert.deepEqual(messageEvent("alice", "[1]").json(), [1]);
  assert.deepEqual(messageEvent("alice", new TextEncoder().encode("[1]")).json(), [1]);
  assert.equal(disconnectEvent("alice").statusCode, 1000);
});
