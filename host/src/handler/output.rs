//! What a guest prints: one log record a line.

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

/// The longest record, in bytes; a longer line goes on in the next record.
const MAX_RECORD: usize = 16 * 1024;

/// The most that is logged of an instance's output, in bytes.
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
    logged: usize,
}

/// A level each.
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

    /// Logs what was printed last without a newline.
    pub fn flush(&self) {
        let mut lines = self.lines();
        for level in [Level::Info, Level::Error] {
            if !lines.pending(level).is_empty() {
                lines.end(level);
            }
        }
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

    /// Logs a line, and notes when it was the last one.
    fn end(&mut self, level: Level) {
        let line = mem::take(self.pending(level));
        // An empty line is a record too.
        self.logged += line.len() + 1;
        let line = String::from_utf8_lossy(&line);
        match level {
            Level::Info => tracing::info!("{line}"),
            Level::Error => tracing::error!("{line}"),
        }
        if self.logged >= MAX_OUTPUT {
            tracing::warn!("the handler has printed {} KB: the rest of it is left out", MAX_OUTPUT / 1024);
        }
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

    // Written within the guest's call, so that a record has the event's request id.
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
