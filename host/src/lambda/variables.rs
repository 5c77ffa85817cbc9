//! The environment variables that Lambda starts the process with.

use std::ffi::OsString;

use http::Uri;

/// The variables that the Runtime API's client reads.
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
const MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
const VARIABLES: [&str; 4] = [RUNTIME_API, "AWS_LAMBDA_FUNCTION_NAME", MEMORY, "AWS_LAMBDA_FUNCTION_VERSION"];

/// Why the process cannot get any event. Each text names the variable.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum VariableError {
    #[error("{0} is not set: bootstrap is started by AWS Lambda, or locally by `goblet dev`")]
    Missing(&'static str),
    #[error(
        "{RUNTIME_API} is {0:?}, which is no address: set it to one such as 127.0.0.1:9001 or http://localhost/path"
    )]
    RuntimeApi(OsString),
    #[error("{MEMORY} is {0:?}: set it to the function's memory in MB, a number")]
    Memory(OsString),
    #[error("{0} is {1:?}, which is not UTF-8")]
    NotUtf8(&'static str, OsString),
}

/// Checks the variables. The Runtime API's client would panic if one is missing or wrong.
pub fn check(variable: impl Fn(&str) -> Option<OsString>) -> Result<(), VariableError> {
    for name in VARIABLES {
        let value = variable(name).ok_or(VariableError::Missing(name))?;
        match (name, value.to_str()) {
            (_, None) => return Err(VariableError::NotUtf8(name, value)),
            (RUNTIME_API, Some(address)) if !is_address(address) => return Err(VariableError::RuntimeApi(value)),
            (MEMORY, Some(memory)) if memory.parse::<i32>().is_err() => return Err(VariableError::Memory(value)),
            _ => {}
        }
    }
    Ok(())
}

/// Whether the client can use an address: a host, with or without a port; behind `http://` there may also be a path.
fn is_address(address: &str) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    let is_http = uri.scheme_str().is_none_or(|scheme| scheme == "http");
    let is_authority = uri.authority().is_some_and(|authority| {
        let port = authority.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
        !authority.host().is_empty() && authority.as_str() == format!("{}{port}", authority.host())
    });
    is_http && is_authority
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_with(name: &str, value: &str) -> Result<(), VariableError> {
        check(|variable| {
            Some(OsString::from(match variable {
                _ if variable == name => value,
                RUNTIME_API => "127.0.0.1:9001",
                _ => "128",
            }))
        })
    }

    #[test]
    fn the_runtime_api_is_an_address() {
        for address in ["127.0.0.1:9001", "[::1]:9001", "localhost", "http://127.0.0.1:9001/echo"] {
            assert_eq!(check_with(RUNTIME_API, address), Ok(()), "{address}");
        }
        for wrong in [
            "",
            "not an address",
            "/",
            "*",
            ":",
            ":9001",
            "127.0.0.1:",
            "127.0.0.1:99999",
            "127.0.0.1:9001/echo",
            "https://localhost",
        ] {
            assert_eq!(check_with(RUNTIME_API, wrong), Err(VariableError::RuntimeApi(wrong.into())));
        }
    }

    #[test]
    fn the_memory_is_a_number() {
        assert_eq!(check_with(MEMORY, "much"), Err(VariableError::Memory("much".into())));
    }

    #[test]
    fn each_variable_must_be_set() {
        assert_eq!(check(|_| None), Err(VariableError::Missing(RUNTIME_API)));
    }
}
