//! Starts each function once before it is served: one that cannot start is told of before its first event.

use std::{io, num::NonZero, sync::Arc, thread};

use futures_util::{StreamExt as _, stream};
use goblet_gateway::{
    api::Integration,
    lambda::{Function, InvokeError},
};

use super::runtime::Help;
use crate::terminal::{self, Progress};

/// A function that is to be started.
pub struct Start {
    /// What describes it: `Resources.Fn`, or an option.
    pub place: String,
    /// What is known of its language.
    pub help: Option<Help>,
    pub function: Arc<Function>,
}

/// Functions that do not start, and why.
#[derive(Default)]
pub struct Failures(Vec<(Arc<Function>, String)>);

impl Failures {
    /// Why an integration cannot answer.
    pub fn of<'a>(&'a self, integration: &'a Integration) -> Option<&'a str> {
        match integration {
            Integration::Unserved(reason) => Some(reason),
            other => {
                let function = other.function()?;
                self.0.iter().find(|(failed, _)| Arc::ptr_eq(failed, function)).map(|(_, reason)| reason.as_str())
            }
        }
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<Function>, &str)> {
        self.0.iter().map(|(function, reason)| (function, reason.as_str()))
    }
}

/// Starts functions side by side, and waits until each is ready for its first event or has failed.
pub async fn all(starts: &[Start]) -> Failures {
    let what = match starts {
        [start] => format!("starting {}", start.place),
        starts => format!("starting {} functions", starts.len()),
    };
    let _progress = Progress::of(&what);
    // To start is to compute and to read files, by turns.
    let at_once = 2 * thread::available_parallelism().map_or(1, NonZero::get);
    let started = stream::iter(starts.iter().enumerate())
        .map(|(index, start)| async move { start.run().await.map(|why| (index, Arc::clone(&start.function), why)) });
    // A slow one must not hold up those that come after it.
    let mut failed: Vec<_> = started.buffer_unordered(at_once).filter_map(async |failed| failed).collect().await;
    // In the order of the template, whichever failed first.
    failed.sort_by_key(|(index, ..)| *index);
    Failures(failed.into_iter().map(|(_, function, why)| (function, why)).collect())
}

impl Start {
    /// Starts it, and returns why it cannot.
    async fn run(&self) -> Option<String> {
        let error = self.function.warm_up().await.err()?;
        if let InvokeError::TimedOut(time) = error {
            // As on Lambda, where the first event starts it once more:
            // <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>.
            terminal::note(&format!(
                "{}: the function did not ask for an event within {} s, Lambda's limit for a start: it is started again for \
                 its first event",
                self.place,
                time.as_secs()
            ));
            return None;
        }
        Some(format!("{}: {}", self.place, self.reason(&error)))
    }

    fn reason(&self, error: &InvokeError) -> String {
        match error {
            InvokeError::Function { error_type, error_message } => {
                let explained = self.help.as_ref().and_then(|help| help.explain(error_type, error_message));
                explained.unwrap_or_else(|| {
                    let message = error_message.lines().next().unwrap_or_default();
                    format!("the function does not start: {error_type}: {message}")
                })
            }
            InvokeError::Exited(status) => {
                format!("the function's program ended before it asked Lambda's Runtime API for an event ({status})")
            }
            InvokeError::NotStarted { program, error } => match error.kind() {
                io::ErrorKind::NotFound if !program.contains('/') => {
                    format!("there is no program {program} in PATH: install it, or correct the --command")
                }
                io::ErrorKind::PermissionDenied => {
                    format!("{program} may not be run: make it executable with `chmod +x`")
                }
                _ => format!("cannot start {program}: {error}"),
            },
            other => format!("the function does not start: {other}"),
        }
    }
}
