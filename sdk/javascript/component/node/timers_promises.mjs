export const setTimeout = (delay, value) => new Promise((resolve) => globalThis.setTimeout(resolve, delay, value));
export const setImmediate = (value) => setTimeout(0, value);

export default { setImmediate, setTimeout };
