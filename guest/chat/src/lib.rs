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

struct Chat;

impl OnMessage for Chat {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        let id = event.connection_id();
        match (event.text().map(str::trim), Person::of(id)?) {
            (None, _) => tell(id, "This chat takes text only.")?,
            (Some("/help"), _) => tell(id, HELP)?,
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
        if let Some(mut person) = Person::of(event.connection_id())? {
            leave(&mut person)?;
            person.forget()?;
        }
        Ok(())
    }
}

goblet::export!(Chat: OnMessage + OnDisconnect);

/// The first message is a nickname.
fn log_in(id: &str, nickname: &str) -> Result<()> {
    match check("nickname", nickname) {
        Ok(()) => {
            Person::enter(id, nickname)?;
            tell(id, &format!("Using nickname: {nickname}\nType /help for list of commands."))
        }
        Err(problem) => tell(id, &problem),
    }
}

fn obey(mut person: Person, command: &str) -> Result<()> {
    let (name, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
    let argument = argument.trim();
    match name.to_lowercase().as_str() {
        "nick" if argument.is_empty() => tell(person.id(), &format!("Current nickname: {}", person.nickname())),
        "nick" => rename(person, argument),
        "join" => join(person, argument),
        "room" => tell(person.id(), person.room().unwrap_or(NO_ROOM)),
        "ls" => list(&person),
        "quit" if person.room().is_none() => tell(person.id(), NO_ROOM),
        "quit" => leave(&mut person),
        unknown => tell(person.id(), &format!("Unknown command: {unknown}. Type /help for list of commands.")),
    }
}

fn say(person: &Person, text: &str) -> Result<()> {
    match person.room() {
        Some(room) => rooms::say(room, &format!("{}: {text}", person.nickname()), person.id()),
        None => tell(person.id(), "Cannot send message if not in chatroom."),
    }
}

fn rename(mut person: Person, nickname: &str) -> Result<()> {
    if let Err(problem) = check("nickname", nickname) {
        return tell(person.id(), &problem);
    }
    let before = person.nickname().to_owned();
    person.change(|details| nickname.clone_into(&mut details.nickname))?;
    tell(person.id(), &format!("Nickname is: {nickname}"))?;
    let Some(room) = person.room() else { return Ok(()) };
    rooms::enter(room, person.id(), nickname)?;
    rooms::say(room, &format!("{before} is now known as {nickname}."), person.id())
}

fn join(mut person: Person, room: &str) -> Result<()> {
    if let Err(problem) = check("room", room) {
        return tell(person.id(), &problem);
    }
    leave(&mut person)?;
    rooms::enter(room, person.id(), person.nickname())?;
    person.change(|details| details.room = Some(room.to_owned()))?;
    tell(person.id(), &format!("Joined chat room \"{room}\""))?;
    rooms::say(room, &format!("{} joined room.", person.nickname()), person.id())
}

/// Leaves the room, if there is one.
fn leave(person: &mut Person) -> Result<()> {
    let Some(room) = person.room().map(str::to_owned) else { return Ok(()) };
    person.change(|details| details.room = None)?;
    rooms::leave(&room, person.id())?;
    tell(person.id(), &format!("Left chat room \"{room}\""))?;
    rooms::say(&room, &format!("{} left room.", person.nickname()), person.id())
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
        _ => Err(format!("A {what} has 1 to {MAX_NAME} characters, and does not begin with /.")),
    }
}

/// Sends to one connection. A client that has left needs no answer.
fn tell(id: &str, text: &str) -> Result<()> {
    match goblet::send(id, text) {
        Ok(()) | Err(Error::Disconnected(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
