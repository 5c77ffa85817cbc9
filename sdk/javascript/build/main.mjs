/**
 * Builds a handler: `node main.mjs ENTRY ROOT OUTPUT FOLDER`, with an empty folder for its own files. It prints one line of
 * JSON: `{"watched": […]}` with the files that the component was made from, or `{"error": "…"}` with what is wrong with the
 * handler. Warnings go to stderr.
 */

import { bundle } from "./bundle.mjs";
import { componentize } from "./componentize.mjs";
import { HandlerError } from "./handler_error.mjs";
import { Output } from "./output.mjs";

const [entry, root, output, folder] = process.argv.slice(2);
try {
  const handler = await bundle(entry, root);
  const { sources, make } = await componentize(handler, folder);
  await new Output(output, sources).write(make);
  console.log(JSON.stringify({ watched: handler.watched }));
} catch (error) {
  if (!(error instanceof HandlerError)) {
    throw error;
  }
  console.log(JSON.stringify({ error: error.message }));
  process.exitCode = 1;
}
