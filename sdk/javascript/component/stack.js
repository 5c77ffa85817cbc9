/** `error.stack` as in Node.js: with the error's name and message, and with places in the author's files. */

import { original } from "./source_map.js";

/** A frame of what the build has bundled, which is evaluated and so has no name: `    at onMessage (<input>:16:17)`. */
const FRAME = /<input>:(\d+):(\d+)/;

Error.stackTraceLimit = 30;

const { get: engineStack } = Object.getOwnPropertyDescriptor(Error.prototype, "stack");

Object.defineProperty(Error.prototype, "stack", {
  get() {
    return [headOf(this), ...framesOf(engineStack.call(this))].join("\n");
  },
  set(value) {
    set(this, value);
  },
  configurable: true,
});

const { captureStackTrace } = Error;

Error.captureStackTrace = (object, below) => {
  const error = {};
  captureStackTrace(error, below);
  set(object, [headOf(object), ...framesOf(error.stack)].join("\n"));
};

function set(object, value) {
  Object.defineProperty(object, "stack", { value, configurable: true, writable: true });
}

function headOf(error) {
  return Error.prototype.toString.call(error);
}

/** The frames of an engine's stack that are in the author's files or in packages. */
function framesOf(stack) {
  return String(stack ?? "")
    .split("\n")
    .flatMap((line) => {
      const [place, row, column] = FRAME.exec(line) ?? [];
      const found = place && original(row, column);
      return found ? [line.replace(place, found)] : [];
    });
}
