//! Functions in Node.js.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use goblet_template::Function;
use serde_json::Value;

use super::{
    clients::Clients,
    interpreter::{in_path, run, text},
    launch::{Help, Launch, note_version},
};

const TYPESCRIPT: [&str; 4] = ["ts", "mts", "cts", "tsx"];

/// What Lambda's runtime has and a laptop has not.
const SDK: [&str; 3] = ["aws-sdk", "@aws-sdk/", "@smithy/"];

/// The command that starts a Node.js function, with our own runtime client: to install AWS's takes a C++ compiler.
pub fn launch(
    function: &Function,
    folder: &Path,
    variables: &BTreeMap<String, String>,
    clients: &Clients,
) -> anyhow::Result<Launch> {
    let node = in_path("node").with_context(|| {
        format!("Runtime {} needs Node.js: install it, so that `node` is found in PATH", function.runtime)
    })?;
    check_dependencies(folder, variables)?;
    let version = run(&node, ["--version"], folder, &[])?.stdout;
    let version = String::from_utf8_lossy(&version).trim().trim_start_matches('v').to_owned();
    let major = version.split('.').next().unwrap_or_default();
    note_version(function, &format!("nodejs{major}.x"), &node, &format!("Node.js {version}"));
    let handler_name = function.handler_name.clone();
    let command = vec![text(&node)?, text(&clients.file(Clients::NODE))?, handler_name.clone()];
    Ok(Launch { command, help: Help { explain, interpreter: node, folder: folder.to_owned(), handler_name } })
}

/// Checks that what package.json asks for is installed: code may load it later than at the start.
fn check_dependencies(folder: &Path, variables: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let Some(dependencies) = dependencies(folder)? else { return Ok(()) };
    // <https://nodejs.org/api/modules.html#loading-from-the-global-folders>
    let near = folder.ancestors().map(|folder| folder.join("node_modules"));
    let path = variables.get("NODE_PATH").map(String::as_str).unwrap_or_default();
    let places: Vec<PathBuf> = near.chain(env::split_paths(path).map(|other| folder.join(other))).collect();
    let is_there = |name: &String| places.iter().any(|place| place.join(name).exists());
    let missing: Vec<String> = dependencies.into_iter().filter(|name| !is_there(name)).collect();
    if !missing.is_empty() {
        let folder = folder.display();
        bail!(
            "{} of {folder}/package.json is not installed: run `npm install` in {folder}, or run `sam build` and then \
             `goblet dev --built`",
            missing.join(", ")
        );
    }
    Ok(())
}

/// The packages that a folder's package.json asks for, if there is one.
fn dependencies(folder: &Path) -> anyhow::Result<Option<Vec<String>>> {
    let file = folder.join("package.json");
    let Ok(manifest) = fs::read(&file) else { return Ok(None) };
    let manifest: Value =
        serde_json::from_slice(&manifest).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(Some(manifest["dependencies"].as_object().into_iter().flat_map(|found| found.keys().cloned()).collect()))
}

/// Says what to do about an error that our runtime client reports when it loads a function.
fn explain(help: &Help, error_type: &str, message: &str) -> Option<String> {
    let Help { handler_name, folder, .. } = help;
    match error_type {
        "Runtime.MalformedHandlerName" => {
            Some(format!("Handler {handler_name:?} is not of the form FILE.FUNCTION, e.g. index.handler"))
        }
        "Runtime.HandlerNotFound" => {
            Some(format!("{message}: export it from the code in {}, or correct Handler", folder.display()))
        }
        "Runtime.ImportModuleError" => missing_module(help, message),
        _ => None,
    }
}

/// Says what to do about a module that is missing: <https://nodejs.org/api/errors.html#module_not_found>.
fn missing_module(help: &Help, message: &str) -> Option<String> {
    let message = message.lines().next().unwrap_or_default().trim_start_matches("Error: ");
    let (module, folder) = (message.split('\'').nth(1)?, help.folder.display());
    if help.handler_name.strip_prefix(module).is_some_and(|rest| rest.starts_with('.')) {
        return Some(missing_handler(help, module));
    }
    if module.starts_with(['.', '/']) {
        return None;
    }
    let parts = if module.starts_with('@') { 2 } else { 1 };
    let package = module.split('/').take(parts).collect::<Vec<_>>().join("/");
    let hint =
        if SDK.iter().any(|name| module.starts_with(name)) { " (it is part of Lambda's own runtime)" } else { "" };
    Some(format!(
        "{message}{hint}: run `npm install {package}` in {folder}, in a folder above it, or where NODE_PATH says"
    ))
}

/// Says that the handler's file is missing, and what to do.
fn missing_handler(help: &Help, module: &str) -> String {
    let Help { handler_name, folder, .. } = help;
    let files = TYPESCRIPT.map(|extension| folder.join(format!("{module}.{extension}")));
    match files.iter().find(|file| file.is_file()) {
        Some(file) => format!(
            "{} is TypeScript, which Lambda's Node.js does not run. Build it: with `Metadata: BuildMethod: esbuild`, `sam \
             build` and then `goblet dev --built`; or with `npx tsc`, to {module}.js",
            file.display()
        ),
        None => format!(
            "there is no {module}.js, {module}.mjs or {module}.cjs in {}, which Handler {handler_name} names",
            folder.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(error_type: &str, message: &str) -> Option<String> {
        let (interpreter, folder) = ("node".into(), "/code".into());
        let handler_name = "src/index.handler".to_owned();
        Help { explain, interpreter, folder, handler_name }.explain(error_type, message)
    }

    #[test]
    fn what_to_do_about_a_missing_module() {
        let missing = |message| explained("Runtime.ImportModuleError", message);
        for (message, says) in [
            ("Error: Cannot find module 'left-pad'\nRequire stack:\n- /code/a.js", "`npm install left-pad` in /code"),
            ("Error: Cannot find package 'lodash' imported from /code/a.mjs", "`npm install lodash` in /code"),
            ("Error: Cannot find module 'lodash/fp'", "Cannot find module 'lodash/fp': run `npm install lodash`"),
            (
                "Error: Cannot find module '@aws-sdk/client-s3/x'",
                "(it is part of Lambda's own runtime): run `npm install @aws-sdk/client-s3`",
            ),
            ("Error: Cannot find module 'src/index'\nRequire stack:\n- /code/index.js", "there is no src/index.js"),
        ] {
            let explained = missing(message).unwrap();
            assert!(explained.contains(says), "{explained}");
        }
        // One's own files: the error says it all.
        assert_eq!(missing("Error: Cannot find module './none'"), None);
        assert_eq!(missing("Error: Cannot find module '/code/none' imported from /code/a.mjs"), None);
        assert_eq!(explained("Error", "Cannot find module 'lodash'"), None);
    }
}
