//! A local AWS Lambda: functions, and the execution environments that they run in.

mod config;
mod error;
mod execution_environment;
mod function;
mod guard;
mod pool;
mod process;
mod runtime_api;

pub use self::{
    config::{DEFAULT_CONCURRENCY, DEFAULT_IDLE, FunctionConfig, MAX_TIMEOUT},
    error::InvokeError,
    function::Function,
};
