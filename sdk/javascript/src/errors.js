/** What failed, of whatever kind: catch it to catch all errors of this package. */
export class GobletError extends Error {}

/** The connection is closed, or not established yet (HTTP 410). */
export class DisconnectedError extends GobletError {
  constructor(connectionId) {
    super(`connection ${connectionId} is closed, or not established yet (GoneException)`);
    this.connectionId = connectionId;
  }
}

/** The payload is larger than 128 KB, 131,072 bytes (HTTP 413). */
export class PayloadTooLargeError extends GobletError {
  constructor() {
    super("the payload is larger than 128 KB (PayloadTooLargeException)");
  }
}

/** There are too many calls, or the client reads too slowly (HTTP 429). The host has already tried again. */
export class ThrottledError extends GobletError {}

/** The host has no permission for this call (HTTP 403). */
export class ForbiddenError extends GobletError {}

/** A name, a label, an id or a lifetime is not allowed. */
export class InvalidError extends GobletError {}

/** Somebody else has changed the entry: read it again, and decide again. */
export class ConflictError extends GobletError {
  constructor() {
    super("somebody else has changed the entry");
  }
}

/** The value is larger than 400,000 bytes. */
export class ValueTooLargeError extends GobletError {
  constructor() {
    super("the value is larger than 400,000 bytes");
  }
}

/** Anything else. The message says what happened. */
export class FailedError extends GobletError {}

// A bundler may rename classes.
const ERRORS = {
  GobletError,
  DisconnectedError,
  PayloadTooLargeError,
  ThrottledError,
  ForbiddenError,
  InvalidError,
  ConflictError,
  ValueTooLargeError,
  FailedError,
};
for (const [name, { prototype }] of Object.entries(ERRORS)) {
  Object.defineProperty(prototype, "name", { value: name, configurable: true, writable: true });
}
