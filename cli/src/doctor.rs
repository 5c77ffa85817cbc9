//! What is there on this machine, what is missing, and what to do then.

mod deploying;
mod finding;

use anyhow::bail;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use self::finding::{Finding, Status};
use crate::{choice::name_of, terminal};

const EXAMPLES: &str = "\
Examples:
  goblet doctor                 everything
  goblet doctor python deploy   what handlers in Python need, and what deploying needs
  goblet doctor --json rust     for a program";

/// Tells what is there on this machine, what is missing, and what to do then
///
/// Each language needs its own tools, and only those. `ok` is there, in a version that is known to work. `later` is
/// installed by the first build, which then needs the network, or can be done without. `missing` comes with the next step,
/// and makes the exit code 1.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// What you want to do [default: all of it]
    #[arg(value_name = "WHAT")]
    topics: Vec<Topic>,
    /// Print JSON: for each topic a list of objects with name, status (ok, later or missing), text and versions
    #[arg(long)]
    json: bool,
}

/// What somebody wants to do: write handlers in a language, or deploy them.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Topic {
    Rust,
    Python,
    /// TypeScript, too
    #[value(alias = "typescript", alias = "js", alias = "ts")]
    Javascript,
    Deploy,
}

impl Topic {
    fn findings(self, languages: &[goblet_build::Requirements]) -> Vec<Finding> {
        if self == Self::Deploy {
            return deploying::findings();
        }
        let name = name_of(&self);
        let language = languages.iter().filter(|language| language.language == name);
        language.flat_map(|language| &language.requirements).map(Finding::of).collect()
    }
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let topics = if arguments.topics.is_empty() { Topic::value_variants() } else { &arguments.topics };
    let languages = goblet_build::requirements();
    let reports: Vec<(String, Vec<Finding>)> =
        topics.iter().map(|topic| (name_of(topic), topic.findings(&languages))).collect();
    if arguments.json {
        let reports = reports.iter().map(|(name, findings)| (name.clone(), findings.iter().map(to_json).collect()));
        terminal::print(&Value::Object(reports.collect::<Map<_, _>>()).to_string());
    } else {
        for (name, findings) in &reports {
            print(name, findings);
        }
    }
    let is_missing = |finding: &&Finding| finding.status == Status::Missing;
    let missing: Vec<&str> =
        reports.iter().flat_map(|(_, findings)| findings).filter(is_missing).map(|finding| finding.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    bail!("missing: {}", missing.join(", "))
}

fn print(topic: &str, findings: &[Finding]) {
    terminal::print(topic);
    let width = findings.iter().map(|finding| finding.title().chars().count()).max().unwrap_or_default();
    for finding in findings {
        let rest = format!("{:width$}  {}", finding.title(), finding.text);
        match finding.status {
            Status::Ok => terminal::print_ok(&rest),
            Status::Later => terminal::print_later(&rest),
            Status::Missing => terminal::print_missing(&rest),
        }
    }
}

fn to_json(finding: &Finding) -> Value {
    let Finding { name, versions, status, text } = finding;
    json!({"name": name, "versions": versions, "status": status.name(), "text": text})
}
