//! What an operator grants to a handler, with environment variables of the function.

use std::{env, sync::Arc};

use crate::{
    handler::Grants,
    services::signed_requests::policy::{self, Policy, PolicyError},
};

/// The memory of one instance, in MB. Without it, an instance has the function's memory less the host's share.
pub const MEMORY: &str = "GOBLET_MEMORY_MB";

/// The names of the environment variables that the handler sees, separated by commas. Without it, there are none.
pub const ENVIRONMENT: &str = "GOBLET_ENVIRONMENT";

/// The function's memory in MB, set by Lambda:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>.
pub const FUNCTION_MEMORY: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";

/// How much of the function's memory the host itself needs, in MB.
const HOST_SHARE: usize = 32;

/// The least memory that an instance is given, in MB.
const LEAST_MEMORY: usize = 1;

/// The variables that AWS SDKs read credentials from:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html>.
const CREDENTIALS: [&str; 8] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
];

/// Why the settings cannot be used. Each text names the variable.
#[derive(Debug, thiserror::Error, PartialEq)]
#[allow(missing_docs)]
pub enum SettingsError {
    #[error("{MEMORY} is {0:?}: set it to the memory of one instance in MB, from {LEAST_MEMORY} to {1}")]
    Memory(String, usize),
    #[error("{ENVIRONMENT} names {0}: AWS credentials are granted to no handler. Remove the name")]
    Credentials(String),
    #[error(transparent)]
    SignedRequests(#[from] PolicyError),
}

/// Reads from the environment what is granted.
///
/// # Errors
///
/// [`SettingsError`] names the variable.
pub fn grants() -> Result<Grants, SettingsError> {
    from(|name| env::var(name).ok())
}

/// Reads from variables what they would grant, [`FUNCTION_MEMORY`] among them.
///
/// # Errors
///
/// [`SettingsError`] names the variable.
pub fn from(variable: impl Fn(&str) -> Option<String>) -> Result<Grants, SettingsError> {
    let function_memory = variable(FUNCTION_MEMORY).and_then(|memory| memory.parse().ok()).unwrap_or(128);
    let most = usize::saturating_sub(function_memory, HOST_SHARE).max(LEAST_MEMORY);
    let memory = match variable(MEMORY) {
        None => most,
        Some(memory) => match memory.parse() {
            Ok(memory) if (LEAST_MEMORY..=most).contains(&memory) => memory,
            _ => return Err(SettingsError::Memory(memory, most)),
        },
    };
    let names = variable(ENVIRONMENT).unwrap_or_default();
    let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut environment = Vec::new();
    for name in names {
        if CREDENTIALS.contains(&name) {
            return Err(SettingsError::Credentials(name.to_owned()));
        }
        if let Some(value) = variable(name) {
            environment.push((name.to_owned(), value));
        } else {
            tracing::warn!("{ENVIRONMENT} names {name}, which is not set");
        }
    }
    let table = variable(Grants::TABLE).filter(|name| !name.is_empty());
    let entries = variable(policy::SETTING).filter(|entries| !entries.trim().is_empty());
    let signed_requests = entries.map(|entries| Policy::parse(&entries)).transpose()?.map(Arc::new);
    Ok(Grants { memory: memory << 20, environment, table, signed_requests })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn grants(variables: &[(&str, &str)]) -> Result<Grants, SettingsError> {
        let variables: BTreeMap<_, _> = variables.iter().copied().collect();
        from(|name| variables.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn an_instance_has_the_functions_memory_less_the_hosts() {
        assert_eq!(grants(&[(FUNCTION_MEMORY, "256")]).unwrap().memory, 224 << 20);
        assert_eq!(grants(&[(FUNCTION_MEMORY, "256"), (MEMORY, "10")]).unwrap().memory, 10 << 20);
    }

    #[test]
    fn memory_is_a_number_that_the_function_has() {
        for wrong in ["", "0", "-1", "16MB", "225"] {
            let error = grants(&[(FUNCTION_MEMORY, "256"), (MEMORY, wrong)]).unwrap_err();
            assert_eq!(error, SettingsError::Memory(wrong.to_owned(), 224));
        }
    }

    #[test]
    fn variables_are_granted_by_name() {
        assert!(grants(&[("TABLE", "chat")]).unwrap().environment.is_empty());
        let granted = grants(&[("TABLE", "chat"), ("KEY", "1"), (ENVIRONMENT, " TABLE, MISSING,")]).unwrap();
        assert_eq!(granted.environment, [("TABLE".to_owned(), "chat".to_owned())]);
    }

    #[test]
    fn a_table_has_a_name() {
        assert_eq!(grants(&[]).unwrap().table, None);
        assert_eq!(grants(&[(Grants::TABLE, "")]).unwrap().table, None);
        assert_eq!(grants(&[(Grants::TABLE, "chat")]).unwrap().table.as_deref(), Some("chat"));
    }

    #[test]
    fn requests_are_allowed_by_entries() {
        let granted = |entries| grants(&[(policy::SETTING, entries)]).map(|granted| granted.signed_requests);
        assert_eq!(granted(" "), Ok(None));
        let entries = "dynamodb:GetItem:table/chat";
        assert_eq!(granted(entries).unwrap(), Some(Arc::new(Policy::parse(entries).unwrap())));
        let error = grants(&[(policy::SETTING, "dynamodb")]).unwrap_err();
        assert_eq!(error, SettingsError::SignedRequests(PolicyError::Entry("dynamodb".to_owned())));
    }

    #[test]
    fn credentials_are_never_granted() {
        for name in CREDENTIALS {
            let error = grants(&[(name, "secret"), (ENVIRONMENT, name)]).unwrap_err();
            assert_eq!(error, SettingsError::Credentials(name.to_owned()));
        }
    }
}
