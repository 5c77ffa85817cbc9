//! The arguments that say how functions run.

use std::{env, path::PathBuf, time::Duration};

use clap::Args;
use goblet_gateway::{Region, lambda::DEFAULT_CONCURRENCY};

use super::overrides::{Overrides, Variables};

/// Lambda's: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>.
const LOG_LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

/// How functions run, whatever their template says.
#[derive(Args)]
pub struct FunctionArguments {
    /// Set an environment variable of all functions; repeat the option for more. NAME alone passes on your own value
    #[arg(long, value_name = "NAME[=VALUE]", env = "GOBLET_ENV", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Set environment variables of functions, from a file of NAME=VALUE lines (.env), or from the JSON of SAM's
    /// --env-vars, whose keys are functions' logical ids, or `Parameters` for all functions; repeat the option for more.
    /// --env comes before it
    #[arg(long, value_name = "FILE", env = "GOBLET_ENV_FILE")]
    env_file: Vec<PathBuf>,
    /// The memory of functions: 128 to 10240. It limits handlers; other programs are only told
    #[arg(
        long,
        value_name = "MB",
        env = "GOBLET_MEMORY",
        value_parser = clap::value_parser!(u32).range(128..=10_240)
    )]
    memory: Option<u32>,
    /// What functions log: records of this level and above [default: info]
    #[arg(long, value_name = "LEVEL", env = "GOBLET_LOG_LEVEL", ignore_case = true, value_parser = LOG_LEVELS)]
    log_level: Option<String>,
    /// The region that functions, tables and the API are in [default: `AWS_REGION` or `AWS_DEFAULT_REGION` of your
    /// environment, or us-east-1]
    #[arg(long, env = "GOBLET_REGION")]
    pub region: Option<Region>,
    /// Run handlers with this program, e.g. the `bootstrap` that is deployed [default: goblet itself]
    #[arg(long, value_name = "FILE", env = "GOBLET_BOOTSTRAP")]
    pub bootstrap: Option<PathBuf>,
    /// How many events each function may handle at the same time; further ones are throttled, as on AWS
    #[arg(long, value_name = "NUMBER", default_value_t = DEFAULT_CONCURRENCY, env = "GOBLET_CONCURRENCY")]
    pub concurrency: usize,
    /// Start a new process for each event, so that every start is a cold one
    #[arg(long, env = "GOBLET_COLD")]
    pub cold: bool,
}

impl FunctionArguments {
    /// What is set for all functions, before what their template says, with how long their events may take.
    pub fn overrides(&self, timeout: Option<Duration>) -> anyhow::Result<Overrides> {
        let mut variables = Variables::default();
        for file in &self.env_file {
            variables.read(file)?;
        }
        variables.given.extend(self.env.iter().cloned());
        if let Some(level) = &self.log_level {
            variables.given.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.to_ascii_uppercase());
        }
        Ok(Overrides { variables, timeout, memory_size: self.memory })
    }
}

/// Reads `NAME=VALUE`, or `NAME`, whose value is the developer's own.
fn variable(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
    if name.is_empty() {
        return Err("write NAME=VALUE, or NAME for a variable of your own environment".to_owned());
    }
    let value = value.or_else(|| env::var(name).ok());
    let value = value.ok_or_else(|| format!("{name} is not set in your environment: set it, or write {name}=VALUE"))?;
    Ok((name.to_owned(), value))
}
