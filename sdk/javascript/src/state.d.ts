/**
 * Values that outlive the event: collections of keys, each with a value, a revision and, if wanted, a lifetime.
 *
 * State is kept in a DynamoDB table. `goblet dev` has one; on AWS, the function's variable `GOBLET_TABLE` names it. Names
 * of collections and keys have 1 to 1,000 bytes. All functions here throw `InvalidError`, `ThrottledError`,
 * `ForbiddenError` or `FailedError`.
 */

/** A key with its value. */
export interface Entry {
  key: string;
  value: Uint8Array;
  /** Changes with each `put`. Two revisions are equal or not; nothing else can be told from them. */
  revision: string;
  /** The value as text. */
  readonly text: string;
  /** The value, read as JSON. Throws a `SyntaxError` if it is none. */
  json<T = any>(): T;
}

/** A part of a collection. */
export interface Page {
  entries: Entry[];
  /** Where the next page begins, for `after`. There are no more entries if it is absent. */
  next: string | undefined;
}

/** When a `put` is made, and for how long. */
export interface PutOptions {
  /** Only if there is no such key. Otherwise `put` throws a `ConflictError`. */
  ifAbsent?: boolean;
  /** Only if the entry still has this revision. Otherwise `put` throws a `ConflictError`. */
  ifRevision?: string;
  /** After so many seconds the entry is gone. Without it, the entry stays. */
  lifetime?: number;
}

/** The entry of a key. It sees every earlier write. */
export function get(collection: string, key: string): Entry | undefined;

/**
 * Stores a value of up to 400,000 bytes (a string as UTF-8), and returns its revision.
 *
 * @throws {ConflictError} if the condition does not hold
 * @throws {ValueTooLargeError}
 */
export function put(
  collection: string,
  key: string,
  value: string | Uint8Array | ArrayBuffer | ArrayBufferView,
  options?: PutOptions,
): string;

/**
 * Removes a key. With `ifRevision`, only if the entry still has it.
 *
 * @throws {ConflictError} if it has another one, or is gone
 */
export function remove(collection: string, key: string, options?: { ifRevision?: string }): void;

/**
 * The entries whose keys start with the prefix and come after a key, in the order of their keys: up to 1 MB or 1,000. For
 * the next page, give the page's `next` as `after`.
 */
export function entries(collection: string, options?: { prefix?: string; after?: string }): Page;

/** All entries whose keys start with the prefix, page by page, as the loop goes on. */
export function allEntries(collection: string, options?: { prefix?: string }): Generator<Entry>;
