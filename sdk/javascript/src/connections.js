import { service } from "./host.js";
import { errorOf, outcome } from "./outcome.js";
import { payload, text, texts } from "./values.js";

/** Sends a message to a connection. */
export function send(connectionId, message) {
  const [id, content] = [text(connectionId, "the connection's id"), payload(message, "the message")];
  outcome(() => service("connections").send(id, content));
}

/** Sends one message to many connections at the same time. Returns the errors of those that did not get it, by their ids. */
export function sendAll(connectionIds, message) {
  const [ids, content] = [texts(connectionIds, "the connections' ids"), payload(message, "the message")];
  const results = service("connections").sendAll(ids, content);
  return new Map(results.flatMap(({ tag, val }, index) => (tag === "ok" ? [] : [[ids[index], errorOf(val)]])));
}

/** Closes a connection. Its client sees close code 1000. */
export function close(connectionId) {
  const id = text(connectionId, "the connection's id");
  outcome(() => service("connections").close(id));
}

/** Returns what API Gateway knows of a connection. */
export function describe(connectionId) {
  const id = text(connectionId, "the connection's id");
  const { userAgent, ...connection } = outcome(() => service("connections").describe(id));
  return { ...connection, userAgent: userAgent ?? undefined };
}
