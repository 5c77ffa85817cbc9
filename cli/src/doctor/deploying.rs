//! What `sam build` and `sam deploy` need.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context as _, bail};
use goblet_build::{BuildError, version_numbers, version_of};

use super::finding::Finding;
use crate::{architecture::Architecture, carried};

/// The first SAM CLI that is known to build and to check an `AWS::Serverless::WebSocketApi`.
const OLDEST_SAM: (u32, u32) = (1, 170);

/// Each of these leads AWS's tools to credentials.
const CREDENTIAL_VARIABLES: [&str; 5] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

/// The files that they are in, by the variables that name other ones, and the names in `~/.aws`.
const CREDENTIAL_FILES: [(&str, &str); 2] =
    [("AWS_SHARED_CREDENTIALS_FILE", "credentials"), ("AWS_CONFIG_FILE", "config")];

pub fn findings() -> Vec<Finding> {
    let [arm64, x86_64] = Architecture::ALL.map(|architecture| carried::bootstrap(architecture).map(|_| String::new()));
    vec![
        Finding::new("sam", "1.170 or later", sam()),
        Finding::new("make", "", make()),
        Finding::optional("aws", "1 or 2", aws()),
        Finding::optional("credentials", "", credentials()),
        Finding::new("host for arm64", "", arm64),
        Finding::new("host for x86_64", "", x86_64),
    ]
}

fn sam() -> anyhow::Result<String> {
    let line = first_line("sam").context("install it with `pip install aws-sam-cli`")?;
    // `SAM CLI, version 1.170.0`
    let version = line.rsplit(' ').next().unwrap_or_default();
    if version_numbers(version) < OLDEST_SAM {
        bail!(
            "it is {version}, which does not know AWS::Serverless::WebSocketApi: `pip install --upgrade aws-sam-cli`"
        );
    }
    Ok(line)
}

fn make() -> anyhow::Result<String> {
    first_line("make").context("`sam build` runs it: install it with your system's package manager")
}

/// SAM does without it.
fn aws() -> anyhow::Result<String> {
    first_line("aws").context(
        "needed only to swap a function without SAM, by `aws lambda update-function-code`: https://aws.amazon.com/cli/",
    )
}

/// Where AWS's tools find credentials. Whether these are accepted, only AWS knows:
/// <https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html>.
fn credentials() -> anyhow::Result<String> {
    let value = |variable: &str| env::var_os(variable).filter(|value| !value.is_empty());
    if let Some(variable) = CREDENTIAL_VARIABLES.iter().find(|variable| value(variable).is_some()) {
        return Ok(format!("by the variable {variable}"));
    }
    let home = env::home_dir().unwrap_or_default().join(".aws");
    let files = CREDENTIAL_FILES.map(|(variable, name)| value(variable).map_or(home.join(name), PathBuf::from));
    let file = files.into_iter().find(|file| file.is_file());
    file.map(|file| format!("in {}", file.display())).context(
        "needed by `sam deploy`: run `aws configure`, or set AWS_PROFILE. See \
         https://docs.aws.amazon.com/sdkref/latest/guide/access.html",
    )
}

/// The first line that a program prints for `--version`.
fn first_line(program: &'static str) -> anyhow::Result<String> {
    // <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-telemetry.html>
    match version_of(program, Command::new(program).env("SAM_CLI_TELEMETRY", "0")) {
        // Each of them has its own text for what to do.
        Err(BuildError::NotStarted(_, error)) => Err(error).context(format!("{program} does not start")),
        version => Ok(version?.lines().next().unwrap_or_default().to_owned()),
    }
}
