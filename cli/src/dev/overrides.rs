//! What the command line sets for functions, whatever their template says.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use anyhow::{Context as _, bail};
use goblet_gateway::lambda::FunctionConfig;
use serde_json::Value;

use crate::terminal;

/// The key of SAM's file that stands for all functions:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-invoke.html>.
const ALL_FUNCTIONS: &str = "Parameters";

/// What is set for functions.
#[derive(Debug, Default)]
pub struct Overrides {
    pub variables: Variables,
    pub timeout: Option<Duration>,
    /// In MB.
    pub memory_size: Option<u32>,
}

/// Environment variables.
#[derive(Debug, Default)]
pub struct Variables {
    /// For all functions.
    pub for_all: BTreeMap<String, String>,
    /// For one function, by its logical id. These come before those for all.
    pub for_one: BTreeMap<String, BTreeMap<String, String>>,
    /// For all functions, by `--env`. These come before those of files.
    pub given: BTreeMap<String, String>,
}

impl Overrides {
    /// The configuration of the function with a logical id.
    pub fn apply(&self, config: FunctionConfig, id: &str) -> FunctionConfig {
        let mut variables = config.variables;
        self.variables.set(&mut variables, id);
        FunctionConfig {
            variables,
            timeout: self.timeout.unwrap_or(config.timeout),
            memory_size: self.memory_size.unwrap_or(config.memory_size),
            ..config
        }
    }

    /// Tells of variables for functions that are not there.
    pub fn note_unknown(&self, is_known: impl Fn(&str) -> bool) {
        for id in self.variables.for_one.keys().filter(|id| !is_known(id)) {
            terminal::note(&format!(
                "--env-file sets variables of {id}, but there is no function with this logical id: they are not used"
            ));
        }
    }
}

impl Variables {
    /// Sets those of the function with a logical id.
    pub fn set(&self, variables: &mut BTreeMap<String, String>, id: &str) {
        let Self { for_all, for_one, given } = self;
        for more in [Some(for_all), for_one.get(id), Some(given)].into_iter().flatten() {
            variables.extend(more.clone());
        }
    }

    /// Reads a file of lines `NAME=VALUE`, or SAM's JSON.
    pub fn read(&mut self, file: &Path) -> anyhow::Result<()> {
        let text = fs::read_to_string(file).with_context(|| format!("cannot read --env-file {}", file.display()))?;
        let read = if text.trim_start().starts_with('{') { self.read_json(&text) } else { self.read_lines(&text) };
        read.with_context(|| format!("cannot read --env-file {}", file.display()))
    }

    fn read_lines(&mut self, text: &str) -> anyhow::Result<()> {
        for variable in dotenvy::from_read_iter(text.as_bytes()) {
            let (name, value) = variable?;
            self.for_all.insert(name, value);
        }
        Ok(())
    }

    fn read_json(&mut self, text: &str) -> anyhow::Result<()> {
        let functions: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_str(text)
            .context("write {\"FUNCTION\": {\"NAME\": \"VALUE\"}}, with `Parameters` for all functions")?;
        for (function, values) in functions {
            let variables = match function.as_str() {
                ALL_FUNCTIONS => &mut self.for_all,
                _ => self.for_one.entry(function.clone()).or_default(),
            };
            for (name, value) in values {
                let value = match value {
                    Value::String(text) => text,
                    Value::Number(_) | Value::Bool(_) => value.to_string(),
                    _ => bail!("{function}.{name} is neither a text nor a number"),
                };
                variables.insert(name, value);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn read(text: &str) -> anyhow::Result<Variables> {
        let mut file = tempfile::NamedTempFile::new()?;
        file.write_all(text.as_bytes())?;
        let mut variables = Variables::default();
        variables.read(file.path())?;
        Ok(variables)
    }

    #[test]
    fn lines_are_read_as_dotenv_files_are() {
        let variables = read("# comment\nA=1\nexport B=\"two words\"\nC='$A'\nD=$A\n").expect("variables").for_all;
        let value = |name: &str| variables[name].as_str();
        assert_eq!([value("A"), value("B"), value("C"), value("D")], ["1", "two words", "$A", "1"]);
        assert!(read("A B\n").is_err());
    }

    #[test]
    fn sams_json_has_variables_for_one_function_and_for_all() {
        let variables = read(r#"{"Chat": {"A": "1", "N": 2}, "Parameters": {"B": true}}"#).expect("variables");
        assert_eq!(variables.for_all, BTreeMap::from([("B".to_owned(), "true".to_owned())]));
        assert_eq!(variables.for_one["Chat"]["N"], "2");
        for text in [r#"{"Chat": "1"}"#, r#"{"Chat": {"A": null}}"#, "{"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
