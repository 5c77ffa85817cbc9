//! Why a project in Python makes no component.

use std::{io, path::PathBuf};

/// Why a project in Python makes no component. Each text says what to do next.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum PythonError {
    #[error("{0} has no app.py: give the file with the handler's functions, e.g. `{0}/handler.py`")]
    NoApp(PathBuf),
    #[error(
        "{0} imports neither goblet nor chalice, so it is no handler. If it is a Lambda function, serve it by its \
         template, or by --command; see `goblet dev --help`"
    )]
    NoHandler(PathBuf),
    #[error("{0} cannot be the name of a Python module: rename it, e.g. to app.py")]
    Name(PathBuf),
    #[error("{0}")]
    Wrong(String),
    #[error(
        "cannot start {0}: {1}. A handler in Python needs Python 3.9 or later to be built: install it from \
         https://www.python.org/downloads/ or by your system's package manager"
    )]
    NoPython(PathBuf, io::Error),
    #[error("python3 is Python {0}. A handler in Python needs Python 3.9 or later to be built: put one first in PATH")]
    TooOld(String),
    #[error(
        "cannot make a virtual environment for componentize-py with `python3 -m venv {0}`. On Debian and Ubuntu, \
         `apt install python3-venv` adds what is missing. It says:\n{1}"
    )]
    NoVenv(PathBuf, String),
    #[error(
        "pip cannot install {0}. Is there a connection to PyPI? (Or install it into the project's own virtual \
         environment.) pip says:\n{1}"
    )]
    NotInstalled(String, String),
    #[error("cannot install the packages that {0} names; the message is above")]
    Packages(PathBuf),
    #[error("cannot write {0}: {1}. A build writes into the folder .goblet beside the handler: make it writable")]
    NotWritten(PathBuf, io::Error),
    #[error("cannot read {0}: {1}")]
    NotRead(PathBuf, io::Error),
    #[error("cannot read the handler's modules. Python says:\n{0}")]
    Analysis(String),
    #[error("{0} has no place for the handler's modules: remove the file, and it is made again")]
    Draft(PathBuf),
    #[error("componentize-py cannot make a component of the handler. It says:\n{0}")]
    Componentize(String),
}
