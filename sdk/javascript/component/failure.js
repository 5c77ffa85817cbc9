/** What becomes of an error that a handler throws. */

import { inspect } from "node-inspect-extracted";

import { write } from "./log.js";

/**
 * Logs an error with its stack, and returns the text that the invocation fails with.
 *
 * @param {unknown} error
 */
export function fail(error) {
  const text = error instanceof Error ? Error.prototype.toString.call(error) : `thrown: ${shown(error)}`;
  // Without a frame in it, there is nothing but the text.
  write("error", error instanceof Error && error.stack !== text ? inspect(error) : text);
  return text.toWellFormed();
}

function shown(value) {
  return typeof value === "string" ? value : inspect(value);
}
