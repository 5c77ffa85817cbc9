/** The handler's functions, with connections in memory. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { PayloadTooLargeError } from "goblet";
import { messageEvent, open } from "goblet/testing";

import { onMessage } from "../handler.js";

test("a message comes back", () => {
  const services = open(["alice", "bob"]);
  onMessage(messageEvent("alice", "foo"));
  assert.deepEqual(services.sent("alice"), ["foo"]);
  assert.deepEqual(services.sent("bob"), []);
});

test("a client may leave", () => {
  open();
  onMessage(messageEvent("alice", "foo"));
});

test("any other error fails the event", () => {
  open(["alice"]);
  const tooLarge = messageEvent("alice", "x".repeat(128 * 1024 + 1));
  assert.throws(() => onMessage(tooLarge), PayloadTooLargeError);
});
