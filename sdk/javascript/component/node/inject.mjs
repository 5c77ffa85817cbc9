export { Buffer } from "./buffer.mjs";
export { subtle as "crypto.subtle", subtle as "globalThis.crypto.subtle" } from "./subtle.mjs";
