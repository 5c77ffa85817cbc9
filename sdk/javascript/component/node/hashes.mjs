/** The hash functions of `node:crypto` and `crypto.subtle`. Each is loaded when it is first used. */

const legacy = () => require("@noble/hashes/legacy.js");
const sha2 = () => require("@noble/hashes/sha2.js");

const HASHES = {
  md5: () => legacy().md5,
  sha1: () => legacy().sha1,
  sha224: () => sha2().sha224,
  sha256: () => sha2().sha256,
  sha384: () => sha2().sha384,
  sha512: () => sha2().sha512,
};

export const getHashes = () => Object.keys(HASHES);

/** By its name in any spelling, such as `SHA-256`. `undefined` if there is no such hash. */
export function find(name) {
  return HASHES[String(name).toLowerCase().replace("-", "")]?.();
}

export function hmac(hash, key) {
  return require("@noble/hashes/hmac.js").hmac.create(hash, key);
}

/** Takes as long for values that differ as for equal ones. */
export function equal(first, second) {
  return first.reduce((difference, byte, index) => difference | (byte ^ second[index]), 0) === 0;
}

/** The bytes of an `ArrayBuffer` or a view of one. */
export function bytesOf(data) {
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer) {
    return new Uint8Array(data);
  }
  throw new TypeError(`data must be an ArrayBuffer or a view of one, and is ${typeof data}`);
}
