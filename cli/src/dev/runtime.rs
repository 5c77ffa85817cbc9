//! Functions in Python and Node.js: which program starts them, and what to do if they do not start.

mod clients;
mod interpreter;
mod launch;
mod node;
mod python;

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context as _, bail};
use goblet_template::Function;

pub use self::{
    clients::Clients,
    launch::{Help, Launch},
};

/// The folder that `sam build` writes to.
const BUILT: &str = ".aws-sam";

/// Build methods that make another program than the one that is written:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html>.
const BUILD_METHODS: [&str; 3] = ["esbuild", "dotnet", "go1.x"];

/// Finds what starts a function of Python or Node.js. Gives nothing for other runtimes.
///
/// It looks first whether the interpreter is there, and what the function's list of packages asks for. The variables are
/// those that the function will have, and say where its layers are.
pub fn launch(
    function: &Function,
    folder: &Path,
    variables: &BTreeMap<String, String>,
    clients: &Clients,
) -> anyhow::Result<Option<Launch>> {
    let find = match function.runtime.as_str() {
        runtime if runtime.starts_with("python") => python::launch,
        runtime if runtime.starts_with("nodejs") => node::launch,
        _ => return Ok(None),
    };
    let id = &function.id;
    let launch = folder.canonicalize().with_context(|| format!("cannot find the folder {}", folder.display()));
    let launch = launch.and_then(|folder| find(function, &folder, variables, clients));
    Ok(Some(launch.with_context(|| format!("Resources.{id}"))?))
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
