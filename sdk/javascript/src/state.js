import { service } from "./host.js";
import { outcome } from "./outcome.js";
import { bytes, describe, text } from "./values.js";

/** A key with its value. */
class Entry {
  constructor({ key, value, revision }) {
    this.key = key;
    this.value = value;
    this.revision = revision;
  }

  get text() {
    return new TextDecoder().decode(this.value);
  }

  json() {
    return JSON.parse(this.text);
  }
}

/** Returns the entry of a key, if there is one. */
export function get(collection, key) {
  const names = [text(collection, "the collection"), text(key, "the key")];
  const entry = outcome(() => service("state").get(...names), "table");
  return entry ? new Entry(entry) : undefined;
}

/** Stores a value, and returns its revision. */
export function put(collection, key, value, { ifAbsent = false, ifRevision, lifetime } = {}) {
  const names = [text(collection, "the collection"), text(key, "the key")];
  const parts = [content(value), condition(ifAbsent, ifRevision), seconds(lifetime)];
  return outcome(() => service("state").put(...names, ...parts), "table");
}

/** Removes a key; with a revision, only if the entry still has it. */
export function remove(collection, key, { ifRevision } = {}) {
  const names = [text(collection, "the collection"), text(key, "the key")];
  const revision = ifRevision === undefined ? null : text(ifRevision, "ifRevision");
  outcome(() => service("state").remove(...names, revision), "table");
}

/** Returns a part of a collection in the order of its keys. */
export function entries(collection, { prefix, after } = {}) {
  const optional = (value, name) => (value === undefined ? null : text(value, name));
  const parts = [text(collection, "the collection"), optional(prefix, "prefix"), optional(after, "after")];
  const page = outcome(() => service("state").entries(...parts), "table");
  return { entries: page.entries.map((entry) => new Entry(entry)), next: page.next ?? undefined };
}

/** Goes through all entries of a collection, in the order of their keys. */
export function* allEntries(collection, { prefix } = {}) {
  let after;
  do {
    const page = entries(collection, { prefix, after });
    yield* page.entries;
    after = page.next;
  } while (after !== undefined);
}

function content(value) {
  const encoded = typeof value === "string" ? new TextEncoder().encode(value) : bytes(value);
  if (!encoded) {
    const hint = "give a string or a Uint8Array. JSON.stringify(value) makes a string of a value";
    throw new TypeError(`the value is ${describe(value)}: ${hint}`);
  }
  return encoded;
}

function condition(ifAbsent, ifRevision) {
  if (!ifAbsent) {
    return ifRevision === undefined ? { tag: "always" } : { tag: "unchanged", val: text(ifRevision, "ifRevision") };
  }
  if (ifRevision !== undefined) {
    throw new TypeError("give ifAbsent or ifRevision, not both");
  }
  return { tag: "absent" };
}

/** A part of a second counts as a whole one. */
function seconds(lifetime) {
  if (lifetime === undefined) {
    return null;
  }
  if (typeof lifetime !== "number" || !(lifetime >= 0)) {
    throw new TypeError(`the lifetime is a number of seconds, such as 3600, and is ${describe(lifetime)}`);
  }
  return Math.min(Math.ceil(lifetime), 2 ** 32 - 1);
}
