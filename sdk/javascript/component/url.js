/** `URL` and `URLSearchParams`, which `console` shows by what they say. */

import { URL, URLSearchParams } from "whatwg-url-minimum";

const INSPECT = Symbol.for("nodejs.util.inspect.custom");

// A bundler may rename classes.
for (const [name, type] of Object.entries({ URL, URLSearchParams })) {
  Object.defineProperty(type, "name", { value: name, configurable: true });
  Object.defineProperty(type.prototype, INSPECT, {
    value(_depth, options, inspect) {
      return `${name} ${inspect(String(this), options)}`;
    },
  });
}

export { URL, URLSearchParams };
