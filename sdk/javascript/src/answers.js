import { describe, text } from "./values.js";

/** Accepts a client, with one of the subprotocols that it offered, or with none. `onConnect` returns it. */
export function accept(subprotocol) {
  return { tag: "accept", val: subprotocol === undefined ? null : text(subprotocol, "the subprotocol") };
}

/** Refuses a client with an HTTP status from 300 to 599, e.g. 401. `onConnect` returns it. */
export function reject(status = 403) {
  if (!Number.isInteger(status) || status < 300 || status > 599) {
    const given = typeof status === "number" ? status : describe(status);
    throw new RangeError(`reject takes an HTTP status from 300 to 599, such as 401, and got ${given}`);
  }
  return { tag: "reject", val: status };
}
