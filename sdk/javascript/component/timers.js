/** Timers over the host's monotonic clock. */

import clock from "wasi:clocks/monotonic-clock";

const NANOSECONDS = 1e6;

/** In ms since some time. */
export const now = () => clock.now() / NANOSECONDS;

/** The timers that run, by their id. */
const timers = new Map();
let lastId = 0;

class Timeout {
  #call;
  #delay;
  #isReferenced = true;

  constructor(call, delay, isRepeated) {
    if (typeof call !== "function") {
      throw new TypeError("a timer takes a function");
    }
    lastId += 1;
    this.id = lastId;
    this.isRepeated = isRepeated;
    this.#call = call;
    // As Node.js: https://nodejs.org/api/timers.html#settimeoutcallback-delay-args
    this.#delay = delay >= 1 && delay < 2 ** 31 ? Math.trunc(delay) : 1;
    this.refresh();
  }

  refresh() {
    this.due = now() + this.#delay;
    timers.set(this.id, this);
    return this;
  }

  run() {
    timers.delete(this.id);
    if (this.isRepeated) {
      this.refresh();
    }
    this.#call();
  }

  ref() {
    this.#isReferenced = true;
    return this;
  }

  unref() {
    this.#isReferenced = false;
    return this;
  }

  hasRef() {
    return this.#isReferenced;
  }

  close() {
    clear(this);
  }

  [Symbol.toPrimitive]() {
    return this.id;
  }

  [Symbol.dispose]() {
    clear(this);
  }
}

function clear(timer) {
  timers.delete(typeof timer === "object" ? timer?.id : Number(timer));
}

export const setTimeout = (call, delay, ...values) => start(call, delay, values, false);
export const setInterval = (call, delay, ...values) => start(call, delay, values, true);
export const setImmediate = (call, ...values) => start(call, 0, values, false);
export const clearTimeout = clear;
export const clearInterval = clear;
export const clearImmediate = clear;

function start(call, delay, values, isRepeated) {
  return new Timeout(values.length > 0 ? () => call(...values) : call, Number(delay), isRepeated);
}

/** Whether a timer runs that the handler would have to wait for. */
export function isWaiting() {
  return [...timers.values()].some((timer) => timer.hasRef());
}

/** Sleeps until the next timer is due, and runs it. `false` if there is none. */
export function runNextTimer() {
  let next;
  for (const timer of timers.values()) {
    if (!next || timer.due < next.due) {
      next = timer;
    }
  }
  if (!next) {
    return false;
  }
  const left = next.due - now();
  if (left > 0) {
    sleep(left);
  }
  next.run();
  return true;
}

function sleep(milliseconds) {
  const pollable = clock.subscribeDuration(Math.ceil(milliseconds * NANOSECONDS));
  pollable.block();
  pollable[Symbol.dispose]();
}
