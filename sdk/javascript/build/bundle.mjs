/** The author's modules, and the packages that they import, as one script. */

import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";

import { decode, encode } from "@jridgewell/sourcemap-codec";
import * as esbuild from "esbuild";

import { exportsOf, routesOf } from "./exports.mjs";
import { HandlerError } from "./handler_error.mjs";
import { SDK, goblet, imports } from "./imports.mjs";

/** The bundle's variable that has what the entry exports. */
const EXPORTS = "$handler";

/**
 * QuickJS has all of JavaScript but what is new. Promises are ours, and the engine's `async` functions would not use them.
 * https://esbuild.github.io/api/#supported
 */
const SUPPORTED = {
  "async-await": false,
  "async-generator": false,
  decorators: false,
  "dynamic-import": false,
  "for-await": false,
  "import-attributes": false,
  "top-level-await": false,
  using: false,
};

/** A module that is named only when the handler runs cannot be in the bundle. esbuild says so if it is asked to. */
const COMPUTED = { "unsupported-dynamic-import": "warning", "unsupported-require-call": "warning" };

const OPTIONS = {
  bundle: true,
  write: false,
  metafile: true,
  platform: "browser",
  target: "esnext",
  supported: SUPPORTED,
  // The variables are those of the function, and not those of the build.
  define: { "process.env.NODE_ENV": "process.env.NODE_ENV" },
  // The engine keeps a character beyond Latin-1 by doubling the size of the whole source.
  charset: "ascii",
  minifyWhitespace: true,
  // A stack's place is looked up in its line alone.
  lineLimit: 200,
  legalComments: "none",
  logLevel: "silent",
  logOverride: COMPUTED,
};

/**
 * @param {string} entry The handler's file.
 * @param {string} root The project's folder.
 */
export async function bundle(entry, root) {
  const options = { ...OPTIONS, absWorkingDir: root, entryPoints: [entry], plugins: [goblet(), imports()] };
  const module = await build({ ...options, format: "esm", outfile: "module.js" });
  await warn(module.warnings);
  const routes = routesOf(await exportsOf(module.metafile, root), relative(root, entry));
  const script = await build({
    ...options,
    format: "iife",
    globalName: EXPORTS,
    inject: [resolve(SDK, "component/node/inject.mjs")],
    outfile: "handler.js",
    sourcemap: "external",
    sourcesContent: false,
  });
  const text = (extension) => script.outputFiles.find(({ path }) => path.endsWith(extension)).text;
  const [output] = Object.values(script.metafile.outputs).filter(({ entryPoint }) => entryPoint);
  return {
    routes,
    services: await usedServices(output.inputs, root),
    source: `(function () {\n${text(".js")}\nreturn ${EXPORTS};\n})`,
    map: compact(JSON.parse(text(".map")), root),
    watched: watched(script.metafile.inputs, root),
  };
}

async function build(options) {
  try {
    return await esbuild.build(options);
  } catch (error) {
    if (!error.errors) {
      throw error;
    }
    const messages = await esbuild.formatMessages(error.errors.map(withAdvice), { kind: "error" });
    throw new HandlerError(messages.join("").trim());
  }
}

/** Says what to do where esbuild does not. */
function withAdvice({ text, location }) {
  if (text.startsWith("Top-level await")) {
    return { text: "await is available in functions only: move it into the function of the route", location };
  }
  const path = /^Could not resolve "([^./][^"]*)"/.exec(text)?.[1];
  if (!path) {
    return { text, location };
  }
  const name = path.split("/", path.startsWith("@") ? 2 : 1).join("/");
  const advice = `Run \`npm install\` if package.json names the package, or else \`npm install ${name}\`.`;
  return { text, location, notes: [{ text: advice }] };
}

async function warn(warnings) {
  // A package's computed imports nobody here can correct.
  const wanted = warnings.filter(({ id, location }) => !(id in COMPUTED && location.file.includes("node_modules/")));
  const plain = wanted.map(({ text, location }) => ({ text, location }));
  const messages = await esbuild.formatMessages(plain, { kind: "warning", color: process.stderr.isTTY });
  process.stderr.write(messages.join(""));
}

/** Which services that need a table are in the bundle. */
async function usedServices(inputs, root) {
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const files = await Promise.all(used.map(([path]) => realpath(resolve(root, path)).catch(() => path)));
  return ["groups", "state"].filter((name) => files.includes(resolve(SDK, `src/${name}.js`)));
}

/** The author's own files: packages change by `npm install` alone. */
function watched(inputs, root) {
  const files = Object.keys(inputs).filter((path) => !/^[\w-]+:/.test(path));
  return files
    // esbuild adds the attributes of an import to the path: `data.json with { type: 'json' }`.
    .map((path) => resolve(root, path.replace(/ with \{.*\}$/, "")))
    .filter((path) => !path.startsWith(SDK + sep) && !path.includes(`${sep}node_modules${sep}`));
}

/** The source map line by line, of the author's files and of packages: stacks show nothing else. */
function compact({ sources, mappings }, root) {
  const isOfPackage = sources.map((source) => source.includes("node_modules/"));
  const isWanted = ([, source, line], index, segments) => {
    const [, sourceBefore, lineBefore] = segments[index - 1] ?? [];
    // Of a package, the line is enough.
    return source !== undefined && !(isOfPackage[source] && source === sourceBefore && line === lineBefore);
  };
  const lines = decode(mappings).map((segments) => encode([segments.filter(isWanted)]));
  // The line of the function's head comes before.
  return { sources: sources.map((source) => shown(source, root)), lines: ["", ...lines] };
}

/** How a stack names a source: a package's by the path inside of `node_modules`, and none that is not the project's. */
function shown(source, root) {
  const ours = [SDK, resolve(SDK, "../node_modules")];
  const isOurs = ours.some((folder) => resolve(root, source).startsWith(folder + sep));
  return isOurs || /^[\w-]+:/.test(source) ? null : source.replace(/^.*node_modules\//, "node_modules/");
}
