/** The checks of what a handler gives to the host: a wrong type is told in JavaScript's words. */

/**
 * @param {unknown} value
 * @param {string} name What the value is, for the error.
 */
export function text(value, name) {
  if (typeof value !== "string") {
    throw new TypeError(`${name} must be a string, and is ${describe(value)}`);
  }
  // Half a surrogate pair is no Unicode: it becomes U+FFFD, as in a TextEncoder.
  return value.toWellFormed();
}

/**
 * @param {unknown} value
 * @param {string} name
 */
export function texts(value, name) {
  if (typeof value === "string" || typeof value?.[Symbol.iterator] !== "function") {
    throw new TypeError(`${name} must be an array of strings, and is ${describe(value)}`);
  }
  return Array.from(value, (item) => text(item, `each of ${name}`));
}

/**
 * @param {unknown} value
 * @param {string} name
 */
export function payload(value, name = "the payload") {
  if (typeof value === "string") {
    return { tag: "text", val: value.toWellFormed() };
  }
  const val = bytes(value);
  if (!val) {
    const hint = "give a string or a Uint8Array. JSON.stringify(value) makes a string of a value";
    throw new TypeError(`${name} is ${describe(value)}: ${hint}`);
  }
  return { tag: "binary", val };
}

/**
 * The bytes of a buffer or a view, if it is one.
 *
 * @param {unknown} value
 */
export function bytes(value) {
  if (value instanceof ArrayBuffer) {
    return new Uint8Array(value);
  }
  return ArrayBuffer.isView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined;
}

/** @param {unknown} value */
export function describe(value) {
  if (value === null || value === undefined) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return "an array";
  }
  const type = typeof value;
  if (type === "object") {
    return value instanceof Promise ? "a promise: await it" : "an object";
  }
  return `a ${type}`;
}
