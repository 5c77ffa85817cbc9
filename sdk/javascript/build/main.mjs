/**
 * Builds a handler: `node main.mjs ENTRY ROOT OUTPUT`. It prints one line of JSON: `{"watched": […]}` with the files that
 * the component was made from, or `{"error": "…"}` with what is wrong with the handler. Warnings go to stderr.
 */

import { rename, writeFile } from "node:fs/promises";

import { bundle } from "./bundle.mjs";
import { componentize } from "./componentize.mjs";
import { HandlerError } from "./handler_error.mjs";

const [entry, root, output] = process.argv.slice(2);
try {
  const handler = await bundle(entry, root);
  const component = await componentize(handler);
  // Another build may read or write the file at this moment.
  const written = `${output}.${process.pid}`;
  await writeFile(written, component);
  await rename(written, output);
  console.log(JSON.stringify({ watched: handler.watched }));
} catch (error) {
  if (!(error instanceof HandlerError)) {
    throw error;
  }
  console.log(JSON.stringify({ error: error.message }));
  process.exitCode = 1;
}
