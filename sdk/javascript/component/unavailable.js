/** What a handler cannot have: each use is an error that says what there is instead. */

const NETWORK = "a handler has no network. It sends to its own API's connections with `send` of goblet";

export function unavailable(name, instead) {
  return new Error(`${name} is not available in a handler: ${instead}`);
}

export function fetch() {
  return globalThis.Promise.reject(unavailable("fetch", NETWORK));
}

export class WebSocket {
  constructor() {
    throw unavailable("WebSocket", NETWORK);
  }
}

export class Worker {
  constructor() {
    throw unavailable("Worker", "a handler has one thread, and starts no processes");
  }
}

export class XMLHttpRequest {
  constructor() {
    throw unavailable("XMLHttpRequest", NETWORK);
  }
}
