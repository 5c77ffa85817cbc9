import { Buffer } from "./buffer.mjs";

const { crypto } = globalThis;

export const webcrypto = crypto;
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

function hashes(name) {
  throw new Error(`${name} of node:crypto is not available in a handler: use a package in JavaScript, such as @noble/hashes`);
}

export const createHash = () => hashes("createHash");
export const createHmac = () => hashes("createHmac");

export default { createHash, createHmac, getRandomValues, randomBytes, randomInt, randomUUID, webcrypto };
