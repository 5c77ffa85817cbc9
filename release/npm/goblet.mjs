#!/usr/bin/env node
// Runs the program `goblet`, which is in an npm package of its own for each kind of machine.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import process from "node:process";

const name = `@goblet-rs/${process.platform}-${process.arch}`;

function program() {
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/goblet`);
  } catch {
    console.error(
      `error: there is no npm package ${name}. goblet runs on Linux, on x64 and arm64; install its package for this ` +
        "machine beside the package goblet, in the same version, and not with --omit=optional",
    );
    process.exit(1);
  }
}

const goblet = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
// A terminal sends these to goblet itself, too. A second one would cut its end short.
const isAtTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => isAtTerminal || goblet.kill(signal));
process.on("SIGTERM", () => goblet.kill("SIGTERM"));
goblet.on("error", (error) => {
  console.error(`error: cannot start goblet: ${error.message}`);
  process.exitCode = 1;
});
goblet.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
