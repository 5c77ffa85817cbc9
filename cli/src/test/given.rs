//! Which options are on the command line.

use clap::{ArgMatches, Args, Command, Error, FromArgMatches, parser::ValueSource};

/// The options that say what is served, by their ids, and those that say how.
const SERVING: [&str; 3] = ["template", "built", "command"];
const LOCAL: [&str; 15] = [
    "template",
    "built",
    "command",
    "parameter_overrides",
    "api",
    "routes",
    "stage",
    "env",
    "env_file",
    "memory",
    "log_level",
    "region",
    "bootstrap",
    "concurrency",
    "cold",
];

/// The options of the command line that only make sense for what is served here. Variables of the environment, which may be
/// set for `goblet dev`, do not count: the command line comes before them.
pub struct Given(Vec<&'static str>);

impl Given {
    /// One that says what is served, such as `--template`.
    pub fn serving(&self) -> Option<String> {
        self.0.iter().find(|id| SERVING.contains(id)).map(|id| option(id))
    }

    /// One that says what is served, or how.
    pub fn local(&self) -> Option<String> {
        self.0.first().map(|id| option(id))
    }
}

fn option(id: &str) -> String {
    format!("--{}", id.replace('_', "-"))
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let is_given = |id: &&str| matches.value_source(id) == Some(ValueSource::CommandLine);
        Ok(Self(LOCAL.into_iter().filter(is_given).collect()))
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
