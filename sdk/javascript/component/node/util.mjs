import { format, formatWithOptions, inspect } from "node-inspect-extracted";

const { TextDecoder, TextEncoder } = globalThis;

/** A function that returns a promise, of one whose last argument is a callback. */
export const promisify = (call) =>
  function promisified(...values) {
    return new Promise((resolve, reject) => {
      call.call(this, ...values, (error, value) => (error ? reject(error) : resolve(value)));
    });
  };

export { TextDecoder, TextEncoder, format, formatWithOptions, inspect };
export default { TextDecoder, TextEncoder, format, formatWithOptions, inspect, promisify };
