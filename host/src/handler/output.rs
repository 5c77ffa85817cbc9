//! What a guest prints: each line becomes a log record.

use std::{
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{self, AsyncWrite};
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

use super::panic::PanicReport;

/// The longest record, in bytes. A longer line becomes several records.
const MAX_RECORD: usize = 16 * 1024;

/// How much of an instance's output is logged, in bytes.
const MAX_OUTPUT: usize = 256 * 1024;

/// What an instance prints, on both of its streams.
#[derive(Clone, Default)]
pub struct Output {
    lines: Arc<Mutex<Lines>>,
}

#[derive(Default)]
struct Lines {
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    panic: PanicReport,
    logged: usize,
}

/// The level of a stream's records.
#[derive(Clone, Copy)]
enum Level {
    Info,
    Error,
}

impl Output {
    /// Records of level `info`.
    pub fn stdout(&self) -> Stream {
        Stream { level: Level::Info, output: self.clone() }
    }

    /// Records of level `error`.
    pub fn stderr(&self) -> Stream {
        Stream { level: Level::Error, output: self.clone() }
    }

    /// Logs what is left: lines without a newline at the end, and lines that might have been a panic's report.
    pub fn flush(&self) {
        let mut lines = self.lines();
        for level in [Level::Info, Level::Error] {
            if !lines.pending(level).is_empty() {
                lines.end(level);
            }
        }
        lines.panic.release().iter().for_each(|line| log(Level::Error, line));
    }

    /// Where the guest panicked and its message, for a guest that has stopped. They are not logged then.
    pub fn take_panic(&self) -> Option<String> {
        self.lines().panic.take()
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn pending(&mut self, level: Level) -> &mut Vec<u8> {
        match level {
            Level::Info => &mut self.stdout,
            Level::Error => &mut self.stderr,
        }
    }

    fn append(&mut self, level: Level, bytes: &[u8]) {
        for &byte in bytes {
            if self.logged >= MAX_OUTPUT {
                return;
            }
            if byte != b'\n' {
                self.pending(level).push(byte);
            }
            if byte == b'\n' || self.pending(level).len() == MAX_RECORD {
                self.end(level);
            }
        }
    }

    /// Logs a line, and says so if it is the last one that is logged.
    fn end(&mut self, level: Level) {
        let line = mem::take(self.pending(level));
        // An empty line is a record too.
        self.logged += line.len() + 1;
        let line = String::from_utf8_lossy(&line).into_owned();
        match level {
            Level::Info => log(level, &line),
            Level::Error => self.panic.filter(line).iter().for_each(|line| log(level, line)),
        }
        if self.logged >= MAX_OUTPUT {
            tracing::warn!("the handler has printed {} KB: the rest is left out", MAX_OUTPUT / 1024);
        }
    }
}

fn log(level: Level, line: &str) {
    match level {
        Level::Info => tracing::info!("{line}"),
        Level::Error => tracing::error!("{line}"),
    }
}

/// A guest's stdout or stderr.
#[derive(Clone)]
pub struct Stream {
    level: Level,
    output: Output,
}

impl Stream {
    fn append(&self, bytes: &[u8]) {
        self.output.lines().append(self.level, bytes);
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // It logs within the guest's call, so that the records have the event's request id.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.append(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(MAX_RECORD)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.append(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
