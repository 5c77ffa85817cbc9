/** The handler's log: one call is one record, also with many lines. */

import log from "goblet:websocket/log";

/**
 * @param {"debug" | "info" | "warn" | "error"} level
 * @param {string} message
 */
export function write(level, message) {
  log.log(level, message.toWellFormed());
}
