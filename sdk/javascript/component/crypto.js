/** `crypto` without `subtle`. */

import { fill } from "./random.js";
import { unavailable } from "./unavailable.js";

const MAX = 65536;

export const crypto = {
  getRandomValues(array) {
    if (!ArrayBuffer.isView(array) || array instanceof Float32Array || array instanceof Float64Array) {
      throw new TypeError("getRandomValues takes a typed array of integers");
    }
    if (array.byteLength > MAX) {
      throw new RangeError(`getRandomValues fills up to ${MAX} bytes at a time, and got ${array.byteLength}`);
    }
    return fill(array);
  },

  /** A UUID of version 4: https://www.rfc-editor.org/rfc/rfc9562#section-5.4 */
  randomUUID() {
    const bytes = fill(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  },

  get subtle() {
    // Where it is written so, the build puts it there: a handler that does not use it is smaller.
    throw unavailable("a computed crypto.subtle", "write `crypto.subtle`, or import `webcrypto` from node:crypto");
  },
};
