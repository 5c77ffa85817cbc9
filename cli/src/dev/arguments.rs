//! The arguments of `goblet dev`.

use std::{env, path::PathBuf, time::Duration};

use clap::{Arg, Args, builder::Resettable};
use goblet_gateway::{lambda::MAX_TIMEOUT, limits::Limits, settings::Settings};

use super::{api_arguments::ApiArguments, function_arguments::FunctionArguments};

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
#[command(after_help = EXAMPLES, mut_args = unless_empty)]
// Each is a flag of its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Arguments {
    /// The handler: a project in Rust, Python, JavaScript or TypeScript (its folder, or its file in the last three), which
    /// is built first; a WebAssembly component (.wasm); or the result of
    /// `goblet compile` (.cwasm)
    #[arg(env = "GOBLET_HANDLER", conflicts_with_all = ["template", "built", "command", "routes"])]
    pub handler: Option<PathBuf>,
    #[command(flatten)]
    pub api: ApiArguments,
    /// Keep DynamoDB's items in this file, which is made if it is not there [default: in memory, until goblet ends]
    #[arg(long, value_name = "FILE", env = "GOBLET_DATA")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub functions: FunctionArguments,
    /// How long each event of a function may take: 1 to 900
    #[arg(
        long,
        value_name = "SECONDS",
        env = "GOBLET_TIMEOUT",
        value_parser = clap::value_parser!(u64).range(1..=MAX_TIMEOUT.as_secs())
    )]
    timeout: Option<u64>,
    /// The address to listen on
    #[arg(long, default_value = "127.0.0.1", env = "GOBLET_HOST")]
    pub host: String,
    /// The port to listen on; 0 chooses a free one
    #[arg(long, default_value_t = 3001, env = "GOBLET_PORT")]
    pub port: u16,
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

/// The argument, without its variable if that is empty: shells and CI systems write `VARIABLE=` to unset one.
pub fn unless_empty(argument: Arg) -> Arg {
    let value = argument.get_env().and_then(env::var_os);
    if value.is_some_and(|value| value.is_empty()) { argument.env(Resettable::Reset) } else { argument }
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

    /// How long each event of a function may take, if that is not what its template says.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout.map(Duration::from_secs)
    }
}
