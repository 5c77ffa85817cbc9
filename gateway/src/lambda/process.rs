//! An execution environment's process: its variables, its output, and its end.

use std::{
    io,
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader},
    process::{Child, Command},
    task::JoinSet,
    time,
};

use super::{config::FunctionConfig, guard::Guarded};
use crate::{
    activity::{Activity, Observer},
    credentials::{ACCESS_KEY_ID, SECRET_ACCESS_KEY, SESSION_TOKEN},
};

/// A longer line is told in parts; in bytes.
const MAX_LINE: u64 = 64 * 1024;

/// How long the last lines of a process may take.
const REST: Duration = Duration::from_millis(200);

/// The variables of the developer's own environment that a process gets. None of AWS's: a function must not use real
/// credentials by accident.
const INHERITED: [&str; 4] = ["PATH", "HOME", "LANG", "TMPDIR"];

/// A running process and whatever it starts, killed when dropped.
pub struct Process {
    child: Child,
    group: Pid,
    /// Those that read what it prints.
    readers: JoinSet<()>,
    _guarded: Guarded,
}

impl Process {
    /// Starts a function's process, in a process group of its own, so that Ctrl-C on the terminal reaches only the gateway.
    pub fn start(config: &FunctionConfig, runtime_api: SocketAddr, observer: &Observer) -> io::Result<Self> {
        let (program, arguments) = config.command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let inherited = INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&config.task_root)
            .env_clear()
            .envs(inherited)
            .envs(variables(config, runtime_api))
            .env("LAMBDA_TASK_ROOT", &config.task_root)
            .envs(&config.variables)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let group = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let group = group.ok_or(io::ErrorKind::NotFound)?;
        let mut readers = JoinSet::new();
        if let Some(stdout) = child.stdout.take() {
            readers.spawn(tell_lines(stdout, observer.clone()));
        }
        if let Some(stderr) = child.stderr.take() {
            readers.spawn(tell_lines(stderr, observer.clone()));
        }
        Ok(Self { child, group, readers, _guarded: Guarded::new(group) })
    }

    /// Waits for the process to end.
    pub async fn wait(&mut self) -> ExitStatus {
        // Fails only if somebody else has waited for our child.
        self.child.wait().await.unwrap_or_default()
    }

    /// Kills the process, and waits until it is no more.
    pub async fn kill(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
        let _ = self.child.wait().await;
    }

    /// Waits until all is told that the process has printed, which has ended. What it started elsewhere may print on.
    pub async fn read_rest(&mut self) {
        let all = async { while self.readers.join_next().await.is_some() {} };
        let _ = time::timeout(REST, all).await;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // What it has printed is still read.
        self.readers.detach_all();
        // What the process has started, too.
        let _ = killpg(self.group, Signal::SIGKILL);
    }
}

/// Lambda's own variables:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>.
fn variables(config: &FunctionConfig, runtime_api: SocketAddr) -> [(&'static str, String); 18] {
    let name = config.name.as_str();
    [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("_HANDLER", config.handler_name.clone()),
        ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", config.memory_size.to_string()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", format!("[$LATEST]{:032x}", rand::random::<u128>())),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
        ("AWS_LAMBDA_LOG_FORMAT", "JSON".to_owned()),
        ("AWS_LAMBDA_LOG_LEVEL", "INFO".to_owned()),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023".to_owned()),
        ("AWS_REGION", config.region.to_string()),
        ("AWS_DEFAULT_REGION", config.region.to_string()),
        ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
        ("AWS_SESSION_TOKEN", SESSION_TOKEN.to_owned()),
        // There is no instance metadata to ask.
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ("TZ", ":UTC".to_owned()),
    ]
}

/// Tells what a process prints. It reads whatever comes, so that the process is never held up by a slow terminal.
async fn tell_lines(output: impl AsyncRead + Unpin, observer: Observer) {
    let mut output = BufReader::new(output);
    loop {
        let mut line = Vec::new();
        match (&mut output).take(MAX_LINE).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {
                let line = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
                observer.tell(Activity::Output { line });
            }
        }
    }
}
