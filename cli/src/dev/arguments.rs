//! The arguments of `goblet dev`.

use std::{collections::BTreeMap, env, path::PathBuf, time::Duration};

use clap::Args;
use goblet_gateway::{
    Region,
    api::{CONNECT, DEFAULT, DISCONNECT},
    lambda::{DEFAULT_CONCURRENCY, MAX_TIMEOUT},
    limits::Limits,
    settings::Settings,
};

use super::overrides::{Overrides, Variables};

/// Lambda's: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>.
const LOG_LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

const EXAMPLES: &str = "\
Examples:
  goblet dev                                    the template.yaml in this folder, or else guest/echo
  goblet dev guest/echo                         the handler in a crate
  goblet dev app.py                             a handler in Python; the same with a .js or .ts
  goblet dev echo.wasm --port 0 --stage test    a component; ws://127.0.0.1:FREE_PORT/test/
  goblet dev --template api.yaml --parameter-overrides Stage=test Table=local
  goblet dev --command 'python3 -m awslambdaric app.handler'
  goblet dev --template api.yaml --command 'Chat=node chat.mjs'
  goblet dev guest/echo --data chat.db          items of DynamoDB are still there the next time
  goblet dev --command 'python3 -m awslambdaric app.message' --routes '$default' --env TABLE=chat
  sam build && goblet dev --built               what would be deployed

Then, in another terminal, with any WebSocket client (this one: pip install websocket-client):
  wsdump ws://127.0.0.1:3001/api/";

/// Serves a WebSocket API on this machine, as API Gateway and AWS Lambda would
///
/// You choose what is served: a handler (HANDLER), the WebSocket API of a SAM or CloudFormation template (--template),
/// or any program that speaks Lambda's Runtime API (--command). If you choose none, it is the template.yaml,
/// template.yml or template.json in this folder, or else guest/echo.
///
/// Clients connect to the address that is printed. Each event is shown as one line: the connection, the route, what
/// the client sent, and how long the function took.
///
/// Each function is started before goblet listens. If one does not start, the first line says why, and what to do.
///
/// When the code or the template changes, goblet builds it again and swaps it. Connections stay open. If the build
/// fails, the version from before is still served. Ctrl-C stops goblet; a second Ctrl-C stops it at once.
///
/// DynamoDB is there, too: nothing has to be installed. AWS SDKs in functions find it by themselves
/// (`AWS_ENDPOINT_URL_DYNAMODB`); its address is printed for other programs. It has the tables of the template. Without
/// a template it has one table, which is named in `GOBLET_TABLE`: a handler's groups and state are there.
///
/// Functions invoke each other by Lambda's Invoke API, which their AWS SDK finds, too (`AWS_ENDPOINT_URL_LAMBDA`).
///
/// A handler that is served without a template has AWS's default settings: 3 seconds for each event, and 128 MB of
/// memory. With a template, they are the `Timeout` and the `MemorySize` of the function. --timeout and --memory come
/// before both, and --env and --env-file before the template's variables, for all functions.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
// Each is a flag of its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Arguments {
    /// The handler: a project in Rust, Python, JavaScript or TypeScript (its folder, or its file in the last three), which
    /// is built first; a WebAssembly component (.wasm); or the result of
    /// `goblet compile` (.cwasm)
    #[arg(env = "GOBLET_HANDLER", conflicts_with = "template")]
    pub handler: Option<PathBuf>,
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
    #[arg(long, env = "GOBLET_BUILT", conflicts_with_all = ["handler", "template", "bootstrap"])]
    pub built: bool,
    /// Start functions with this program, which speaks Lambda's Runtime API. With a template it is used for every
    /// function that is not a handler. FUNCTION=COMMAND sets it for one function, by logical id; repeat the option for
    /// more. {handler} is replaced by the function's Handler
    #[arg(long, value_name = "COMMAND", env = "GOBLET_COMMAND", conflicts_with = "handler")]
    pub command: Vec<String>,
    /// Keep DynamoDB's items in this file, which is made if it is not there [default: in memory, until goblet ends]
    #[arg(long, value_name = "FILE", env = "GOBLET_DATA")]
    pub data: Option<PathBuf>,
    /// The routes that go to the program of --command, with commas between them. No template is served then, not even the
    /// one in this folder [default: $connect,$default,$disconnect]
    #[arg(
        long,
        value_name = "ROUTE_KEYS",
        value_delimiter = ',',
        env = "GOBLET_ROUTES",
        requires = "command",
        conflicts_with_all = ["handler", "template", "built"],
        value_parser = route_key
    )]
    pub routes: Vec<String>,
    /// Set an environment variable of all functions; repeat the option for more. NAME alone passes on your own value
    #[arg(long, value_name = "NAME[=VALUE]", env = "GOBLET_ENV", value_parser = variable)]
    env: Vec<(String, String)>,
    /// Set environment variables of functions, from a file of NAME=VALUE lines (.env), or from the JSON of SAM's
    /// --env-vars, whose keys are functions' logical ids, or `Parameters` for all functions; repeat the option for more.
    /// --env comes before it
    #[arg(long, value_name = "FILE", env = "GOBLET_ENV_FILE")]
    env_file: Vec<PathBuf>,
    /// How long each event of a function may take: 1 to 900
    #[arg(
        long,
        value_name = "SECONDS",
        env = "GOBLET_TIMEOUT",
        value_parser = clap::value_parser!(u64).range(1..=MAX_TIMEOUT.as_secs())
    )]
    timeout: Option<u64>,
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
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1", env = "GOBLET_HOST")]
    pub host: String,
    /// The port to listen on; 0 chooses a free one
    #[arg(long, default_value_t = 3001, env = "GOBLET_PORT")]
    pub port: u16,
    /// The stage, which is the path that clients connect to. If a template's API has several stages, it is one of them
    /// [default: the template's, or api]
    #[arg(long, env = "GOBLET_STAGE", value_parser = stage)]
    pub stage: Option<String>,
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
    /// Refuse calls of the management API (@connections) that are not signed with the function's credentials, as AWS
    /// does
    #[arg(long, env = "GOBLET_REQUIRE_SIGNATURE")]
    pub require_signature: bool,
    /// Close a connection after this time without a message; the default is AWS's
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().idle.as_secs(), env = "GOBLET_IDLE_TIMEOUT")]
    idle_timeout: u64,
    /// Close a connection that is this old; the default is AWS's
    #[arg(long, value_name = "SECONDS", default_value_t = Limits::default().lifetime.as_secs(), env = "GOBLET_LIFETIME")]
    lifetime: u64,
    /// Do not watch for changes
    #[arg(long, env = "GOBLET_NO_RELOAD")]
    pub no_reload: bool,
}

impl Arguments {
    /// The gateway's settings: how long connections last, and who may call `@connections`.
    pub fn settings(&self) -> Settings {
        Settings {
            limits: Limits {
                idle: Duration::from_secs(self.idle_timeout),
                lifetime: Duration::from_secs(self.lifetime),
                ..Limits::default()
            },
            is_signature_required: self.require_signature,
            host_name: Some(self.host.clone()),
        }
    }

    /// What is set for all functions, before what their template says.
    pub fn overrides(&self) -> anyhow::Result<Overrides> {
        let mut variables = Variables::default();
        for file in &self.env_file {
            variables.read(file)?;
        }
        variables.given.extend(self.env.iter().cloned());
        if let Some(level) = &self.log_level {
            variables.given.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level.to_ascii_uppercase());
        }
        Ok(Overrides { variables, timeout: self.timeout.map(Duration::from_secs), memory_size: self.memory })
    }

    /// Values for the template's parameters, by name.
    pub fn parameter_overrides(&self) -> BTreeMap<String, String> {
        self.parameter_overrides.iter().flat_map(|overrides| overrides.0.iter().cloned()).collect()
    }
}

/// Whether a text may be the name of a resource or a parameter of a template:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html>.
pub fn is_logical_id(name: &str) -> bool {
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
