/**
 * Promises over our own queue: a component has no event loop, and QuickJS's own queue cannot be run from JavaScript. The
 * build turns `async` functions into code that uses these.
 */

import { queueMicrotask } from "./queue.js";

const PENDING = "pending";
const FULFILLED = "fulfilled";
const REJECTED = "rejected";

/** The promises that were rejected, and nobody has asked for their error yet. */
const unhandled = new Set();

/** Takes the promises whose errors nobody has asked for. */
export function takeUnhandled() {
  const promises = [...unhandled];
  unhandled.clear();
  return promises;
}

/** @see https://tc39.es/ecma262/#sec-promise-objects */
export class Promise {
  #state = PENDING;
  #value;
  #reactions = [];
  #isHandled = false;

  constructor(executor) {
    if (typeof executor !== "function") {
      throw new TypeError("Promise takes a function of resolve and reject");
    }
    const { resolve, reject } = this.#resolvers();
    try {
      executor(resolve, reject);
    } catch (error) {
      reject(error);
    }
  }

  /** Only the first call of either counts. */
  #resolvers() {
    let isResolved = false;
    const once = (settle) => (value) => {
      if (!isResolved) {
        isResolved = true;
        settle(value);
      }
    };
    return {
      resolve: once((value) => this.#resolve(value)),
      reject: once((error) => this.#settle(REJECTED, error)),
    };
  }

  #resolve(value) {
    if (value === this) {
      this.#settle(REJECTED, new TypeError("a promise cannot be resolved with itself"));
      return;
    }
    let then;
    try {
      then = (typeof value === "object" && value !== null) || typeof value === "function" ? value.then : undefined;
    } catch (error) {
      this.#settle(REJECTED, error);
      return;
    }
    if (typeof then !== "function") {
      this.#settle(FULFILLED, value);
      return;
    }
    queueMicrotask(() => {
      const { resolve, reject } = this.#resolvers();
      try {
        then.call(value, resolve, reject);
      } catch (error) {
        reject(error);
      }
    });
  }

  #settle(state, value) {
    this.#state = state;
    this.#value = value;
    if (state === REJECTED && !this.#isHandled) {
      unhandled.add(this);
    }
    const reactions = this.#reactions;
    this.#reactions = undefined;
    reactions.forEach((reaction) => queueMicrotask(() => reaction[state](value)));
  }

  then(onFulfilled, onRejected) {
    const { promise, resolve, reject } = withResolvers(speciesOf(this));
    const reaction = (handler, otherwise) => (value) => {
      if (typeof handler !== "function") {
        otherwise(value);
        return;
      }
      try {
        resolve(handler(value));
      } catch (error) {
        reject(error);
      }
    };
    const reactions = { [FULFILLED]: reaction(onFulfilled, resolve), [REJECTED]: reaction(onRejected, reject) };
    this.#isHandled = true;
    unhandled.delete(this);
    if (this.#state === PENDING) {
      this.#reactions.push(reactions);
    } else {
      queueMicrotask(() => reactions[this.#state](this.#value));
    }
    return promise;
  }

  catch(onRejected) {
    return this.then(undefined, onRejected);
  }

  finally(onFinally) {
    if (typeof onFinally !== "function") {
      return this.then(onFinally, onFinally);
    }
    const type = speciesOf(this);
    return this.then(
      (value) => type.resolve(onFinally()).then(() => value),
      (error) =>
        type.resolve(onFinally()).then(() => {
          throw error;
        }),
    );
  }

  /** What became of it, for the loop. */
  static inspect(promise) {
    return { state: promise.#state, value: promise.#value };
  }

  /** https://nodejs.org/api/util.html#custom-inspection-functions-on-objects */
  [Symbol.for("nodejs.util.inspect.custom")](_depth, options, inspect) {
    const value = this.#state === PENDING ? "<pending>" : inspect(this.#value, options);
    return `Promise { ${this.#state === REJECTED ? "<rejected> " : ""}${value} }`;
  }

  static resolve(value) {
    if (value instanceof Promise && value.constructor === this) {
      return value;
    }
    return new this((resolve) => resolve(value));
  }

  static reject(error) {
    return new this((_, reject) => reject(error));
  }

  static withResolvers() {
    return withResolvers(this);
  }

  static try(call, ...values) {
    return new this((resolve) => resolve(call(...values)));
  }

  static all(promises) {
    return collect(this, promises, (item, set, { reject }) => item.then(set, reject));
  }

  static allSettled(promises) {
    return collect(this, promises, (item, set) =>
      item.then(
        (value) => set({ status: FULFILLED, value }),
        (reason) => set({ status: REJECTED, reason }),
      ),
    );
  }

  static any(promises) {
    const { promise, resolve, reject } = withResolvers(this);
    const errors = collect(this, promises, (item, set) => item.then(resolve, set));
    errors.then((all) => reject(new AggregateError(all, "all promises were rejected")), reject);
    return promise;
  }

  static race(promises) {
    return new this((resolve, reject) => {
      for (const item of promises) {
        this.resolve(item).then(resolve, reject);
      }
    });
  }

  static get [Symbol.species]() {
    return this;
  }

  get [Symbol.toStringTag]() {
    return "Promise";
  }
}

// A bundler may rename classes.
Object.defineProperty(Promise, "name", { value: "Promise", configurable: true });

function withResolvers(type) {
  let resolve;
  let reject;
  const promise = new type((...resolvers) => ([resolve, reject] = resolvers));
  return { promise, resolve, reject };
}

function speciesOf(promise) {
  return promise.constructor?.[Symbol.species] ?? Promise;
}

/** A promise of an array: `subscribe` gets each item as a promise, and the function that sets its place. */
function collect(type, promises, subscribe) {
  const all = withResolvers(type);
  const values = [];
  // One more than there are, so that an empty list is resolved, too.
  let missing = 1;
  const isComplete = () => {
    missing -= 1;
    if (missing === 0) {
      all.resolve(values);
    }
  };
  try {
    let index = 0;
    for (const item of promises) {
      const place = index;
      index += 1;
      missing += 1;
      const set = (value) => {
        values[place] = value;
        isComplete();
      };
      subscribe(type.resolve(item), set, all);
    }
    isComplete();
  } catch (error) {
    all.reject(error);
  }
  return all.promise;
}
