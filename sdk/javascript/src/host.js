/** Where a component keeps the functions of its host, and a test its stand-ins. */
const HOST = Symbol.for("goblet.host");

/**
 * A service of the host, such as `connections`.
 *
 * @param {string} name
 */
export function service(name) {
  const host = globalThis[HOST];
  if (!host) {
    throw new Error(
      "this function works only in a handler that runs: start it with `goblet dev`, or, in a test, call `open` of goblet/testing first",
    );
  }
  return host[name];
}

/**
 * Puts services in the place of the host's.
 *
 * @param {object | undefined} services
 */
export function provide(services) {
  globalThis[HOST] = services;
}
