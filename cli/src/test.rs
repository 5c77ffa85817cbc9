//! `goblet test`: plays sessions with clients as tests.

mod arguments;
mod given;
mod junit;
mod local;
mod play;
mod record;
mod scripts;
mod upstream;

use std::{num::NonZero, path::Path, sync::Arc, thread, time::Instant};

use anyhow::{Context as _, bail};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use goblet_transcript::Target;
use tokio::{runtime::Builder, select};

pub use self::arguments::Arguments;
use self::{
    junit::Outcome,
    local::Local,
    play::{Server, Verdict},
    scripts::{Paths, Script},
    upstream::by_upstream,
};
use crate::{
    dev::{CLEAN_UP, Signals, Source, Temporary},
    exit::Exit,
    output, terminal,
};

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let unusable = |error| {
        terminal::tell_error(&error);
        Exit::Unusable
    };
    let plan = Plan::of(arguments).map_err(unusable)?;
    let _temporary = Temporary::claim()?;
    // Each transcript has what is served built for itself.
    terminal::tell_each_note_once();
    let server = plan.server().map_err(unusable)?;
    let runtime = Builder::new_current_thread().enable_all().build().context("cannot start a runtime")?;
    let done = match &arguments.record {
        Some(file) => runtime.block_on(record::run(&server, file, arguments.port)),
        None => runtime.block_on(plan.play(&server)),
    };
    server.cancel();
    runtime.shutdown_timeout(CLEAN_UP);
    done
}

/// What the arguments ask for.
struct Plan<'a> {
    arguments: &'a Arguments,
    served: Served,
    scripts: Vec<Script>,
}

/// What transcripts are played against.
enum Served {
    Here(Arc<Source>),
    At(Target),
}

impl Served {
    fn choose(arguments: &Arguments, paths: &Paths) -> anyhow::Result<Self> {
        if let Some(target) = arguments.target()? {
            return Ok(Self::At(by_upstream(target)?));
        }
        let handler = match (&paths.handler, arguments.serving_option()) {
            (Some(handler), _) => Some(handler.clone()),
            (None, Some(_)) => None,
            (None, None) => match paths.handler_beside() {
                Some(handler) => Some(handler.to_owned()),
                None => arguments.handler_of_environment()?,
            },
        };
        let source = Source::choose(handler.as_deref(), &arguments.api)?.context(
            "nothing to serve: give a handler (a project's folder, a source file, a .wasm or a .cwasm), a --template, a \
             --command, or the --url of an API that is deployed; see `goblet test --help`",
        )?;
        Ok(Self::Here(Arc::new(source)))
    }
}

impl<'a> Plan<'a> {
    /// Finds what is served, and reads the transcripts.
    fn of(arguments: &'a Arguments) -> anyhow::Result<Self> {
        let paths = Paths::sort(&arguments.paths)?;
        if let (Some(handler), Some(option)) = (&paths.handler, arguments.serving_option()) {
            bail!(
                "{} is no transcript, and {option} says already what is served: leave one of them out (transcripts end in \
                 .ws)",
                handler.display()
            );
        }
        if arguments.record.is_none() && arguments.given.has_port() {
            bail!("--port is for --record: nothing else listens on a port that you choose");
        }
        let served = Served::choose(arguments, &paths)?;
        let folder = match &served {
            Served::Here(source) => source.folder(),
            Served::At(_) => Path::new(""),
        };
        let scripts = match &arguments.record {
            Some(file) => {
                record::check(file, &paths)?;
                Vec::new()
            }
            None => paths.read(folder)?,
        };
        if let Some(report) = &arguments.junit {
            output::prepare(report).context("--junit")?;
        }
        Ok(Self { arguments, served, scripts })
    }

    fn server(&self) -> anyhow::Result<Server<'a>> {
        let Arguments { functions, api, .. } = self.arguments;
        Ok(match &self.served {
            Served::Here(source) => Server::Local(Local::new(Arc::clone(source), functions, api.stage.clone())?),
            Served::At(target) => Server::Remote(target.clone()),
        })
    }

    /// How many transcripts are played at the same time.
    fn jobs(&self) -> usize {
        match (self.arguments.jobs, &self.served) {
            (Some(jobs), _) => jobs.into(),
            (None, Served::Here(_)) => thread::available_parallelism().map_or(1, NonZero::get),
            // Its tables are there for all.
            (None, Served::At(_)) => 1,
        }
    }

    /// Plays the transcripts, and tells of each in their order.
    async fn play(&self, server: &Server<'_>) -> anyhow::Result<()> {
        let mut signals = Signals::catch()?;
        let start = Instant::now();
        let playing = self.scripts.iter().map(|script| server.play(script, self.arguments.timeout));
        let mut playing = stream::iter(playing).buffered(self.jobs());
        let mut verdicts = Vec::new();
        let ended = loop {
            select! {
                verdict = playing.try_next() => match verdict {
                    Ok(Some(verdict)) => {
                        self.tell(&verdict);
                        verdicts.push(verdict);
                    }
                    Ok(None) => break Ok(()),
                    Err(error) => break Err(error),
                },
                signal = signals.next() => break Err(Exit::Stopped(signal).into()),
            }
        };
        let error = ended.as_ref().err().filter(|error| !error.is::<Exit>());
        let failed = verdicts.iter().filter(|verdict| verdict.failed.is_some()).count();
        if error.is_none() {
            let not_played = self.scripts.len() - verdicts.len();
            terminal::print_tally(verdicts.len() - failed, failed, not_played, start.elapsed());
        }
        if let Some(file) = &self.arguments.junit {
            let outcome = Outcome { verdicts: &verdicts, error, scripts: &self.scripts, duration: start.elapsed() };
            outcome.write(file)?;
        }
        match failed {
            0 => ended,
            _ => ended.and(Err(Exit::Failed.into())),
        }
    }

    fn tell(&self, verdict: &Verdict<'_>) {
        match &verdict.failed {
            Some(failed) => terminal::print_failed(&verdict.place(), verdict.duration, &failed.shown()),
            None if self.arguments.quiet => {}
            None => terminal::print_passed(&verdict.place(), verdict.duration),
        }
    }
}
