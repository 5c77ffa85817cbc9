//! Writes to stdout, and remembers that it could not: each command goes on then, and the program ends with an error.

use std::{
    io::{self, Write as _},
    sync::OnceLock,
};

/// Why something is missing on stdout, the first time.
static FAILURE: OnceLock<io::Error> = OnceLock::new();

/// Writes a text, which has to be escaped, and waits until it is written. A reader that has gone (a closed pipe) has what it
/// wants, and is no failure.
pub fn write(text: &str) {
    let mut stdout = anstream::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    if let Err(error) = written
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        // What came after the first is as incomplete.
        let _ = FAILURE.set(error);
    }
}

/// Whether all was written.
///
/// # Errors
///
/// If something could not be, e.g. because the disk is full.
pub fn check_written() -> anyhow::Result<()> {
    FAILURE.get().map_or(Ok(()), |error| {
        let advice = match error.kind() {
            io::ErrorKind::StorageFull => ". Make room, or choose another file",
            _ => "",
        };
        Err(anyhow::anyhow!("the output is incomplete: cannot write to stdout: {error}{advice}"))
    })
}
