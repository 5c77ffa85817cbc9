//! `goblet test --record`: writes a transcript of what clients do and see.

use std::{net::TcpListener, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use goblet_gateway::activity::Observer;
use goblet_transcript::{Action, Recorder, Recording, Transcript};
use tokio::select;

use super::{play::Server, scripts::Paths};
use crate::{
    dev::Signals,
    output,
    terminal::{self, Printer},
};

/// How long the last lines may take: nobody may be reading them.
const LAST_LINES: Duration = Duration::from_millis(300);

/// The first line of a file.
const HEADING: &str = "\
# Recorded with `goblet test --record`. Write /REGEX/, or ... in JSON, for what differs each time, such as an id.
";

/// Headers that may be secrets.
const SECRETS: [&str; 2] = ["authorization", "cookie"];

/// Refuses to write over a file, and to play transcripts besides. Makes the file's folder.
pub fn check(file: &Path, paths: &Paths) -> anyhow::Result<()> {
    if let Some(transcript) = paths.transcripts.first() {
        bail!("--record plays no transcript: leave {} out", transcript.display());
    }
    if file.extension().is_none_or(|extension| extension != "ws") {
        bail!("--record {}: the names of transcripts end in .ws", file.display());
    }
    if file.exists() {
        bail!("--record {}: the file is there already: choose another name, or remove it", file.display());
    }
    output::prepare(file).context("--record")
}

/// Serves until a signal comes, and writes the file.
pub async fn run(against: &Server<'_>, file: &Path, port: u16) -> anyhow::Result<()> {
    let mut signals = Signals::catch()?;
    let listener = TcpListener::bind(("127.0.0.1", port)).with_context(|| {
        format!("cannot listen on 127.0.0.1:{port} (choose another port with --port, or a free one with --port 0)")
    })?;
    listener.set_nonblocking(true)?;
    let (target, running, activities) = match against {
        Server::Remote(target) => (target.clone(), None, Observer::channel().1),
        Server::Local(local) => select! {
            served = local.serve() => {
                let (running, activities) = served?;
                (running.target()?, Some(running), activities)
            }
            _ = signals.next() => {
                local.cancel();
                bail!("stopped before a client could connect: {} is not written", file.display());
            }
        },
    };
    let first = [
        format!("Listening on ws://{}{}", listener.local_addr()?, target.path_and_query()),
        format!("Recording to {}: Ctrl-C ends it", file.display()),
    ];
    let recording = Recording::default();
    let recorder = Recorder::new(target, recording.clone(), terminal::note);
    let recorder = recorder.serve(tokio::net::TcpListener::from_std(listener)?);
    let printer = Printer::start(first, activities).context("cannot start a thread that prints")?;
    select! {
        () = recorder => {}
        _ = signals.next() => {}
    }
    let transcript = recording.transcript();
    if let Some(running) = running {
        running.shut_down().await;
    }
    printer.finish(LAST_LINES);
    write(file, &transcript)
}

fn write(file: &Path, transcript: &Transcript) -> anyhow::Result<()> {
    if transcript.steps().is_empty() {
        bail!("no client has connected: {} is not written", file.display());
    }
    for step in transcript.steps() {
        let Action::Connect(connect) = &step.action else { continue };
        for (name, _) in connect.headers.iter().filter(|(name, _)| SECRETS.contains(&name.as_str())) {
            terminal::note(&format!(
                "{} has the header {name} of {}: do not share the file if that is a secret",
                file.display(),
                step.client
            ));
        }
    }
    let text = format!("{HEADING}{transcript}");
    output::write_private(file, text.as_bytes()).inspect_err(|_| terminal::print_lines(&text))
}
