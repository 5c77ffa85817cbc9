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

/// A guest's stdout or stderr. Clones are the same stream.
#[derive(Clone)]
pub struct Output {
    log: fn(&str),
    line: Arc<Mutex<Vec<u8>>>,
}

impl Output {
    /// Records of level `info`.
    pub fn stdout() -> Self {
        Self { log: |line| tracing::info!("{line}"), line: Arc::default() }
    }

    /// Records of level `error`.
    pub fn stderr() -> Self {
        Self { log: |line| tracing::error!("{line}"), line: Arc::default() }
    }

    /// Logs what was written last without a newline.
    pub fn flush(&self) {
        let rest = mem::take(&mut *self.line());
        if !rest.is_empty() {
            self.record(&rest);
        }
    }

    fn append(&self, bytes: &[u8]) {
        let mut line = self.line();
        for &byte in bytes {
            if byte != b'\n' {
                line.push(byte);
            }
            if byte == b'\n' || line.len() == MAX_RECORD {
                self.record(&line);
                line.clear();
            }
        }
    }

    fn record(&self, line: &[u8]) {
        (self.log)(&String::from_utf8_lossy(line));
    }

    fn line(&self) -> MutexGuard<'_, Vec<u8>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    // Written within the guest's call, so that a record has the event's request id.
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

impl OutputStream for Output {
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

impl AsyncWrite for Output {
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
