/** Errors that come from another file than the one that is served. */

interface Failure {
  text: string;
}

class PuppetError extends Error {
  override name = "PuppetError";
}

export function fail(text: string): never {
  const failure: Failure = { text };
  throw new PuppetError(failure.text, { cause: new TypeError("the cause") });
}

export async function failLater(text: string): Promise<never> {
  await new Promise((resolve) => setTimeout(resolve, 1));
  return fail(text);
}
