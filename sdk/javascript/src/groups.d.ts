import type { GobletError, Payload } from "./index.js";

/**
 * Groups of connections, such as the people in a room. A group exists while it has members.
 *
 * Groups are kept in a DynamoDB table. `goblet dev` has one; on AWS, the function's variable `GOBLET_TABLE` names it.
 * Names of groups and ids of connections have 1 to 1,000 bytes. All functions here throw `InvalidError`, `ThrottledError`,
 * `ForbiddenError` or `FailedError`.
 */

/** A connection in a group. */
export interface Member {
  connectionId: string;
  /** What the handler said of the connection when it joined, such as a nickname. */
  label: string;
}

/** What became of a message to a group. */
export interface Delivery {
  /** How many members got the message. */
  reached: number;
  /**
   * The members that did not get it. Those that are disconnected are no longer in the group, unless they joined less than
   * 30 s ago.
   */
  failed: { connectionId: string; error: GobletError }[];
}

/** Puts a connection into a group. One that is in it gets the new label, of up to 1,000 bytes. */
export function join(group: string, connectionId: string, label?: string): void;

/** Takes a connection out of a group. It is no error if it is not in it. */
export function leave(group: string, connectionId: string): void;

/** The members of a group, in the order of their ids. */
export function members(group: string): Member[];

/** The groups that a connection is in. Who joined or left within the last second may be missing or still there. */
export function joined(connectionId: string): string[];

/** Sends a message to all members of a group but the excluded ones, at the same time. */
export function send(group: string, message: Payload, excluded?: Iterable<string>): Delivery;
