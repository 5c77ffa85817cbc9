//! Functions in Python and Node.js: which program starts them, and whether it can.

mod clients;
mod interpreter;
mod node;
mod python;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, bail};
use goblet_template::Function;

pub use self::clients::Clients;

/// The folder that `sam build` writes to.
const BUILT: &str = ".aws-sam";

/// Build methods that make another program than the one that is written:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html>.
const BUILD_METHODS: [&str; 3] = ["esbuild", "dotnet", "go1.x"];

/// Finds the command that starts a function of Python or Node.js. Gives none for other runtimes.
///
/// It looks first whether all is there that the function needs, so that it does not fail at its first event. The variables
/// are those that the function will have, and say where its layers are.
pub fn command(
    function: &Function,
    folder: &Path,
    variables: &BTreeMap<String, String>,
    clients: &Clients,
) -> anyhow::Result<Option<Vec<String>>> {
    let find = match function.runtime.as_str() {
        runtime if runtime.starts_with("python") => python::command,
        runtime if runtime.starts_with("nodejs") => node::command,
        _ => return Ok(None),
    };
    let id = &function.id;
    let command = folder.canonicalize().with_context(|| format!("cannot find the folder {}", folder.display()));
    let command = command.and_then(|folder| find(function, &folder, variables, clients));
    Ok(Some(command.with_context(|| format!("Resources.{id}"))?))
}

/// Refuses a function whose code is made by `sam build` from what is there.
pub fn check_is_built(function: &Function, folder: &Path) -> anyhow::Result<()> {
    let is_built = folder.components().any(|component| component.as_os_str() == BUILT);
    match function.build_method.as_deref() {
        Some(method) if BUILD_METHODS.contains(&method) && !is_built => bail!(
            "Resources.{id}: its code is built with BuildMethod: {method}. Run `sam build` and then `goblet dev --built`, \
             or give a program with --command '{id}=COMMAND'",
            id = function.id
        ),
        _ => Ok(()),
    }
}
