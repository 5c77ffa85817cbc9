/** Runs a handler to its end, and all that it waits for. */

import { write } from "./log.js";
import { Promise, takeUnhandled } from "./promise.js";
import { runMicrotasks } from "./queue.js";
import { isWaiting, runNextTimer } from "./timers.js";

/**
 * Calls a function, and waits for the promise that it returns, if it does.
 *
 * @param {string} name The function's, for errors.
 * @param {() => unknown} call
 */
export function run(name, call) {
  const promise = Promise.try(call);
  // It is asked for here: it is not one of those that nobody asks for.
  promise.catch(() => {});
  runMicrotasks();
  failOnUnhandled();
  while (Promise.inspect(promise).state === "pending") {
    if (!runNextTimer()) {
      throw new Error(`${name} waits for a promise that nothing will resolve: it never ends`);
    }
    runMicrotasks();
    failOnUnhandled();
  }
  const { state, value } = Promise.inspect(promise);
  if (state === "rejected") {
    throw value;
  }
  if (isWaiting()) {
    // It may be meant so, as in a race against a timeout.
    write("debug", `${name} has returned while a timer was running, which will not run: await what waits for it`);
  }
  return value;
}

/** As in Node.js, an error that nobody asks for is one of the handler. */
function failOnUnhandled() {
  const [promise] = takeUnhandled();
  if (promise) {
    throw Promise.inspect(promise).value;
  }
}
