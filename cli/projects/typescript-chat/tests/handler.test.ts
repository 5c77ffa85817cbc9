/** The handler's functions, with connections, groups and state in memory. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { disconnectEvent, messageEvent, open } from "goblet/testing";

import { onDisconnect, onMessage } from "../handler.ts";

/** John and Jenny, who are connected. */
function chat() {
  const services = open(["john", "jenny"]);
  return {
    /** Sends a message, and returns what this connection has got since. */
    typeIn(connectionId: string, text: string) {
      const before = services.sent(connectionId).length;
      onMessage(messageEvent(connectionId, text));
      return services.sent(connectionId).slice(before);
    },
    last: (connectionId: string) => services.sent(connectionId).at(-1),
    leave(connectionId: string) {
      services.disconnect(connectionId);
      onDisconnect(disconnectEvent(connectionId));
    },
  };
}

test("two people talk in a room", () => {
  const { typeIn, last } = chat();
  assert.deepEqual(typeIn("john", "John"), ["Using nickname: John\nType /help for list of commands."]);
  assert.deepEqual(typeIn("john", "/join chalice"), ['Joined chat room "chalice"']);
  typeIn("jenny", "Jenny");
  typeIn("jenny", "/join chalice");
  assert.equal(last("john"), "Jenny joined room.");
  assert.deepEqual(typeIn("john", "Hi"), [], "nobody hears themselves");
  assert.equal(last("jenny"), "John: Hi");
});

test("who disconnects leaves", () => {
  const { typeIn, last, leave } = chat();
  for (const [connectionId, nickname] of [
    ["john", "John"],
    ["jenny", "Jenny"],
  ] as const) {
    typeIn(connectionId, nickname);
    typeIn(connectionId, "/join lobby");
  }
  leave("jenny");
  assert.equal(last("john"), "Jenny left room.");
  assert.deepEqual(typeIn("john", "/ls"), ["John"]);
});
