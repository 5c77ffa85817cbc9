//! Why there is no component of a handler in JavaScript.

use std::{io, path::PathBuf, process::ExitStatus};

/// Why there is no component of a handler in JavaScript. Each text says what to do next.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum JavaScriptError {
    #[error(
        "cannot start {0}, which builds handlers in JavaScript. Install Node.js 20 or later, with npm: https://nodejs.org"
    )]
    NoNode(&'static str),
    #[error("node is Node.js {0}. Handlers in JavaScript need Node.js 20 or later: put one first in PATH")]
    TooOld(String),
    #[error(
        "npm could not install what builds handlers in JavaScript ({0}); its message is above. It needs the network once"
    )]
    NotInstalled(ExitStatus),
    #[error("cannot read {0}: {1}")]
    Manifest(PathBuf, String),
    #[error(
        "{0} names no handler{1}. Name the handler's file in \"main\", or give the file itself. Without a \"main\", it is \
         handler.js, index.js, src/handler.js or src/index.js, or .ts instead of .js"
    )]
    NoEntry(PathBuf, String),
    #[error(
        "{0} is no handler: it has none of the functions onConnect, onMessage and onDisconnect. If it is a Lambda function, \
         serve it by its template: `goblet dev --template template.yaml`"
    )]
    NoRoute(PathBuf),
    /// Something in the handler's modules, with file and line where there is one.
    #[error("{0}")]
    Source(String),
    #[error("the build of {0} failed ({1}); node's message is above")]
    Failed(PathBuf, ExitStatus),
    #[error("cannot write to {0}: {1}. Make the folder writable")]
    NotWritten(PathBuf, io::Error),
}
