/**
 * A chat with nicknames and rooms. Text in, text out: `wsdump ws://127.0.0.1:3001/api/` is a client.
 *
 * The first message is the nickname. Then `/help` tells what there is.
 */

import { DisconnectedError, send } from "goblet";

import { enter, find } from "./people.js";
import * as rooms from "./rooms.js";

const HELP = `\
Commands available:
    /help
          Display this message.
    /join {room}
          Join a room, and leave the one you are in.
    /nick {nickname}
          Change your nickname. Without {nickname}, display it.
    /room
          Display the room you are in.
    /ls
          List who is in your room. If you are in none, list all rooms.
    /quit
          Leave your room.

Everything else that you type goes to everyone else in your room.`;

const NO_ROOM = "Not currently in a room. Type /join {room} to do so.";

/** The longest nickname or name of a room, in characters. */
const MAX_NAME = 64;

/** The longest message, in bytes. With a nickname before it, API Gateway sends it in one frame. */
const MAX_TEXT = 16_000;

const CONTROL = /\p{Control}/gu;

export function onMessage({ connectionId, body }) {
  if (typeof body !== "string") {
    return tell(connectionId, "This chat takes text only.");
  }
  const text = body.trim();
  if (new TextEncoder().encode(text).length > MAX_TEXT) {
    return tell(connectionId, "That is too long.");
  }
  const person = find(connectionId);
  if (person && text.startsWith("/")) {
    obey(person, text.slice(1));
  } else if (person) {
    say(person, text);
  } else if (text === "/help") {
    tell(connectionId, HELP);
  } else {
    logIn(connectionId, text);
  }
}

export function onDisconnect({ connectionId }) {
  const person = find(connectionId);
  if (!person) {
    return;
  }
  person.forget();
  if (person.room) {
    rooms.leave(person.room, person.id, person.nickname);
  }
}

/** The first message is a nickname. */
function logIn(connectionId, nickname) {
  const problem = problemOf("nickname", nickname);
  if (problem) {
    tell(connectionId, problem);
  } else if (enter(connectionId, nickname)) {
    tell(connectionId, `Using nickname: ${nickname}\nType /help for list of commands.`);
  } else {
    tell(connectionId, "Your nickname is on its way in another message. Type /nick to change it.");
  }
}

function obey(person, command) {
  const [, name = "", argument = ""] = /^(\S*)\s*(.*)$/s.exec(command) ?? [];
  switch (name.toLowerCase()) {
    case "help":
      return tell(person.id, HELP);
    case "nick":
      return argument ? rename(person, argument) : tell(person.id, `Current nickname: ${person.nickname}`);
    case "join":
      return join(person, argument);
    case "room":
      return tell(person.id, person.room ?? NO_ROOM);
    case "ls":
      return list(person);
    case "quit":
      return quit(person);
    default:
      return tell(person.id, `Unknown command: ${name}. Type /help for list of commands.`);
  }
}

function say(person, text) {
  if (person.room) {
    // Nobody may write a line that looks like somebody else's.
    rooms.say(person.room, `${person.nickname}: ${text.replace(CONTROL, " ")}`, person.id);
  } else {
    tell(person.id, "Cannot send message if not in chatroom.");
  }
}

function rename(person, nickname) {
  const problem = problemOf("nickname", nickname);
  if (problem) {
    return tell(person.id, problem);
  }
  const before = person.change({ nickname });
  tell(person.id, `Nickname is: ${nickname}`);
  if (before.room && moveIn(person, before.room)) {
    rooms.say(before.room, `${before.nickname} is now known as ${nickname}.`, person.id);
  }
}

function join(person, room) {
  const problem = problemOf("room", room);
  if (problem) {
    return tell(person.id, problem);
  }
  const before = person.change({ room }).room;
  if (before && before !== room) {
    moveOut(person, before);
  }
  if (moveIn(person, room)) {
    tell(person.id, `Joined chat room "${room}"`);
    rooms.say(room, `${person.nickname} joined room.`, person.id);
  }
}

/**
 * Puts someone into the room that they have chosen. It is false if they have chosen another one meanwhile, with another
 * message, or have left.
 */
function moveIn(person, room) {
  rooms.enter(room, person.id, person.nickname);
  const isThere = person.refresh() && person.room === room;
  if (!isThere) {
    rooms.leave(room, person.id, person.nickname);
  }
  return isThere;
}

function list(person) {
  const names = person.room ? rooms.people(person.room) : rooms.names();
  tell(person.id, names || "There are no rooms yet. Type /join {room} to open one.");
}

function quit(person) {
  const { room } = person.change({ room: null });
  if (room) {
    moveOut(person, room);
  } else {
    tell(person.id, NO_ROOM);
  }
}

function moveOut(person, room) {
  tell(person.id, `Left chat room "${room}"`);
  rooms.leave(room, person.id, person.nickname);
}

/** What is wrong with a name, if anything. */
function problemOf(what, name) {
  const length = [...name].length;
  if (length < 1 || length > MAX_NAME || name.startsWith("/") || name.search(CONTROL) >= 0) {
    return `A ${what} has 1 to ${MAX_NAME} characters on one line, and does not begin with /.`;
  }
}

/** Sends to one connection. A client that has left needs no answer. */
function tell(connectionId, text) {
  try {
    send(connectionId, text);
  } catch (error) {
    if (!(error instanceof DisconnectedError)) {
      throw error;
    }
  }
}
