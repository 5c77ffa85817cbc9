//! A handler that does what each event tells it, however bad.
//!
//! A message is a command and its argument, with a space between: see [`command`]. What a command finds out is the
//! payload that it returns.
//!
//! It uses the generated bindings, without the crate `goblet`: this shows that the crate is optional.

#![allow(missing_docs, unsafe_code, clippy::pedantic, clippy::unwrap_used)]

wit_bindgen::generate!({ world: "handler", path: "../../../wit" });

use std::{
    env, fs,
    hint::black_box,
    process,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use exports::goblet::websocket::{
    on_connect::{self, Answer, ConnectEvent},
    on_disconnect::{self, DisconnectEvent},
    on_message::{self, MessageEvent, Payload},
};
use goblet::websocket::connections::{self, Error};

/// Would not be 0 at the start of an event, if anything were left of the one before.
static COUNT: AtomicU32 = AtomicU32::new(0);

const FOREVER: Duration = Duration::from_secs(3600);
const MEGABYTE: usize = 1 << 20;

struct Puppet;

impl on_connect::Guest for Puppet {
    /// Does what the query string's parameters tell.
    fn on_ws_connect(event: ConnectEvent) -> Result<Answer, String> {
        let first = |name: &str| event.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        if let Some(status) = first("reject") {
            return Ok(Answer::Reject(status.parse().unwrap()));
        }
        if let Some(text) = first("fail") {
            return Err(text);
        }
        if first("tell").is_some() {
            return Ok(Answer::Accept(Some(format!("{:?} {:?}", event.headers, event.query))));
        }
        Ok(Answer::Accept(first("subprotocol")))
    }
}

impl on_message::Guest for Puppet {
    fn on_ws_message(event: MessageEvent) -> Result<Option<Payload>, String> {
        let text = match &event.body {
            Payload::Text(text) => text,
            Payload::Binary(_) => return Ok(Some(event.body)),
        };
        let (name, argument) = text.split_once(' ').unwrap_or((text, ""));
        command(name, argument, &event)
    }
}

impl on_disconnect::Guest for Puppet {
    /// Tells a connection with the id `observer`.
    fn on_ws_disconnect(event: DisconnectEvent) -> Result<(), String> {
        let text = format!("{} {:?}", event.status_code, event.reason);
        connections::send("observer", &Payload::Text(text)).map_err(|error| error.to_string())
    }
}

export!(Puppet);

fn command(name: &str, argument: &str, event: &MessageEvent) -> Result<Option<Payload>, String> {
    let text = match name {
        // Good ones.
        "echo" => result(connections::send(&event.request.connection_id, &Payload::Text(argument.to_owned()))),
        "send" => result(connections::send(argument, &event.body)),
        "send-bytes" => result(connections::send(&event.request.connection_id, &Payload::Text(bytes(argument)))),
        "send-all" => send_all(argument.split_terminator(',').map(ToOwned::to_owned).collect()),
        "send-many" => send_all((0..number(argument)).map(|index| format!("c{index}")).collect()),
        "close" => result(connections::close(argument)),
        "describe" => result(connections::describe(argument).map(|connection| format!("{connection:?}"))),
        "return" => argument.to_owned(),
        "return-bytes" => bytes(argument),
        "request" => format!("{:?}", event.request),
        "environment" => format!("{:?}", env::vars().collect::<Vec<_>>()),
        "print" => {
            println!("{argument}");
            eprintln!("{argument}");
            return Ok(None);
        }
        // Bad ones.
        "fail" => return Err(argument.to_owned()),
        "fail-bytes" => return Err(bytes(argument)),
        "count" => COUNT.fetch_add(1, Ordering::Relaxed).to_string(),
        "loop" => loop {
            black_box(());
        },
        "sleep" => {
            thread::sleep(FOREVER);
            "woke".to_owned()
        }
        "print-lines" => {
            (0..number(argument)).for_each(|line| println!("line {line}"));
            return Ok(None);
        }
        "print-line-of" => {
            println!("{}", bytes(argument));
            return Ok(None);
        }
        "print-on" => loop {
            println!("and on");
        },
        "grow" => {
            let mut memory = Vec::new();
            loop {
                memory.push(black_box(vec![1_u8; MEGABYTE]));
            }
        }
        "grow-with-care" => {
            let mut memory: Vec<Vec<u8>> = Vec::new();
            loop {
                let mut more = Vec::new();
                if more.try_reserve_exact(MEGABYTE).is_err() {
                    break memory.len().to_string();
                }
                memory.push(more);
            }
        }
        "panic" => panic!("{argument}"),
        "unreachable" => unreachable(),
        "overflow" => overflow(1).to_string(),
        "exit" => process::exit(argument.parse().unwrap()),
        "files" => format!("{:?} {:?}", fs::read_dir("/").map(drop), fs::read("/proc/self/environ")),
        "random" => wasip2::random::random::get_random_bytes(number(argument) as u64).len().to_string(),
        "pollables" => {
            let pollables = (0..number(argument)).map(|_| wasip2::clocks::monotonic_clock::subscribe_duration(0));
            pollables.collect::<Vec<_>>().len().to_string()
        }
        _ => return Err(format!("no command {name:?}")),
    };
    Ok(Some(Payload::Text(text)))
}

/// One result for each id, with commas between.
fn send_all(ids: Vec<String>) -> String {
    let results = connections::send_all(&ids, &Payload::Text("to all".to_owned()));
    results.into_iter().map(result).collect::<Vec<_>>().join(",")
}

fn result<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("{error:?}"),
    }
}

fn number(argument: &str) -> usize {
    argument.parse().unwrap()
}

fn bytes(argument: &str) -> String {
    "x".repeat(number(argument))
}

/// Not `core::arch`'s: the crate is also built for the machine that builds it.
fn unreachable() -> ! {
    #[cfg(target_family = "wasm")]
    core::arch::wasm32::unreachable();
    #[cfg(not(target_family = "wasm"))]
    unreachable!();
}

#[allow(unconditional_recursion)]
fn overflow(depth: u64) -> u64 {
    black_box(overflow(black_box(depth + 1))) + 1
}
