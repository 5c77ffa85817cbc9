/** Random numbers of the host: QuickJS's own are seeded when the component is built, and would be the same in each event. */

import random from "wasi:random/random";

/** Fills a typed array with random bytes. */
export function fill(array) {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  bytes.set(random.getRandomBytes(bytes.length));
  return array;
}

const pool = new Uint32Array(128);
let used = pool.length;

/** A number from 0 to 1, without 1, of 53 bits. */
export function number() {
  if (used === pool.length) {
    fill(pool);
    used = 0;
  }
  const [high, low] = [pool[used] >>> 5, pool[used + 1] >>> 6];
  used += 2;
  return (high * 2 ** 26 + low) / 2 ** 53;
}
