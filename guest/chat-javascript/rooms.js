/** The rooms: a group each, and a list of them. */

import { ConflictError, groups, state } from "goblet";

import { CONNECTION_AGE } from "./people.js";

/** The collection of rooms, by name. Nobody is in a room that nobody has joined for as long as a connection lives. */
const ROOMS = "rooms";

/** The most names in a list. */
const MAX_LIST = 100;

/** Puts someone into a room. Who is in it already gets the new nickname. */
export function enter(room, connectionId, nickname) {
  groups.join(room, connectionId, nickname);
  // Only now: someone who leaves at the same time, and leaves it empty, does not remove what has changed since.
  state.put(ROOMS, room, "", { lifetime: CONNECTION_AGE });
}

/** Takes someone out of a room, and tells those who stay. An empty room is no longer in the list. */
export function leave(room, connectionId, nickname) {
  const listed = state.get(ROOMS, room);
  groups.leave(room, connectionId);
  say(room, `${nickname} left room.`, connectionId);
  if (!listed || groups.members(room).length > 0) {
    return;
  }
  try {
    state.remove(ROOMS, room, { ifRevision: listed.revision });
  } catch (error) {
    if (!(error instanceof ConflictError)) {
      throw error;
    }
  }
}

/** Sends a text to everyone in a room but its sender. */
export function say(room, text, sender) {
  groups.send(room, text, [sender]);
}

/** The nicknames of those in a room, a line each. */
export function people(room) {
  return lines(groups.members(room).map(({ label }) => label));
}

/** The names of the rooms, a line each. They come in pages, and the first one has enough for a list. */
export function names() {
  return lines(state.entries(ROOMS).entries.map(({ key }) => key));
}

function lines(names) {
  const more = names.length - MAX_LIST;
  const last = more > 0 ? [`and ${more} more`] : [];
  return [...names.slice(0, MAX_LIST), ...last].join("\n");
}
