/** Tests a handler's functions under Node.js, with connections, groups and state in memory. */

import { ConnectEvent, DisconnectEvent, MessageEvent } from "./events.js";
import { provide } from "./host.js";
import { payload } from "./values.js";

const MAX_PAYLOAD = 131072;
const MAX_VALUE = 400000;

/** Puts services in memory in the place of the host's, with these connections open. */
export function open(connectionIds = []) {
  const services = new InMemoryServices(connectionIds);
  provide(services);
  return services;
}

class InMemoryServices {
  #sent = new Map();
  #groups = new Map();
  #entries = new Map();
  #revisions = 0;

  constructor(connectionIds) {
    connectionIds.forEach((id) => this.connect(id));
  }

  /** Opens a connection. */
  connect(connectionId) {
    this.#sent.set(connectionId, []);
  }

  /** Closes a connection, as a client that vanishes. */
  disconnect(connectionId) {
    this.#sent.delete(connectionId);
  }

  /** What was sent to a connection. */
  sent(connectionId) {
    return this.#sent.get(connectionId) ?? [];
  }

  connections = {
    send: (id, { val }) => {
      if (size(val) > MAX_PAYLOAD) {
        throw { tag: "payload-too-large" };
      }
      this.#open(id).push(val);
    },
    sendAll: (ids, content) => ids.map((id) => this.#result(() => this.connections.send(id, content))),
    close: (id) => {
      this.#open(id);
      this.disconnect(id);
    },
    describe: (id) => {
      this.#open(id);
      return { connectedAt: CONNECTED_AT, lastActiveAt: CONNECTED_AT, sourceIp: "127.0.0.1", userAgent: null };
    },
  };

  groups = {
    join: (group, id, label) => void this.#group(group).set(id, label),
    leave: (group, id) => void this.#group(group).delete(id),
    members: (group) => inOrder(this.#group(group)).map(([connectionId, label]) => ({ connectionId, label })),
    joined: (id) => inOrder(this.#groups).flatMap(([name, members]) => (members.has(id) ? [name] : [])),
    send: (group, content, excluded) => {
      const ids = this.groups.members(group).map(({ connectionId }) => connectionId);
      const results = ids
        .filter((id) => !excluded.includes(id))
        .map((connectionId) => ({ connectionId, ...this.#result(() => this.connections.send(connectionId, content)) }));
      const failed = results.filter(({ tag }) => tag === "err");
      failed.filter(({ val }) => val.tag === "disconnected").forEach(({ connectionId }) => this.groups.leave(group, connectionId));
      return {
        reached: results.length - failed.length,
        failed: failed.map(({ connectionId, val }) => ({ connectionId, error: val })),
      };
    },
  };

  state = {
    get: (collection, key) => this.#collection(collection).get(key) ?? null,
    put: (collection, key, value, when, lifetime) => {
      const entries = this.#collection(collection);
      this.#check(entries.get(key), when);
      if (value.length > MAX_VALUE) {
        throw { tag: "too-large" };
      }
      this.#revisions += 1;
      const end = lifetime === null ? Infinity : Date.now() + lifetime * 1000;
      entries.set(key, { key, value: value.slice(), revision: String(this.#revisions), end });
      return String(this.#revisions);
    },
    remove: (collection, key, revision) => {
      const entries = this.#collection(collection);
      this.#check(entries.get(key), revision === null ? { tag: "always" } : { tag: "unchanged", val: revision });
      entries.delete(key);
    },
    entries: (collection, prefix, after) => ({
      entries: inOrder(this.#collection(collection))
        .map(([, entry]) => entry)
        .filter(({ key }) => key.startsWith(prefix ?? "") && (after === null || key > after)),
      next: null,
    }),
  };

  #open(id) {
    const sent = this.#sent.get(id);
    if (!sent) {
      throw { tag: "disconnected", val: id };
    }
    return sent;
  }

  #result(call) {
    try {
      return { tag: "ok", val: call() };
    } catch (val) {
      return { tag: "err", val };
    }
  }

  #group(name) {
    return valueOf(this.#groups, name);
  }

  /** Without the entries whose lifetime is over. */
  #collection(name) {
    const entries = valueOf(this.#entries, name);
    [...entries.values()].filter(({ end }) => end <= Date.now()).forEach(({ key }) => entries.delete(key));
    return entries;
  }

  #check(entry, when) {
    const holds = { always: true, absent: !entry, unchanged: entry !== undefined && entry.revision === when.val };
    if (!holds[when.tag]) {
      throw { tag: "conflict" };
    }
  }
}

const CONNECTED_AT = 1764000000000;

const valueOf = (maps, name) => maps.get(name) ?? maps.set(name, new Map()).get(name);

const inOrder = (map) => [...map].sort(([one], [other]) => (one < other ? -1 : 1));

const size = (content) => (typeof content === "string" ? new TextEncoder().encode(content).length : content.length);

function request(connectionId, routeKey) {
  return {
    connectionId,
    requestId: "request",
    routeKey,
    domainName: "localhost",
    stage: "api",
    apiId: "local",
    connectedAt: CONNECTED_AT,
    sourceIp: "127.0.0.1",
    userAgent: null,
    authorizer: [],
    stageVariables: [],
  };
}

/** The event of a client that asks to connect. */
export function connectEvent(connectionId, { headers = {}, query = {} } = {}) {
  const parts = { headers: Object.entries(headers), query: Object.entries(query) };
  return new ConnectEvent({ request: request(connectionId, "$connect"), ...parts });
}

/** The event of a client that sends a message. */
export function messageEvent(connectionId, body, { routeKey = "$default" } = {}) {
  return new MessageEvent({ request: request(connectionId, routeKey), messageId: "message", body: payload(body) });
}

/** The event of a client that is gone. */
export function disconnectEvent(connectionId, { statusCode = 1000, reason = "" } = {}) {
  return new DisconnectEvent({ request: request(connectionId, "$disconnect"), statusCode, reason });
}
