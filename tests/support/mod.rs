//! What the end-to-end tests share: `goblet` as a process, and WebSocket clients.

// Each test is a program of its own, and none uses all of this.
#![allow(dead_code)]

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs::{self, File},
    future::pending,
    io::Read,
    path::{Path, PathBuf},
    process::{self, ExitStatus, Output, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    net::TcpStream,
    process::{Child, Command},
    sync::mpsc,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, protocol::CloseFrame},
};

/// Longer than anything here takes: only a test that hangs meets it.
pub const PATIENCE: Duration = Duration::from_mins(10);

pub const GOBLET: &str = env!("CARGO_BIN_EXE_goblet");

/// The folder of the whole project.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Where tests may write.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

/// The echo handler, built.
pub fn echo_wasm() -> &'static Path {
    static ECHO: OnceLock<PathBuf> = OnceLock::new();
    ECHO.get_or_init(|| goblet_build::build(&root().join("guest/echo")).unwrap())
}

/// A handler that does what messages tell it, compiled for this machine.
pub fn puppet() -> &'static [u8] {
    static PUPPET: OnceLock<Vec<u8>> = OnceLock::new();
    PUPPET.get_or_init(|| {
        let component = goblet_build::build(&root().join("tests/guests/puppet")).unwrap();
        goblet_host::handler::compile(&component, None).unwrap().as_bytes().to_owned()
    })
}

/// The echo handler, compiled for this machine.
pub fn echo_cwasm() -> &'static Path {
    static ECHO: OnceLock<PathBuf> = OnceLock::new();
    ECHO.get_or_init(|| {
        let folder = tempfile::Builder::new().disable_cleanup(true).tempdir_in(folder()).unwrap().keep();
        let file = folder.join("echo.cwasm");
        let compiled = goblet_host::handler::compile(echo_wasm(), None).unwrap();
        fs::write(&file, compiled.as_bytes()).unwrap();
        file
    })
}

/// A virtual environment with what a file of requirements pins, made when it is not there or the pins have changed.
pub fn virtual_environment(requirements: &str) -> PathBuf {
    let venv = folder().join(requirements.replace('/', "-")).with_extension("venv");
    // Tests run at the same time.
    let lock = File::create(venv.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let requirements = root().join(requirements);
    let installed = venv.join("requirements.txt");
    if fs::read(&installed).ok() != Some(fs::read(&requirements).unwrap()) {
        run(process::Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
        run(process::Command::new(venv.join("bin/python")).args(pip).arg(&requirements));
        fs::copy(requirements, installed).unwrap();
    }
    venv
}

pub fn run(command: &mut process::Command) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// Runs a command to its end, and returns what it printed. One that hangs is killed, and the test fails.
pub fn output(command: &mut process::Command) -> Output {
    // Builds are among what is run.
    let end = Instant::now() + 20 * PATIENCE;
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = Pid::from_raw(child.id().try_into().unwrap());
    let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let (stdout, stderr) = (thread::spawn(|| read_all(stdout)), thread::spawn(|| read_all(stderr)));
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            kill(id, Signal::SIGKILL).unwrap();
            panic!("{command:?} hangs");
        }
        thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

fn read_all(mut output: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    output.read_to_end(&mut bytes).unwrap();
    bytes
}

/// A running `goblet dev`.
pub struct Dev {
    child: Child,
    lines: mpsc::UnboundedReceiver<String>,
    pub url: String,
}

impl Dev {
    /// Starts `goblet dev` on a free port with the arguments given, and waits until it listens.
    pub async fn start<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::start_in(root(), arguments).await
    }

    /// Starts it in a folder.
    pub async fn start_in<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Self {
        Self::spawn(&mut Self::command(folder, arguments)).listening().await
    }

    /// Starts it, and reads nothing of what it prints once it listens, as a paused terminal does.
    pub async fn unheard<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>) -> Self {
        Self::spawn_read_until(&mut Self::command(root(), arguments), Some("Listening on")).listening().await
    }

    /// The command that starts it in a folder, on a free port.
    pub fn command<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(GOBLET);
        command.args(["dev", "--port", "0"]).args(arguments).current_dir(folder);
        // The developer's own would be the functions'.
        command.env_remove("AWS_REGION").env_remove("AWS_DEFAULT_REGION");
        command
    }

    /// Starts it, and does not wait until it listens.
    pub fn spawn(command: &mut Command) -> Self {
        Self::spawn_read_until(command, None)
    }

    /// Starts it, and reads what it prints, until a line with the last text.
    fn spawn_read_until(command: &mut Command, last: Option<&'static str>) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::unbounded_channel();
        tokio::spawn(read_lines(child.stdout.take().unwrap(), sender.clone(), last));
        tokio::spawn(read_lines(child.stderr.take().unwrap(), sender, None));
        Self { child, lines, url: String::new() }
    }

    /// Waits until it listens. It may have said so already: a note, which is on stderr, may be read after it.
    pub async fn listening(mut self) -> Self {
        if self.url.is_empty() {
            self.line("Listening on ").await;
        }
        self
    }

    /// `goblet dev` with the echo handler.
    pub async fn echo() -> Self {
        Self::start([echo_cwasm()]).await
    }

    /// The next line that contains a text.
    pub async fn line(&mut self, text: &str) -> String {
        let found = async {
            while let Some(line) = self.lines.recv().await {
                if let Some(url) = line.strip_prefix("Listening on ") {
                    url.clone_into(&mut self.url);
                }
                if line.contains(text) {
                    return line;
                }
            }
            panic!("goblet dev ended, and never said {text:?}");
        };
        timeout(PATIENCE, found).await.unwrap_or_else(|_| panic!("goblet dev never said {text:?}"))
    }

    /// The next lines, up to one that contains a text.
    pub async fn lines(&mut self, text: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            lines.push(self.line("").await);
            if lines.last().unwrap().contains(text) {
                return lines;
            }
        }
    }

    pub async fn connect(&self) -> Client {
        self.try_connect().await.unwrap()
    }

    pub async fn try_connect(&self) -> Result<Client, Error> {
        Client::connect(&self.url).await
    }

    /// The processes that it has started.
    pub fn processes(&self) -> Vec<Pid> {
        let id = self.child.id().unwrap();
        // The kernel lists children by the thread that started them.
        let threads = fs::read_dir(format!("/proc/{id}/task")).unwrap();
        let children = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("children")).unwrap());
        let children: Vec<String> = children.collect();
        let ids = children.iter().flat_map(|ids| ids.split_whitespace());
        ids.map(|id| Pid::from_raw(id.parse().unwrap())).collect()
    }

    /// Its own memory in RAM, in bytes.
    pub fn memory(&self) -> usize {
        let fields = fs::read_to_string(format!("/proc/{}/status", self.child.id().unwrap())).unwrap();
        let field = fields.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        field.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
    }

    /// How many files and sockets it has open.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id().unwrap())).unwrap().count()
    }

    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    pub async fn wait(mut self) -> ExitStatus {
        timeout(PATIENCE, self.child.wait()).await.expect("ends in time").unwrap()
    }
}

async fn read_lines(output: impl AsyncRead + Unpin, sender: mpsc::UnboundedSender<String>, last: Option<&'static str>) {
    let mut lines = BufReader::new(output).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        // For whoever looks into a test that failed.
        eprintln!("{line}");
        let is_last = last.is_some_and(|last| line.contains(last));
        let _ = sender.send(line);
        if is_last {
            // Open, and unread.
            return pending().await;
        }
    }
}

pub fn is_alive(process: Pid) -> bool {
    kill(process, None).is_ok()
}

/// A WebSocket client.
pub struct Client {
    websocket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Client {
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let connecting = timeout(PATIENCE, connect_async(url));
        let (websocket, _) = connecting.await.expect("an answer in time")?;
        Ok(Self { websocket })
    }

    pub async fn ask(&mut self, text: &str) -> String {
        self.send(text).await;
        self.receive().await
    }

    /// Sends messages, all at once, and receives each of them once, in any order.
    pub async fn exchange(&mut self, messages: BTreeSet<String>) {
        for message in &messages {
            self.send(message).await;
        }
        let mut received = BTreeSet::new();
        for _ in &messages {
            let message = self.receive().await;
            assert!(received.insert(message.clone()), "{message} came twice");
        }
        assert_eq!(received, messages);
    }

    pub async fn send(&mut self, text: &str) {
        self.websocket.send(text.into()).await.unwrap();
    }

    /// The next message.
    pub async fn receive(&mut self) -> String {
        match timeout(PATIENCE, self.websocket.next()).await.expect("a message in time") {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("not a text message: {other:?}"),
        }
    }

    /// How the gateway closes the connection.
    pub async fn closed(mut self) -> CloseFrame {
        match timeout(PATIENCE, self.websocket.next()).await.expect("a close frame in time") {
            Some(Ok(Message::Close(Some(frame)))) => frame,
            other => panic!("not a close frame: {other:?}"),
        }
    }

    /// Closes the connection, and waits for the gateway's answer.
    pub async fn close(mut self) {
        self.websocket.close(None).await.unwrap();
        while let Some(Ok(_)) = timeout(PATIENCE, self.websocket.next()).await.expect("an answer in time") {}
    }
}
