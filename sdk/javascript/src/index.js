export { accept, reject } from "./answers.js";
export { close, describe, send, sendAll } from "./connections.js";
export {
  ConflictError,
  DisconnectedError,
  FailedError,
  ForbiddenError,
  GobletError,
  InvalidError,
  PayloadTooLargeError,
  ThrottledError,
  ValueTooLargeError,
} from "./errors.js";
export * as groups from "./groups.js";
export * as state from "./state.js";
