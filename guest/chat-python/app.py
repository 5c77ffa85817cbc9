"""A chat with nicknames and rooms. Text in, text out: `wsdump ws://127.0.0.1:3001/api/` is a client.

The first message is the nickname. Then `/help` tells what there is.
"""

import goblet

import rooms
from people import Person, enter, find

HELP = """\
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

Everything else that you type goes to everyone else in your room."""

NO_ROOM = "Not currently in a room. Type /join {room} to do so."

MAX_NAME = 64
"""The longest nickname or name of a room, in characters."""

MAX_TEXT = 16_000
"""The longest message, in bytes. With a nickname before it, API Gateway sends it in one frame."""


@goblet.on_message
def chat(event):
    connection_id = event.connection_id
    if isinstance(event.body, bytes):
        return tell(connection_id, "This chat takes text only.")
    text = event.body.strip()
    if len(text.encode()) > MAX_TEXT:
        return tell(connection_id, "That is too long.")
    person = find(connection_id)
    if person and text.startswith("/"):
        obey(person, text[1:])
    elif person:
        say(person, text)
    elif text == "/help":
        tell(connection_id, HELP)
    else:
        log_in(connection_id, text)


@goblet.on_disconnect
def left(event):
    person = find(event.connection_id)
    if person:
        person.forget()
        if person.room:
            rooms.leave(person.room, person.id, person.nickname)


def log_in(connection_id, nickname):
    """The first message is a nickname."""
    if problem := problem_of("nickname", nickname):
        tell(connection_id, problem)
    elif enter(connection_id, nickname):
        tell(connection_id, f"Using nickname: {nickname}\nType /help for list of commands.")
    else:
        tell(connection_id, "Your nickname is on its way in another message. Type /nick to change it.")


def obey(person, command):
    name, _, argument = command.partition(" ")
    argument = argument.strip()
    name = name.lower()
    if name == "help":
        tell(person.id, HELP)
    elif name == "nick" and argument:
        rename(person, argument)
    elif name == "nick":
        tell(person.id, f"Current nickname: {person.nickname}")
    elif name == "join":
        join(person, argument)
    elif name == "room":
        tell(person.id, person.room or NO_ROOM)
    elif name == "ls":
        names = rooms.people(person.room) if person.room else rooms.names()
        tell(person.id, names or "There are no rooms yet. Type /join {room} to open one.")
    elif name == "quit":
        give_up(person)
    else:
        tell(person.id, f"Unknown command: {name}. Type /help for list of commands.")


def say(person, text):
    if person.room:
        # Nobody may write a line that looks like somebody else's.
        line = "".join(" " if is_control(character) else character for character in text)
        rooms.say(person.room, f"{person.nickname}: {line}", person.id)
    else:
        tell(person.id, "Cannot send message if not in chatroom.")


def rename(person, nickname):
    if problem := problem_of("nickname", nickname):
        return tell(person.id, problem)
    before = person.change(nickname=nickname)
    tell(person.id, f"Nickname is: {nickname}")
    room = before["room"]
    if room and move_in(person, room):
        rooms.say(room, f"{before['nickname']} is now known as {nickname}.", person.id)


def join(person, room):
    if problem := problem_of("room", room):
        return tell(person.id, problem)
    before = person.change(room=room)["room"]
    if before and before != room:
        move_out(person, before)
    if move_in(person, room):
        tell(person.id, f'Joined chat room "{room}"')
        rooms.say(room, f"{person.nickname} joined room.", person.id)


def move_in(person: Person, room: str) -> bool:
    """Puts someone into the room that they have chosen. It is false if they have chosen another one meanwhile, with another
    message, or have left."""
    rooms.enter(room, person.id, person.nickname)
    is_there = person.refresh() and person.room == room
    if not is_there:
        rooms.leave(room, person.id, person.nickname)
    return is_there


def give_up(person):
    room = person.change(room=None)["room"]
    if room:
        move_out(person, room)
    else:
        tell(person.id, NO_ROOM)


def move_out(person, room):
    tell(person.id, f'Left chat room "{room}"')
    rooms.leave(room, person.id, person.nickname)


def problem_of(what, name):
    """What is wrong with a name, or None."""
    if 1 <= len(name) <= MAX_NAME and not name.startswith("/") and not any(map(is_control, name)):
        return None
    return f"A {what} has 1 to {MAX_NAME} characters on one line, and does not begin with /."


def is_control(character):
    return character < " " or "\x7f" <= character <= "\x9f"


def tell(connection_id, text):
    """Sends to one connection. A client that has left needs no answer."""
    try:
        goblet.send(connection_id, text)
    except goblet.DisconnectedError:
        pass
