//! Why an event was not answered.

/// Why an event was not answered.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The handler returned an error. This is its text.
    #[error("{0}")]
    Failed(String),
    /// The handler has no export for messages.
    #[error("the handler exports no goblet:websocket/on-message, so it cannot answer the route {0}")]
    NoMessageExport(String),
    /// The handler panicked: where, and its message.
    #[error("the handler panicked at {0}")]
    Panicked(String),
    /// The handler exited, went over a limit, or otherwise stopped before it answered.
    #[error("the handler trapped: {0}")]
    Trapped(String),
    /// The handler asked for more memory than it is granted, and then stopped. The number is its memory in bytes.
    #[error("the handler ran out of memory: it is granted {} MB", .0 >> 20)]
    OutOfMemory(usize),
    /// The handler had not answered when its time was over. The number is how long it took, in ms.
    #[error("the handler timed out after {0} ms")]
    TimedOut(u128),
}
