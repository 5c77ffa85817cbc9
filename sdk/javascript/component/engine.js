/** What packages look for while they load, and the engine does not have: it comes before them. */

import { TextDecoder, TextEncoder } from "@exodus/bytes/encoding-lite.js";

// whatwg-url-minimum makes one of each.
Object.assign(globalThis, { TextDecoder, TextEncoder });

// node-inspect-extracted copies its functions, and uses none.
globalThis.Atomics ??= {};
