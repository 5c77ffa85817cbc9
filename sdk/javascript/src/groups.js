import { service } from "./host.js";
import { errorOf, outcome } from "./outcome.js";
import { payload, text, texts } from "./values.js";

/** Puts a connection into a group, with a label such as a nickname. */
export function join(group, connectionId, label = "") {
  const names = [text(group, "the group"), text(connectionId, "the connection's id"), text(label, "the label")];
  outcome(() => service("groups").join(...names), "table");
}

/** Takes a connection out of a group, if it is in it. */
export function leave(group, connectionId) {
  const names = [text(group, "the group"), text(connectionId, "the connection's id")];
  outcome(() => service("groups").leave(...names), "table");
}

/** Returns the members of a group, in the order of their ids. */
export function members(group) {
  const name = text(group, "the group");
  return outcome(() => service("groups").members(name), "table");
}

/** Returns the names of the groups that a connection is in. */
export function joined(connectionId) {
  const id = text(connectionId, "the connection's id");
  return outcome(() => service("groups").joined(id), "table");
}

/** Sends a message to all members of a group but the excluded ones. */
export function send(group, message, excluded = []) {
  const [name, content] = [text(group, "the group"), payload(message, "the message")];
  const ids = texts(excluded, "the excluded connections' ids");
  const { reached, failed } = outcome(() => service("groups").send(name, content, ids), "table");
  return { reached, failed: failed.map(({ connectionId, error }) => ({ connectionId, error: errorOf(error) })) };
}
