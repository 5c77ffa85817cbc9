// Lets ES modules find packages in the `node_modules` of NODE_PATH, too, which is where layers are. Node.js itself looks
// there for `require` alone; Lambda's runtimes do so since Node.js 18:
// https://aws.amazon.com/blogs/compute/node-js-18-x-runtime-now-available-in-aws-lambda/

import path from "node:path";
import { pathToFileURL } from "node:url";

const folders = (process.env.NODE_PATH ?? "").split(path.delimiter).filter((folder) => path.basename(folder) === "node_modules");
// Node.js looks into the `node_modules` beside the file that imports.
const places = folders.map((folder) => pathToFileURL(path.resolve(folder, "../index.js")).href);

export async function resolve(specifier, context, next) {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || /^(\.|\/|#|\w+:)/.test(specifier)) throw error;
    for (const parentURL of places) {
      try {
        return await next(specifier, { ...context, parentURL });
      } catch {
        // It may be in the next one.
      }
    }
    throw error;
  }
}
