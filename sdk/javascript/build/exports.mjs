/** What the handler's file exports, without running it. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { parse } from "cjs-module-lexer";

import { HandlerError } from "./handler_error.mjs";

/** The functions that serve routes. */
const ROUTES = ["onConnect", "onMessage", "onDisconnect"];

/** The names that the entry of a bundle exports, as esbuild sees them. */
export async function exportsOf(metafile, root) {
  const [output] = Object.values(metafile.outputs);
  const input = metafile.inputs[output.entryPoint];
  if (input.format !== "cjs") {
    return output.exports;
  }
  try {
    return parse(await readFile(resolve(root, output.entryPoint), "utf8")).exports;
  } catch {
    // esbuild has read it, so it is TypeScript.
    return output.exports;
  }
}

/** The routes that a file with these exports serves. */
export function routesOf(exports, file) {
  const routes = ROUTES.filter((route) => exports.includes(route));
  if (routes.length > 0) {
    return routes;
  }
  const wanted = "A handler exports one or more of the functions onConnect, onMessage and onDisconnect";
  if (exports.includes("handler")) {
    throw new HandlerError(
      `${file} is a Lambda function: it exports "handler". ${wanted}. To run the function as it is, use its template ` +
        `(goblet dev --template template.yaml), or name the program that runs it (goblet dev --command "npx aws-lambda-ric ` +
        `${file.replace(/\.\w+$/, "")}.handler")`,
    );
  }
  const found = exports.length > 0 ? `It exports ${exports.join(", ")}.` : "It exports nothing.";
  throw new HandlerError(`${file} serves no route. ${found} ${wanted}, e.g. \`export function onMessage(event) { … }\``);
}
