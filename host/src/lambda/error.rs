//! Why an invocation failed, as Lambda reports it.

use std::sync::Arc;

use lambda_runtime::Diagnostic;

use crate::{
    aws::CertificatesError,
    event::EventError,
    handler::{HandlerError, LoadError},
    settings::SettingsError,
};

/// Why the handler could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Certificates(#[from] CertificatesError),
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    #[error(transparent)]
    Start(Arc<StartError>),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Handler(#[from] HandlerError),
}

impl InvocationError {
    /// Lambda's name for the kind of error.
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Start(_) => "Handler.NotLoaded",
            Self::Event(_) => "Event.Invalid",
            Self::Handler(HandlerError::Failed(_)) => "Handler.Failed",
            Self::Handler(HandlerError::NoMessageExport(_)) => "Handler.NoExport",
            Self::Handler(HandlerError::Panicked(_) | HandlerError::Trapped(_)) => "Handler.Trapped",
            Self::Handler(HandlerError::OutOfMemory(_)) => "Handler.OutOfMemory",
            Self::Handler(HandlerError::TimedOut(_)) => "Handler.TimedOut",
        }
    }
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        Self { error_type: error.error_type().to_owned(), error_message: error.to_string() }
    }
}
