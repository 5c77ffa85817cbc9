/** Who is connected: the nickname and the room of each connection. */

import { ConflictError, state } from "goblet";

/** The collection of people, by connection id. */
const PEOPLE = "people";

/** No connection lives longer, in seconds. */
export const CONNECTION_AGE = 2 * 60 * 60;

interface Details {
  nickname: string;
  room: string | null;
}

/** Someone with a nickname. */
export class Person {
  readonly id: string;
  #details: Details;
  #revision: string;

  constructor(entry: state.Entry) {
    this.id = entry.key;
    this.#details = entry.json();
    this.#revision = entry.revision;
  }

  get nickname(): string {
    return this.#details.nickname;
  }

  get room(): string | null {
    return this.#details.room;
  }

  /**
   * Changes the details at once, and returns those from before. Another message of this person may change them at the same
   * time: then this change is made to what that one left.
   */
  change(changes: Partial<Details>): Details {
    for (;;) {
      const before = this.#details;
      const details = { ...before, ...changes };
      try {
        const options = { ifRevision: this.#revision, lifetime: CONNECTION_AGE };
        this.#revision = state.put(PEOPLE, this.id, JSON.stringify(details), options);
        this.#details = details;
        return before;
      } catch (error) {
        if (!(error instanceof ConflictError)) {
          throw error;
        }
        if (!this.refresh()) {
          throw new Error("the person has left");
        }
      }
    }
  }

  /** Reads the details again. It is false if the person has left. */
  refresh(): boolean {
    const entry = state.get(PEOPLE, this.id);
    if (entry) {
      this.#details = entry.json();
      this.#revision = entry.revision;
    }
    return entry !== undefined;
  }

  /** Forgets someone who has left. */
  forget(): void {
    state.remove(PEOPLE, this.id);
  }
}

/** Whose connection it is, if they have told their nickname. */
export function find(connectionId: string): Person | undefined {
  const entry = state.get(PEOPLE, connectionId);
  return entry && new Person(entry);
}

/** Lets someone in who tells their nickname. It is false if they have told one before. */
export function enter(connectionId: string, nickname: string): boolean {
  const details: Details = { nickname, room: null };
  try {
    state.put(PEOPLE, connectionId, JSON.stringify(details), { ifAbsent: true, lifetime: CONNECTION_AGE });
    return true;
  } catch (error) {
    if (error instanceof ConflictError) {
      return false;
    }
    throw error;
  }
}
