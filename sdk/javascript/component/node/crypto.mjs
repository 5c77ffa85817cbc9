import { Buffer } from "./buffer.mjs";
import { bytesOf, equal, find, getHashes, hmac } from "./hashes.mjs";
import { subtle } from "./subtle.mjs";

const { crypto } = globalThis;

export { getHashes };
export const webcrypto = {
  subtle,
  getRandomValues: (array) => crypto.getRandomValues(array),
  randomUUID: () => crypto.randomUUID(),
};
export const randomUUID = () => crypto.randomUUID();
export const getRandomValues = (array) => crypto.getRandomValues(array);

export function randomBytes(size) {
  const bytes = Buffer.alloc(size);
  for (let start = 0; start < size; start += 65536) {
    crypto.getRandomValues(bytes.subarray(start, start + 65536));
  }
  return bytes;
}

/** From `minimum`, below `maximum`. */
export function randomInt(minimum, maximum) {
  const [from, to] = maximum === undefined ? [0, minimum] : [minimum, maximum];
  return from + Math.floor(Math.random() * (to - from));
}

/** https://nodejs.org/api/crypto.html#class-hash and Hmac: what was updated, until its digest is taken. */
class Hash {
  #state;

  constructor(state) {
    this.#state = state;
  }

  update(data, encoding) {
    this.#state.update(decoded(data, encoding));
    return this;
  }

  copy() {
    return new Hash(this.#state.clone());
  }

  digest(encoding) {
    return encoded(this.#state.digest(), encoding);
  }
}

export const createHash = (name) => new Hash(hashOf(name).create());
export const createHmac = (name, key) => new Hash(hmac(hashOf(name), decoded(key)));
export const hash = (name, data, encoding = "hex") => encoded(hashOf(name)(decoded(data)), encoding);

export function timingSafeEqual(first, second) {
  const [one, other] = [bytesOf(first), bytesOf(second)];
  if (one.length !== other.length) {
    throw new RangeError("Input buffers must have the same byte length");
  }
  return equal(one, other);
}

function hashOf(name) {
  const found = find(name);
  if (!found) {
    throw new Error(`Digest method not supported: ${name}. A handler has ${getHashes().join(", ")}`);
  }
  return found;
}

function decoded(data, encoding) {
  return typeof data === "string" ? Buffer.from(data, encoding) : bytesOf(data);
}

function encoded(bytes, encoding) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return !encoding || encoding === "buffer" ? buffer : buffer.toString(encoding);
}

export default {
  createHash,
  createHmac,
  getHashes,
  getRandomValues,
  hash,
  randomBytes,
  randomInt,
  randomUUID,
  subtle,
  timingSafeEqual,
  webcrypto,
};
