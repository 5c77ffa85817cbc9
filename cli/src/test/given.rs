//! Which options are on the command line.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, parser::ValueSource};

use crate::dev::{ApiArguments, FunctionArguments};

/// The options that say what is served, by their ids.
const SERVING: [&str; 3] = ["template", "built", "command"];

/// Which options are on the command line. Variables of the environment, which may be set for `goblet dev`, do not count: the
/// command line comes before them.
pub struct Given {
    /// Those that only make sense for what is served here, by their ids.
    local: Vec<String>,
    has_port: bool,
}

impl Given {
    /// One that says what is served, such as `--template`.
    pub fn serving(&self) -> Option<String> {
        self.local.iter().find(|id| SERVING.contains(&id.as_str())).map(|id| option(id))
    }

    /// One that says what is served, or how.
    pub fn local(&self) -> Option<String> {
        self.local.first().map(|id| option(id))
    }

    /// Whether there is a `--port`.
    pub fn has_port(&self) -> bool {
        self.has_port
    }
}

fn option(id: &str) -> String {
    format!("--{}", id.replace('_', "-"))
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let local = FunctionArguments::augment_args(ApiArguments::augment_args(Command::default()));
        let ids = local.get_arguments().map(|argument| argument.get_id().as_str());
        let is_given = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        Ok(Self { local: ids.filter(is_given).map(ToOwned::to_owned).collect(), has_port: is_given(&"port") })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// It looks at the others' options, and has none of its own.
impl Args for Given {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
