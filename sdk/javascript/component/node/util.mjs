const { TextDecoder, TextEncoder } = globalThis;
// The package that has these does not load where `async` is translated, as it is in the bundle.
const { format, formatWithOptions, inspect } = globalThis[Symbol.for("goblet.util")];

/** A function that returns a promise, of one whose last argument is a callback. */
export const promisify = (call) =>
  function promisified(...values) {
    return new Promise((resolve, reject) => {
      call.call(this, ...values, (error, value) => (error ? reject(error) : resolve(value)));
    });
  };

export { TextDecoder, TextEncoder, format, formatWithOptions, inspect };
export default { TextDecoder, TextEncoder, format, formatWithOptions, inspect, promisify };
