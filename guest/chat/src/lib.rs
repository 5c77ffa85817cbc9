//! A chat with nicknames and rooms. Text in, text out: `wsdump ws://127.0.0.1:3001/api/` is a client.
//!
//! The first message is the nickname. Then `/help` tells what there is.

mod people;
mod rooms;

use goblet::{DisconnectEvent, Error, MessageEvent, OnDisconnect, OnMessage, Payload, Result};

use crate::people::Person;

const HELP: &str = "\
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

Everything else that you type goes to everyone else in your room.";

const NO_ROOM: &str = "Not currently in a room. Type /join {room} to do so.";

/// The longest nickname or name of a room, in characters.
const MAX_NAME: usize = 64;

/// The longest message, in bytes. With a nickname before it, API Gateway sends it in one frame.
const MAX_TEXT: usize = 16_000;

struct Chat;

impl OnMessage for Chat {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        let id = event.connection_id();
        match (event.text().map(str::trim), Person::of(id)?) {
            (None, _) => tell(id, "This chat takes text only.")?,
            (Some(text), _) if text.len() > MAX_TEXT => tell(id, "That is too long.")?,
            (Some("/help"), None) => tell(id, HELP)?,
            (Some(text), None) => log_in(id, text)?,
            (Some(text), Some(person)) => match text.strip_prefix('/') {
                Some(command) => obey(person, command)?,
                None => say(&person, text)?,
            },
        }
        Ok(None)
    }
}

impl OnDisconnect for Chat {
    fn on_disconnect(event: DisconnectEvent) -> Result<()> {
        let Some(person) = Person::of(event.connection_id())? else { return Ok(()) };
        person.forget()?;
        match person.room() {
            Some(room) => rooms::leave(room, person.id(), person.nickname()),
            None => Ok(()),
        }
    }
}

goblet::export!(Chat: OnMessage + OnDisconnect);

/// The first message is a nickname.
fn log_in(id: &str, nickname: &str) -> Result<()> {
    match check("nickname", nickname) {
        Ok(()) if Person::enter(id, nickname)? => {
            tell(id, &format!("Using nickname: {nickname}\nType /help for list of commands."))
        }
        Ok(()) => tell(id, "Your nickname is on its way in another message. Type /nick to change it."),
        Err(problem) => tell(id, &problem),
    }
}

fn obey(person: Person, command: &str) -> Result<()> {
    let (name, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let argument = argument.trim();
    match name.to_lowercase().as_str() {
        "help" => tell(person.id(), HELP),
        "nick" if argument.is_empty() => tell(person.id(), &format!("Current nickname: {}", person.nickname())),
        "nick" => rename(person, argument),
        "join" => join(person, argument),
        "room" => tell(person.id(), person.room().unwrap_or(NO_ROOM)),
        "ls" => list(&person),
        "quit" => quit(person),
        unknown => tell(person.id(), &format!("Unknown command: {unknown}. Type /help for list of commands.")),
    }
}

fn say(person: &Person, text: &str) -> Result<()> {
    match person.room() {
        Some(room) => {
            // Nobody may write a line that looks like somebody else's.
            let line = text.replace(char::is_control, " ");
            rooms::say(room, &format!("{}: {line}", person.nickname()), person.id())
        }
        None => tell(person.id(), "Cannot send message if not in chatroom."),
    }
}

fn rename(mut person: Person, nickname: &str) -> Result<()> {
    if let Err(problem) = check("nickname", nickname) {
        return tell(person.id(), &problem);
    }
    let before = person.change(|details| nickname.clone_into(&mut details.nickname))?;
    tell(person.id(), &format!("Nickname is: {nickname}"))?;
    let Some(room) = before.room else { return Ok(()) };
    if enter(&mut person, &room)? {
        rooms::say(&room, &format!("{} is now known as {nickname}.", before.nickname), person.id())?;
    }
    Ok(())
}

fn join(mut person: Person, room: &str) -> Result<()> {
    if let Err(problem) = check("room", room) {
        return tell(person.id(), &problem);
    }
    let before = person.change(|details| details.room = Some(room.to_owned()))?;
    if let Some(before) = before.room.filter(|before| before != room) {
        leave(&person, &before)?;
    }
    if enter(&mut person, room)? {
        tell(person.id(), &format!("Joined chat room \"{room}\""))?;
        rooms::say(room, &format!("{} joined room.", person.nickname()), person.id())?;
    }
    Ok(())
}

/// Puts someone into the room that they have chosen. It is false if they have chosen another one meanwhile, with another
/// message, or have left.
fn enter(person: &mut Person, room: &str) -> Result<bool> {
    rooms::enter(room, person.id(), person.nickname())?;
    let is_there = person.refresh()? && person.room() == Some(room);
    if !is_there {
        rooms::leave(room, person.id(), person.nickname())?;
    }
    Ok(is_there)
}

fn quit(mut person: Person) -> Result<()> {
    match person.change(|details| details.room = None)?.room {
        Some(room) => leave(&person, &room),
        None => tell(person.id(), NO_ROOM),
    }
}

fn leave(person: &Person, room: &str) -> Result<()> {
    tell(person.id(), &format!("Left chat room \"{room}\""))?;
    rooms::leave(room, person.id(), person.nickname())
}

fn list(person: &Person) -> Result<()> {
    let names = match person.room() {
        Some(room) => rooms::people(room)?,
        None => rooms::all()?,
    };
    tell(person.id(), if names.is_empty() { "There are no rooms yet. Type /join {room} to open one." } else { &names })
}

fn check(what: &str, name: &str) -> Result<(), String> {
    match name.chars().count() {
        1..=MAX_NAME if !name.starts_with('/') && !name.contains(char::is_control) => Ok(()),
        _ => Err(format!("A {what} has 1 to {MAX_NAME} characters on one line, and does not begin with /.")),
    }
}

/// Sends to one connection. A client that has left needs no answer.
fn tell(id: &str, text: &str) -> Result<()> {
    match goblet::send(id, text) {
        Ok(()) | Err(Error::Disconnected(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
