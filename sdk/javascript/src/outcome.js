import {
  ConflictError,
  DisconnectedError,
  FailedError,
  ForbiddenError,
  InvalidError,
  PayloadTooLargeError,
  ThrottledError,
  ValueTooLargeError,
} from "./errors.js";

/** What the interface's errors are here, by their names in `wit/websocket.wit`. */
const ERRORS = {
  disconnected: (connectionId) => new DisconnectedError(connectionId),
  "payload-too-large": () => new PayloadTooLargeError(),
  forbidden: (text) => new ForbiddenError(text),
  invalid: (text) => new InvalidError(text),
  conflict: () => new ConflictError(),
  "too-large": () => new ValueTooLargeError(),
  failed: (text) => new FailedError(text),
};

const THROTTLED = {
  connections: "too many calls, or the client reads too slowly (LimitExceededException)",
  table: "the table gets too many calls",
};

/**
 * An error of the interface as an error of this package.
 *
 * @param {{tag: string, val?: string}} error
 * @param {"connections" | "table"} [of] What gave it.
 */
export function errorOf(error, of = "connections") {
  if (error?.tag === "throttled") {
    return new ThrottledError(THROTTLED[of]);
  }
  return ERRORS[error?.tag]?.(error.val) ?? error;
}

/**
 * Calls the host, and throws its errors as those of this package.
 *
 * @template T
 * @param {() => T} call
 * @param {"connections" | "table"} [of] What is called.
 * @returns {T}
 */
export function outcome(call, of) {
  try {
    return call();
  } catch (error) {
    // The engine wraps an error of the interface.
    throw errorOf(error.payload ?? error, of);
  }
}
