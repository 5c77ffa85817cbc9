/** Puts in place what handlers expect to be there, and QuickJS does not have, or has only as it was when it was built. */

import "./engine.js";

import structuredClone from "@ungap/structured-clone";
import { format, formatWithOptions, inspect } from "node-inspect-extracted";

import { console } from "./console.js";
import { crypto } from "./crypto.js";
import { process } from "./process.js";
import { Promise } from "./promise.js";
import { queueMicrotask } from "./queue.js";
import { number } from "./random.js";
import "./stack.js";
import * as timers from "./timers.js";
import * as unavailable from "./unavailable.js";
import { URL, URLSearchParams } from "./url.js";

const { clearImmediate, clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } = timers;
const { WebSocket, Worker, XMLHttpRequest, fetch } = unavailable;

let start;

const performance = {
  now() {
    start ??= timers.now();
    return timers.now() - start;
  },
  get timeOrigin() {
    return Date.now() - performance.now();
  },
  toJSON: () => ({ timeOrigin: performance.timeOrigin }),
};

const globals = {
  Promise,
  URL,
  URLSearchParams,
  WebSocket,
  Worker,
  XMLHttpRequest,
  clearImmediate,
  clearInterval,
  clearTimeout,
  console,
  crypto,
  fetch,
  global: globalThis,
  performance,
  process,
  queueMicrotask,
  self: globalThis,
  setImmediate,
  setInterval,
  setTimeout,
  structuredClone,
};
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, enumerable: false, writable: true });
}

// For node:util, which is in the handler's bundle.
Object.defineProperty(globalThis, Symbol.for("goblet.util"), { value: { format, formatWithOptions, inspect } });

Math.random = number;

// They use the engine's own promises, which nothing runs here.
delete Array.fromAsync;
delete globalThis.AsyncDisposableStack;
// The engine's own.
delete globalThis.wit;
