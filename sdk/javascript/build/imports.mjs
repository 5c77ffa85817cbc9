/** What imports mean in a handler: this package, the parts of Node.js that there are, and what there cannot be. */

import { realpathSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package. */
export const SDK = realpathSync(resolve(dirname(fileURLToPath(import.meta.url)), ".."));

const ENTRIES = { goblet: "src/index.js", "goblet/groups": "src/groups.js", "goblet/state": "src/state.js" };

/** `goblet` is always this package, so that it fits the host. */
export function goblet() {
  return {
    name: "goblet",
    setup(build) {
      build.onResolve({ filter: /^goblet(\/.*)?$/ }, ({ path }) => {
        const entry = ENTRIES[path];
        if (entry) {
          return { path: resolve(SDK, entry), sideEffects: false };
        }
        const hint = path === "goblet/testing" ? "it is for tests under Node.js" : "there is no such part of goblet";
        return { errors: [{ text: `${path} cannot be imported in a handler: ${hint}` }] };
      });
    },
  };
}

/** The parts of Node.js that a handler has. */
const NODE = {
  buffer: "component/node/buffer.mjs",
  console: "component/node/console.mjs",
  crypto: "component/node/crypto.mjs",
  process: "component/node/process.mjs",
  timers: "component/node/timers.mjs",
  "timers/promises": "component/node/timers_promises.mjs",
  url: "component/node/url.mjs",
  util: "component/node/util.mjs",
};

const NETWORK = "a handler has no network. It sends to its own API's connections with `send` of goblet";
const FILES = "a handler has no files. Import data as a module (`import data from \"./data.json\"`), or keep it with `state` of goblet";
const THREADS = "a handler has one thread, and starts no processes";

/** What there is instead of the others. */
const INSTEAD = {
  child_process: THREADS,
  cluster: THREADS,
  dgram: NETWORK,
  dns: NETWORK,
  fs: FILES,
  http: NETWORK,
  http2: NETWORK,
  https: NETWORK,
  net: NETWORK,
  tls: NETWORK,
  worker_threads: THREADS,
};

const BUILTIN = new Set(builtinModules);

/** Packages that load native addons. */
const ADDON_LOADERS = ["bindings", "node-gyp-build", "node-pre-gyp", "@mapbox/node-pre-gyp", "prebuild-install"];

/** Marks what this plugin itself asks esbuild for. */
const ASKED = Symbol("asked");

export function imports() {
  return {
    name: "goblet-imports",
    setup(build) {
      build.onResolve({ filter: /\.node$/ }, ({ importer, path }) => addon(path, importer));
      build.onResolve({ filter: /^[a-z@]/ }, async ({ path, importer, kind, pluginData, resolveDir }) => {
        if (pluginData === ASKED) {
          return undefined;
        }
        if (ADDON_LOADERS.includes(path)) {
          return addon(path, importer);
        }
        const name = path.replace(/^node:/, "");
        if (!BUILTIN.has(name) && !path.startsWith("node:")) {
          return undefined;
        }
        // A package may replace it for browsers, or a package of this name may be installed.
        const found = await build.resolve(path, { importer, kind, resolveDir, pluginData: ASKED });
        const isFound = found.errors.length === 0 && !found.external;
        // What browsers have in its place may need `window`.
        const isReplaced = isFound && packageOf(importer) !== undefined && packageOf(found.path) === packageOf(importer);
        // `"browser": { "fs": false }` in package.json: esbuild puts an empty module there.
        const isLeftOut = isFound && found.namespace !== "file";
        if (NODE[name] && (!isFound || isReplaced || isLeftOut)) {
          return { path: resolve(SDK, NODE[name]), sideEffects: false };
        }
        if (isLeftOut) {
          return undefined;
        }
        return isFound ? found : missing(path, name, importer);
      });
      build.onLoad({ filter: /.*/, namespace: "missing" }, ({ pluginData }) => ({
        contents: `module.exports = require("./missing.cjs")(${JSON.stringify(pluginData)});`,
        resolveDir: resolve(SDK, "component/node"),
        loader: "js",
      }));
    },
  };
}

/**
 * A part of Node.js that there is not. A package may import it and never call it, such as one that reads files only if it
 * is told to: there it fails when it is called.
 */
function missing(path, name, importer) {
  const parts = Object.keys(NODE).map((part) => `node:${part}`).join(", ");
  const instead = INSTEAD[name.split("/")[0]] ?? `of Node.js, a handler has ${parts}`;
  const text = `${path} is not available in a handler: ${instead}`;
  const user = packageOf(importer);
  if (!user) {
    return { errors: [{ text }] };
  }
  const warnings = [{ text: `${user} imports ${path}, which fails when it is called: ${instead}` }];
  return { path, namespace: "missing", pluginData: text, warnings, sideEffects: false };
}

function addon(path, importer) {
  const name = packageOf(importer) ?? path;
  const text = `${name} is a native addon (it loads ${path}): a handler is WebAssembly, and runs packages in JavaScript alone`;
  return { errors: [{ text }] };
}

/** The package that a file is in, if it is in one. */
function packageOf(file) {
  return /^.*node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/.exec(file)?.[1];
}
