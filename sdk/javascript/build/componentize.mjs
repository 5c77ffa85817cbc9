/** From a bundled handler to a component. */

import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import * as qjs from "componentize-qjs";
import * as esbuild from "esbuild";

import { SDK } from "./imports.mjs";

/** Imported by each handler: what it calls, and what the globals are made of. */
const IMPORTS = [
  "goblet:websocket/connections",
  "goblet:websocket/log",
  "wasi:cli/environment",
  "wasi:cli/exit",
  "wasi:clocks/monotonic-clock",
  "wasi:random/random",
];

/** Exported by each handler. */
const PREPARATION = "goblet:websocket/preparation";

/** The interface of each route, and its function. */
const EXPORTS = {
  onConnect: ["on-connect", "onWsConnect"],
  onMessage: ["on-message", "onWsMessage"],
  onDisconnect: ["on-disconnect", "onWsDisconnect"],
};

/** What a handler's component is made from, and what makes it. Files for that go to an empty folder, whose owner removes it. */
export async function componentize(handler, folder) {
  const packages = await readPackages();
  const interfaces = [...IMPORTS, ...handler.services.map((name) => `goblet:websocket/${name}`)];
  const jsSource = await program(handler, interfaces, packages);
  const world = worldOf(handler.routes, interfaces, packages);
  // It has the versions of the tools.
  const manifest = await readFile(resolve(SDK, "package.json"), "utf8");
  return {
    sources: [manifest, world, ...Object.values(packages).map(({ text }) => text), jsSource],
    make: () => make(world, packages, jsSource, folder),
  };
}

async function make(world, packages, jsSource, folder) {
  await writeWorld(folder, world, packages);
  const { component } = await qjs.componentize({ witPath: folder, jsSource, sync: true });
  return component;
}

/** The packages of the interfaces, by name: their version and their text. */
async function readPackages() {
  const packages = {};
  for (const folder of ["wit", "component/wasi"]) {
    for (const file of await readdir(resolve(SDK, folder))) {
      const text = await readFile(resolve(SDK, folder, file), "utf8");
      const [, name, version] = /^package ([\w:-]+)@([\w.-]+);/m.exec(text);
      packages[name] = { version, text };
    }
  }
  return packages;
}

/** `goblet:websocket/log` with its package's version. */
function versioned(name, packages) {
  return `${name}@${packages[name.split("/")[0]].version}`;
}

/** The world has the routes that the handler serves and no others, so that `goblet inspect` tells the truth. */
function worldOf(routes, interfaces, packages) {
  const imports = interfaces.map((name) => `import ${versioned(name, packages)};`);
  const names = [PREPARATION, ...routes.map((route) => `goblet:websocket/${EXPORTS[route][0]}`)];
  const exports = names.map((name) => `export ${versioned(name, packages)};`);
  return `package goblet:handler;\nworld handler {\n${[...imports, ...exports].join("\n")}\n}\n`;
}

async function writeWorld(folder, world, packages) {
  await writeFile(join(folder, "world.wit"), world);
  for (const [name, { text }] of Object.entries(packages)) {
    const dependency = join(folder, "deps", name.replace(":", "-"));
    await mkdir(dependency, { recursive: true });
    await writeFile(join(dependency, "package.wit"), text);
  }
}

/**
 * What QuickJS loads while the component is built: the globals, the routes, and the author's modules as a function that
 * is not called. It is called in each instance, so that what modules read while they load is not of the build.
 */
async function program({ routes, services, source, map }, interfaces, packages) {
  const exported = routes.map((route) => {
    const [, call] = EXPORTS[route];
    return `export const ${route} = { ${call}: route("${route}", load) };`;
  });
  const names = ["connections", ...services];
  const contents = `
    import "./engine.js";
    import "./globals.js";
    import { provide } from "../src/host.js";
    import { prepare } from "./preparation.js";
    import { route } from "./routes.js";
    import { install } from "./source_map.js";
    ${names.map((name) => `import ${name} from "goblet:websocket/${name}";`).join("\n")}
    const services = { ${names.join(", ")} };
    provide(services);
    install(${JSON.stringify(map)});
    const load = (0, eval)(${JSON.stringify(source)});
    export const preparation = { prepare: () => prepare(services) };
    ${exported.join("\n")}
  `;
  const result = await esbuild.build({
    stdin: { contents, resolveDir: resolve(SDK, "component") },
    bundle: true,
    write: false,
    format: "esm",
    // Packages for browsers expect more of them than QuickJS has.
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "esnext",
    charset: "ascii",
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: "silent",
    plugins: [
      {
        name: "interfaces",
        setup(build) {
          build.onResolve({ filter: /^(goblet|wasi):/ }, ({ path }) => ({ path: versioned(path, packages), external: true }));
        },
      },
    ],
  });
  return result.outputFiles[0].text;
}
