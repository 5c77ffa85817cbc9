//! A stream that keeps the bytes of a request's head. hyper makes the names of headers lowercase, and keeps what the client
//! wrote to itself.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The bytes that were read last, until they are taken.
#[derive(Clone)]
pub struct Recent {
    /// None, when nothing is kept any more.
    bytes: Arc<Mutex<Option<Vec<u8>>>>,
    /// At least so many are kept.
    max: usize,
}

impl Recent {
    pub fn new(max: usize) -> Self {
        Self { bytes: Arc::new(Mutex::new(Some(Vec::new()))), max }
    }

    /// Nothing, whatever is read.
    pub fn none() -> Self {
        Self { bytes: Arc::default(), max: 0 }
    }

    /// The last bytes, and perhaps some before them. From now on, nothing is kept.
    pub fn take(&self) -> Vec<u8> {
        self.lock().take().unwrap_or_default()
    }

    fn keep(&self, read: &[u8]) {
        if let Some(bytes) = self.lock().as_mut() {
            bytes.extend_from_slice(&read[read.len().saturating_sub(self.max)..]);
            if bytes.len() > 2 * self.max {
                bytes.drain(..bytes.len() - self.max);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream whose last bytes are kept.
pub struct Recorder<S> {
    stream: S,
    recent: Recent,
}

impl<S> Recorder<S> {
    pub fn new(stream: S, recent: Recent) -> Self {
        Self { stream, recent }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Recorder<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.recent.keep(&buffer.filled()[before..]);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Recorder<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_bytes_are_kept() {
        let kept = |parts: &[&str]| {
            let recent = Recent::new(4);
            for part in parts {
                recent.keep(part.as_bytes());
            }
            let taken = recent.take();
            recent.keep(b"later");
            assert_eq!(recent.take(), b"");
            taken
        };
        assert_eq!(kept(&[]), b"");
        assert_eq!(kept(&["abc", "def"]), b"abcdef");
        assert_eq!(kept(&["abc", "def", "ghi"]), b"fghi");
        assert_eq!(kept(&["abcdefghi"]), b"fghi");
    }
}
