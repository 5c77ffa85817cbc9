//! The arguments of `goblet test`.

use std::{env, path::PathBuf, time::Duration};

use anyhow::bail;
use clap::Args;
use goblet_transcript::Target;

use super::given::Given;
use crate::dev::{ApiArguments, FunctionArguments, unless_empty};

const EXAMPLES: &str = "\
Examples:
  goblet test                              tests/*.ws against the template.yaml in this folder
  goblet test guest/echo                   guest/echo/tests/*.ws against the handler in this folder
  goblet test app.py                       the tests/*.ws beside it, against a handler in Python
  goblet test session.ws app.py            one transcript
  goblet test --command 'python3 -m awslambdaric app.handler' --env TABLE=chat
  goblet test --url wss://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod
  goblet test --record tests/join.ws       serve, and write down what clients do and see
  goblet test --junit results.xml          a report for CI

A transcript is what wsdump shows, or the same with several clients:
  > foo
  < foo
  alice> /join lobby
  alice< /^Joined/
  alice: close 1000";

/// Plays sessions with clients as tests: what they send, and what they are to get
///
/// A transcript (.ws) is a session as text. `> foo` sends foo, `< foo` expects it, and `alice> foo` does so as a client
/// named alice. What was pasted from wsdump is a transcript. The grammar:
/// <https://github.com/goblet-rs/goblet/blob/main/docs/transcripts.md>
///
/// Paths that end in .ws, and folders with such files, are transcripts; any other path is the handler. A folder
/// that has both is both. Without transcripts, those in the folder tests beside the handler or the template are played.
///
/// The API is served as `goblet dev` serves it: a handler, a template (--template) or a program (--command). Each
/// transcript has a gateway and empty tables of its own, and several are played at the same time. With --url, they are
/// played against an API that is deployed, or against a running `goblet dev`: one after the other, unless --jobs says
/// more, because they share its tables.
///
/// A message that differs fails its transcript, and so does one that does not come in time, or one that nobody expects.
/// Then the difference is shown, and what the function printed meanwhile. The exit code is 0 if all pass, 1 if one fails
/// or what is named cannot be served, and 2 if the arguments are wrong, there is nothing to serve, or a transcript cannot
/// be read. If a signal stops it, the code is 128 plus the signal's number: 130 for Ctrl-C, 143 for SIGTERM.
#[derive(Args)]
#[command(after_help = EXAMPLES, mut_args = unless_empty)]
pub struct Arguments {
    // First: the fields after it take their values out of the matches.
    #[command(flatten)]
    pub given: Given,
    /// Transcripts (.ws), or folders with them; and the handler, as `goblet dev` takes it. If none is named, it is the one
    /// that the variable `GOBLET_HANDLER` names
    #[arg(value_name = "FILES|HANDLER")]
    pub paths: Vec<PathBuf>,
    #[command(flatten)]
    pub api: ApiArguments,
    /// Play against the API at this URL, and serve nothing. Your own HTTP proxy (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) is used
    /// for wss
    #[arg(long)]
    pub url: Option<String>,
    #[command(flatten)]
    pub functions: FunctionArguments,
    /// How long each step may take, e.g. until a message comes
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub timeout: Duration,
    /// How many transcripts are played at the same time [default: as many as there are processors; 1 with --url]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Show failures and the last line only
    #[arg(short, long)]
    pub quiet: bool,
    /// Write a report in JUnit's format, too
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Serve, and write what clients do and see to this file (.ws), until Ctrl-C. With --url, clients reach that API
    #[arg(long, value_name = "FILE", conflicts_with_all = ["jobs", "junit", "quiet"])]
    pub record: Option<PathBuf>,
    /// The port that --record listens on; 0 chooses a free one
    #[arg(long, default_value_t = 3001, env = "GOBLET_PORT")]
    pub port: u16,
}

/// The variable that names a handler, as it does for `goblet dev`. Here a handler is one of several paths, which clap cannot
/// read from it.
const HANDLER: &str = "GOBLET_HANDLER";

impl Arguments {
    /// The option that says what is served, if one does.
    pub fn serving_option(&self) -> Option<String> {
        self.url.as_ref().map(|_| "--url".to_owned()).or_else(|| self.given.serving())
    }

    /// The handler that the environment names.
    pub fn handler_of_environment(&self) -> anyhow::Result<Option<PathBuf>> {
        let handler = env::var_os(HANDLER).filter(|handler| !handler.is_empty());
        let Some(handler) = handler.map(PathBuf::from) else { return Ok(None) };
        if self.api.says_what_is_served() {
            bail!(
                "{HANDLER} and another variable (GOBLET_TEMPLATE, GOBLET_BUILT or GOBLET_COMMAND) both say what is served: \
                 unset one of them"
            );
        }
        if !handler.exists() {
            bail!("{HANDLER}: there is no {}: name the handler as it is from this folder", handler.display());
        }
        Ok(Some(handler))
    }

    /// The API that is not served here.
    pub fn target(&self) -> anyhow::Result<Option<Target>> {
        let Some(url) = &self.url else { return Ok(None) };
        if let Some(option) = self.given.local() {
            bail!("--url cannot be used with {option}: nothing is served here. Leave one of them out");
        }
        let target = url.parse::<Target>();
        target.map(Some).map_err(|error| anyhow::anyhow!("--url {url:?} is no URL of a WebSocket API: {error}"))
    }
}

/// Reads a number of seconds, such as 5 or 0.5.
fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|seconds| !seconds.is_zero()).ok_or("write a number of seconds, such as 5 or 0.5")
}
