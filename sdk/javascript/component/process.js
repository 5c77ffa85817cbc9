/** The parts of Node.js's `process` that make sense in a handler. */

import environment from "wasi:cli/environment";
import exit from "wasi:cli/exit";
import { write } from "./log.js";
import { now } from "./timers.js";
import { queueMicrotask } from "./queue.js";

let env;

export const process = {
  /** The variables that the handler is granted: read when they are first asked for, so that none is of the build. */
  get env() {
    env ??= Object.fromEntries(environment.getEnvironment());
    return env;
  },
  set env(value) {
    env = value;
  },
  argv: [],
  arch: "wasm32",
  platform: "wasi",
  version: "",
  versions: {},
  pid: 1,
  cwd: () => "/",
  exit(code = process.exitCode ?? 0) {
    write("error", `process.exit(${code}) was called: it ends the handler, and fails its event`);
    exit.exit({ tag: "err" });
  },
  exitCode: undefined,
  nextTick: (call, ...values) => queueMicrotask(() => call(...values)),
  hrtime: Object.assign(
    ([seconds, nanoseconds] = [0, 0]) => {
      const elapsed = now() * 1e6 - (seconds * 1e9 + nanoseconds);
      return [Math.floor(elapsed / 1e9), Math.floor(elapsed % 1e9)];
    },
    { bigint: () => BigInt(Math.floor(now() * 1e6)) },
  ),
  uptime: () => now() / 1000,
  emitWarning: (warning) => write("warn", String(warning)),
  on: () => process,
  once: () => process,
  off: () => process,
  stdout: { write: (text) => write("info", String(text).replace(/\n$/, "")) },
  stderr: { write: (text) => write("error", String(text).replace(/\n$/, "")) },
};
