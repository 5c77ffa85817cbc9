/** `console`: each call is one record of the log, formatted as Node.js does. */

import { formatWithOptions, inspect } from "node-inspect-extracted";

import { write } from "./log.js";
import { table } from "./table.js";
import { now } from "./timers.js";

let indentation = "";
const counts = new Map();
const times = new Map();

const INDENTATION = "  ";
const FORMAT = { breakLength: 120 };

function print(level, values) {
  const text = formatWithOptions(FORMAT, ...values);
  write(level, text.replace(/^/gm, indentation));
}

function elapsed(label) {
  const start = times.get(label);
  return start === undefined ? undefined : `${label}: ${(now() - start).toFixed(3)}ms`;
}

function timeLog(label, values) {
  const text = elapsed(label);
  if (text === undefined) {
    print("warn", [`console.time("${label}") was not called`]);
    return;
  }
  print("info", [text, ...values]);
}

function group(...values) {
  if (values.length > 0) {
    print("info", values);
  }
  indentation += INDENTATION;
}

export const console = {
  trace(...values) {
    const place = { name: "Trace", message: formatWithOptions(FORMAT, ...values) };
    Error.captureStackTrace(place);
    print("debug", [place.stack]);
  },
  debug: (...values) => print("debug", values),
  log: (...values) => print("info", values),
  info: (...values) => print("info", values),
  warn: (...values) => print("warn", values),
  error: (...values) => print("error", values),
  dir: (value, options) => print("info", [inspect(value, options)]),
  dirxml: (...values) => print("info", values),
  table: (data, properties) => print("info", [table(data, properties) ?? data]),
  assert(condition, ...values) {
    if (!condition) {
      print("error", values.length > 0 ? ["Assertion failed:", ...values] : ["Assertion failed"]);
    }
  },
  count(label = "default") {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    print("info", [`${label}: ${counts.get(label)}`]);
  },
  countReset: (label = "default") => void counts.delete(label),
  group,
  groupCollapsed: group,
  groupEnd() {
    indentation = indentation.slice(INDENTATION.length);
  },
  time: (label = "default") => void times.set(label, now()),
  timeLog: (label = "default", ...values) => timeLog(label, values),
  timeEnd(label = "default") {
    timeLog(label, []);
    times.delete(label);
  },
};
