//! `bootstrap` as a function in a local Lambda.

use std::{fs, path::PathBuf, time::Duration};

use goblet_gateway::{
    activity::{Activity, Observer},
    lambda::{Function, FunctionConfig, InvokeError},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{sync::watch, time::timeout};

use super::{events, management_api::ManagementApi};

pub const BOOTSTRAP: &str = env!("CARGO_BIN_EXE_bootstrap");

/// Longer than anything here takes: only a test that hangs meets it.
const PATIENCE: Duration = Duration::from_mins(4);

/// A function's package, with `handler` as its handler, and its configuration.
pub struct Package {
    folder: TempDir,
    config: FunctionConfig,
}

impl Package {
    /// A compiled handler.
    pub fn handler(compiled: &[u8]) -> Self {
        Self::file("handler.cwasm", compiled)
    }

    /// A file, which is a handler only if it has a handler's name.
    pub fn file(name: &str, bytes: &[u8]) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join(name), bytes).unwrap();
        let mut config = FunctionConfig::new("handler", vec![BOOTSTRAP.to_owned()], folder.path().to_owned());
        config.timeout = Duration::from_mins(3);
        config.concurrency = 1;
        Self { folder, config }
    }

    /// Where a file with this name is, or would be.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.config.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn management_api(self, api: &ManagementApi) -> Self {
        self.variable("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", &api.url)
    }

    /// Starts `bootstrap` by a command line of the shell, in which it is `"$0"`.
    pub fn shell(mut self, command_line: &str) -> Self {
        self.config.command = ["sh", "-c", command_line, BOOTSTRAP].map(ToOwned::to_owned).to_vec();
        self
    }

    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.config.timeout = timeout;
        self
    }

    pub fn start(self) -> Bootstrap {
        let (observer, mut activities) = Observer::channel();
        let (lines, output) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Some(activity) = activities.recv().await {
                if let Activity::Output { line } = activity {
                    lines.send_modify(|lines: &mut Vec<String>| lines.push(line));
                }
            }
        });
        let task_root = format!("LAMBDA_TASK_ROOT={}", self.folder.path().display());
        let function = Function::new(self.config, observer);
        Bootstrap { function, output, task_root, _folder: self.folder }
    }
}

/// A function whose one process is `bootstrap`.
pub struct Bootstrap {
    function: Function,
    output: watch::Receiver<Vec<String>>,
    task_root: String,
    _folder: TempDir,
}

impl Bootstrap {
    pub async fn invoke(&self, event: &Value) -> Result<Value, InvokeError> {
        let response =
            timeout(PATIENCE, self.function.invoke(event.to_string().into())).await.expect("an answer in time");
        response.map(|response| serde_json::from_slice(&response).unwrap())
    }

    /// What the handler returns to a message.
    pub async fn returned(&self, message: &str) -> String {
        let response = self.invoke(&events::message(message)).await.unwrap();
        assert_eq!(response["statusCode"], 200);
        response["body"].as_str().unwrap_or_else(|| panic!("no body: {response}")).to_owned()
    }

    /// The type and the text of the error that an event ends in.
    pub async fn error(&self, event: &Value) -> (String, String) {
        match self.invoke(event).await {
            Err(InvokeError::Function { error_type, error_message }) => (error_type, error_message),
            other => panic!("no error of the function: {other:?}"),
        }
    }

    /// The id of the one process that runs.
    pub fn process_id(&self) -> u32 {
        let processes = fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap());
        let ids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
        let is_ours = |id: &u32| {
            // Others' processes, and those that have just ended, cannot be read.
            let variables = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            variables.split(|byte| *byte == 0).any(|variable| variable == self.task_root.as_bytes())
        };
        let ids: Vec<u32> = ids.filter(is_ours).collect();
        assert_eq!(ids.len(), 1, "processes: {ids:?}");
        ids[0]
    }

    /// All lines that the process has printed, once one of them has a text in it.
    pub async fn output(&self, text: &str) -> Vec<String> {
        self.output_with(1, text).await
    }

    /// All lines that the process has printed, once so many of them have a text in it.
    pub async fn output_with(&self, count: usize, text: &str) -> Vec<String> {
        let mut output = self.output.clone();
        let has_it = |lines: &Vec<String>| lines.iter().filter(|line| line.contains(text)).count() >= count;
        let lines = timeout(PATIENCE, output.wait_for(has_it)).await;
        lines.unwrap_or_else(|_| panic!("{text:?} was not printed {count} times")).unwrap().clone()
    }
}
