/** From a place in the bundle to the place in the author's file. */

import { decode } from "@jridgewell/sourcemap-codec";

/**
 * The build puts it in place. Each line of the bundle has mappings of its own, so that an error reads the few lines that
 * its stack names.
 */
let map = { sources: [], lines: [] };

export function install(sourceMap) {
  map = sourceMap;
}

/**
 * The original of a line and a column, both from 1, e.g. `src/handler.js:12:9`. `undefined` if it is no code of the author
 * or of a package.
 */
export function original(line, column) {
  const [segments] = decode(map.lines[line - 1] ?? "");
  const segment = segments.findLast(([start]) => start < column) ?? segments[0];
  return segment && map.sources[segment[1]] && `${map.sources[segment[1]]}:${segment[2] + 1}:${segment[3] + 1}`;
}
