//! The arguments that say which API is served.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use goblet_gateway::api::{CONNECT, DEFAULT, DISCONNECT};

/// Which API is served, if it is not that of a handler.
#[derive(Args)]
pub struct ApiArguments {
    /// Serve the WebSocket API that a SAM or CloudFormation template describes
    #[arg(long, value_name = "FILE", env = "GOBLET_TEMPLATE")]
    pub template: Option<PathBuf>,
    /// Values for the template's parameters, with spaces between them
    #[arg(
        long,
        value_name = "NAME=VALUE",
        num_args = 1..,
        env = "GOBLET_PARAMETER_OVERRIDES",
        value_parser = parameter_overrides
    )]
    parameter_overrides: Vec<ParameterOverrides>,
    /// The WebSocket API to serve, by its logical id, if the template has several
    #[arg(long, value_name = "LOGICAL_ID", env = "GOBLET_API")]
    pub api: Option<String>,
    /// Serve what `sam build` has built in this folder: the same host and handlers that would be deployed
    #[arg(long, env = "GOBLET_BUILT", conflicts_with_all = ["template", "bootstrap"])]
    pub built: bool,
    /// Start functions with this program, which speaks Lambda's Runtime API. With a template it is used for every
    /// function that is not a handler. FUNCTION=COMMAND sets it for one function, by logical id; repeat the option for
    /// more. {handler} is replaced by the function's Handler
    #[arg(long, value_name = "COMMAND", env = "GOBLET_COMMAND")]
    pub command: Vec<String>,
    /// The routes that go to the program of --command, with commas between them. No template is served then, not even the
    /// one in this folder [default: $connect,$default,$disconnect]
    #[arg(
        long,
        value_name = "ROUTE_KEYS",
        value_delimiter = ',',
        env = "GOBLET_ROUTES",
        requires = "command",
        conflicts_with_all = ["template", "built"],
        value_parser = route_key
    )]
    pub routes: Vec<String>,
    /// The stage, which is the path that clients connect to. If a template's API has several stages, it is one of them
    /// [default: the template's, or api]
    #[arg(long, env = "GOBLET_STAGE", value_parser = stage)]
    pub stage: Option<String>,
}

impl ApiArguments {
    /// Whether they, or the variables for them, say what is served.
    pub fn says_what_is_served(&self) -> bool {
        self.template.is_some() || self.built || !self.command.is_empty()
    }

    /// Values for the template's parameters, by name.
    pub fn parameter_overrides(&self) -> BTreeMap<String, String> {
        self.parameter_overrides.iter().flat_map(|overrides| overrides.0.iter().cloned()).collect()
    }
}

/// Whether a text may be the name of a resource or a parameter of a template:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html>.
fn is_logical_id(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|character| character.is_ascii_alphanumeric())
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-stages.html> allows these.
fn stage(stage: &str) -> Result<String, &'static str> {
    let is_valid = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '-';
    match stage {
        stage if !stage.is_empty() && stage.len() <= 128 && stage.chars().all(is_valid) => Ok(stage.to_owned()),
        _ => Err("a stage's name is 1 to 128 letters, digits, - and _"),
    }
}

/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html>.
fn route_key(route_key: &str) -> Result<String, String> {
    let has_own_meaning = [CONNECT, DEFAULT, DISCONNECT].contains(&format!("${}", route_key.trim()).as_str());
    match route_key.trim() {
        "" => {
            Err("a route key is $connect, $default, $disconnect, or the text that a message selects. Put it between \
                   single quotes, or the shell takes $connect for a variable of its own"
                .to_owned())
        }
        key if has_own_meaning => Err(format!("write '${key}', with the $ and between single quotes")),
        CONNECT | DEFAULT | DISCONNECT => Ok(route_key.trim().to_owned()),
        key if key.starts_with('$') => {
            Err("no message selects a route key with a $ but $connect, $default and $disconnect".to_owned())
        }
        key => Ok(key.to_owned()),
    }
}

/// One argument, or the variable: several overrides, as SAM takes them.
#[derive(Clone, Debug, PartialEq)]
struct ParameterOverrides(Vec<(String, String)>);

/// Reads `NAME=VALUE NAME=VALUE`. A word without a name and `=` continues the value before it: `Greeting=hello world`.
fn parameter_overrides(text: &str) -> Result<ParameterOverrides, &'static str> {
    let mut overrides: Vec<(String, String)> = Vec::new();
    for word in text.split_inclusive(char::is_whitespace) {
        match (word.split_once('='), overrides.last_mut()) {
            (Some((name, value)), _) if is_logical_id(name) => overrides.push((name.to_owned(), value.to_owned())),
            (_, Some((_, value))) => value.push_str(word),
            (_, None) if word.trim().is_empty() => {}
            (_, None) => return Err("write NAME=VALUE; a name has letters and digits"),
        }
    }
    for (_, value) in &mut overrides {
        value.truncate(value.trim_end().len());
    }
    Ok(ParameterOverrides(overrides))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_separated_by_spaces() {
        let read = |text| parameter_overrides(text).map(|overrides| overrides.0);
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(read("Stage=test"), Ok(vec![pair("Stage", "test")]));
        assert_eq!(read(" Stage=test  Table=a=b "), Ok(vec![pair("Stage", "test"), pair("Table", "a=b")]));
        assert_eq!(read("Text=hello  there x-y=z B="), Ok(vec![pair("Text", "hello  there x-y=z"), pair("B", "")]));
        assert_eq!(read(""), Ok(Vec::new()));
        assert!(read("Stage").is_err());
        assert!(read("=test").is_err());
    }
}
