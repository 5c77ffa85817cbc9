//! What a function is configured to be.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::region::Region;

/// What an AWS account may run at once: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const DEFAULT_CONCURRENCY: usize = 1000;

/// How long an execution environment lives without an invocation. Lambda does not document its own time.
pub const DEFAULT_IDLE: Duration = Duration::from_mins(5);

/// The longest timeout that a function can have: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const MAX_TIMEOUT: Duration = Duration::from_mins(15);

/// A function's configuration, as on AWS, and the program that stands for its runtime.
#[derive(Clone, Debug)]
pub struct FunctionConfig {
    /// The function's name: letters, digits, `-` and `_`.
    pub name: String,
    /// The region that it is in.
    pub region: Region,
    /// The program to start in an execution environment, and its arguments. It speaks Lambda's Runtime API.
    pub command: Vec<String>,
    /// Lambda's handler setting, such as `app.handler`. The program finds it in `_HANDLER`, and decides what it means.
    pub handler_name: String,
    /// The folder of the function's package. The program is started in it, and finds it in `LAMBDA_TASK_ROOT`.
    pub task_root: PathBuf,
    /// Environment variables besides Lambda's own.
    pub variables: BTreeMap<String, String>,
    /// How long an invocation may take. A longer time than [`MAX_TIMEOUT`] counts as that.
    pub timeout: Duration,
    /// In MB. The program is told, but nothing enforces it.
    pub memory_size: u32,
    /// How many invocations there may be at once. Further ones are throttled.
    pub concurrency: usize,
    /// How long an execution environment lives without an invocation.
    pub idle: Duration,
    /// Whether each invocation gets an execution environment of its own, so that every start is a cold one.
    pub is_always_cold: bool,
}

impl FunctionConfig {
    /// A function with AWS's defaults: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>. It is named
    /// after its handler. Characters that no function's name has there become `-`.
    #[must_use]
    pub fn new(name: &str, command: Vec<String>, task_root: PathBuf) -> Self {
        Self {
            name: name.replace(|character: char| !is_of_name(character), "-"),
            region: Region::default(),
            command,
            handler_name: name.to_owned(),
            task_root,
            variables: BTreeMap::new(),
            timeout: Duration::from_secs(3),
            memory_size: 128,
            concurrency: DEFAULT_CONCURRENCY,
            idle: DEFAULT_IDLE,
            is_always_cold: false,
        }
    }
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_')
}
