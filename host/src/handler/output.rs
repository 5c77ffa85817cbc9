//! What a guest prints and logs: each line that it prints becomes a log record.

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

use super::{bindings::goblet::websocket::log::Level, panic::PanicReport};

/// The longest record, in bytes. A longer line becomes several records.
const MAX_RECORD: usize = 16 * 1024;

/// How much of an instance's output is logged, in bytes.
const MAX_OUTPUT: usize = 256 * 1024;

/// What an instance prints, on both of its streams, and what it logs.
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

/// Where lines come from.
#[derive(Clone, Copy)]
enum Source {
    /// Records of level `info`.
    Stdout,
    /// Records of level `error`.
    Stderr,
}

impl Output {
    /// The guest's stdout.
    pub fn stdout(&self) -> Stream {
        Stream { source: Source::Stdout, output: self.clone() }
    }

    /// The guest's stderr.
    pub fn stderr(&self) -> Stream {
        Stream { source: Source::Stderr, output: self.clone() }
    }

    /// Logs a message.
    pub fn log(&self, level: Level, message: &str) {
        self.lines().log(level, message);
    }

    /// Logs what is left: lines without a newline at the end, and lines that might have been a panic's report.
    pub fn flush(&self) {
        let mut lines = self.lines();
        for source in [Source::Stdout, Source::Stderr] {
            if !lines.pending(source).is_empty() {
                lines.end(source);
            }
        }
        lines.panic.release().iter().for_each(|line| write(Level::Error, line));
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
    fn pending(&mut self, source: Source) -> &mut Vec<u8> {
        match source {
            Source::Stdout => &mut self.stdout,
            Source::Stderr => &mut self.stderr,
        }
    }

    fn append(&mut self, source: Source, bytes: &[u8]) {
        for &byte in bytes {
            if self.is_full() {
                return;
            }
            if byte != b'\n' {
                self.pending(source).push(byte);
            }
            if byte == b'\n' || self.pending(source).len() == MAX_RECORD {
                self.end(source);
            }
        }
    }

    /// Logs a line.
    fn end(&mut self, source: Source) {
        let line = mem::take(self.pending(source));
        let length = line.len();
        let line = String::from_utf8_lossy(&line).into_owned();
        match source {
            Source::Stdout => write(Level::Info, &line),
            Source::Stderr => self.panic.filter(line).iter().for_each(|line| write(Level::Error, line)),
        }
        self.count(length);
    }

    /// Logs a message, in as many records as it needs.
    fn log(&mut self, level: Level, mut message: &str) {
        while !self.is_full() {
            let (record, rest) = message.split_at(message.floor_char_boundary(MAX_RECORD));
            write(level, record);
            self.count(record.len());
            if rest.is_empty() {
                return;
            }
            message = rest;
        }
    }

    fn is_full(&self) -> bool {
        self.logged >= MAX_OUTPUT
    }

    /// Counts a record of this length in bytes, and says so if it is the last one that is logged.
    fn count(&mut self, length: usize) {
        // An empty line is a record too.
        self.logged += length + 1;
        if self.is_full() {
            tracing::warn!("the handler has printed {} KB: the rest is left out", MAX_OUTPUT / 1024);
        }
    }
}

fn write(level: Level, record: &str) {
    match level {
        Level::Debug => tracing::debug!("{record}"),
        Level::Info => tracing::info!("{record}"),
        Level::Warn => tracing::warn!("{record}"),
        Level::Error => tracing::error!("{record}"),
    }
}

/// A guest's stdout or stderr.
#[derive(Clone)]
pub struct Stream {
    source: Source,
    output: Output,
}

impl Stream {
    fn append(&self, bytes: &[u8]) {
        self.output.lines().append(self.source, bytes);
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
