/** `crypto.subtle`, as far as hashes and HMAC go: https://www.w3.org/TR/webcrypto/ */

import { Buffer } from "./buffer.mjs";
import { bytesOf, equal, find, hmac } from "./hashes.mjs";

class Key {
  constructor(bytes, hash, extractable, usages) {
    Object.assign(this, { type: "secret", extractable, usages, algorithm: { name: "HMAC", hash, length: bytes.length * 8 } });
    Object.defineProperty(this, "bytes", { value: bytes });
  }
}

const SUPPORTED = {
  async digest(algorithm, data) {
    return bufferOf(hashOf(algorithm)(bytesOf(data)));
  },

  async importKey(format, data, algorithm, extractable, usages) {
    ofHmac(algorithm);
    hashOf(algorithm.hash);
    if (format === "jwk" && data.kty === "oct") {
      return new Key(Buffer.from(data.k, "base64"), nameOf(algorithm.hash), extractable, [...usages]);
    }
    if (format !== "raw") {
      throw notSupported(`keys of the format ${format}`);
    }
    return new Key(bytesOf(data).slice(), nameOf(algorithm.hash), extractable, [...usages]);
  },

  async sign(algorithm, key, data) {
    return bufferOf(signature(algorithm, key, data, "sign"));
  },

  async verify(algorithm, key, expected, data) {
    const [computed, given] = [signature(algorithm, key, data, "verify"), bytesOf(expected)];
    return computed.length === given.length && equal(computed, given);
  },
};

/** What else there is elsewhere fails when it is called. */
export const subtle = new Proxy(SUPPORTED, {
  get: (supported, name) =>
    supported[name] ?? (typeof name === "symbol" ? undefined : () => Promise.reject(notSupported(`crypto.subtle.${name}`))),
});

function signature(algorithm, key, data, usage) {
  ofHmac(algorithm);
  if (!key.usages.includes(usage)) {
    throw new Error(`the key may not be used to ${usage}: name it in the usages of importKey`);
  }
  return hmac(hashOf(key.algorithm.hash), key.bytes).update(bytesOf(data)).digest();
}

function ofHmac(algorithm) {
  if (String(algorithm.name ?? algorithm).toUpperCase() !== "HMAC") {
    throw notSupported(`the algorithm ${algorithm.name ?? algorithm}`);
  }
}

function hashOf(algorithm) {
  const { name } = nameOf(algorithm);
  const found = /^SHA-\d+$/.test(name) ? find(name) : undefined;
  if (!found) {
    throw notSupported(`the hash ${name}`);
  }
  return found;
}

function nameOf(algorithm) {
  return { name: String(algorithm?.name ?? algorithm).toUpperCase() };
}

function notSupported(what) {
  const error = new Error(`${what} is not available in a handler: it has SHA-1, SHA-2 and HMAC. Use a package in JavaScript`);
  return Object.assign(error, { name: "NotSupportedError" });
}

function bufferOf(bytes) {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
