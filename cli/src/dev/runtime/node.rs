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
};
use crate::terminal;

/// What Lambda looks for: <https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html>.
const EXTENSIONS: [&str; 4] = ["", ".js", ".mjs", ".cjs"];

const TYPESCRIPT: [&str; 4] = [".ts", ".mts", ".cts", ".tsx"];

/// The command that starts a Node.js function, with our own runtime client: to install AWS's takes a C++ compiler.
pub fn command(
    function: &Function,
    folder: &Path,
    variables: &BTreeMap<String, String>,
    clients: &Clients,
) -> anyhow::Result<Vec<String>> {
    let node = in_path("node").with_context(|| {
        format!("Runtime {} needs Node.js: install it, so that `node` is found in PATH", function.runtime)
    })?;
    let packages = Packages::of(folder, variables);
    let file = handler_file(&function.handler_name, folder, &packages)?;
    check_dependencies(folder, &packages)?;
    if let Some(file) = file {
        check_file(&file, function, folder, &packages)?;
    }
    note_version(function, &node, folder)?;
    Ok(vec![text(&node)?, text(&clients.file(Clients::NODE))?, function.handler_name.clone()])
}

/// The module and the name of a handler: `src/app.handler` is `handler` of `src/app`, `app.a.b` is `b` of `a` of `app`.
fn split(handler_name: &str) -> Option<(PathBuf, &str)> {
    let (folder, rest) = handler_name.rsplit_once('/').unwrap_or(("", handler_name));
    let (module, name) = rest.split_once('.').filter(|(module, name)| !module.is_empty() && !name.is_empty())?;
    Some((Path::new(folder).join(module), name))
}

/// The handler's file. There is none if the handler is a folder or a package.
fn handler_file(handler_name: &str, folder: &Path, packages: &Packages) -> anyhow::Result<Option<PathBuf>> {
    let (module, _) = split(handler_name)
        .with_context(|| format!("Handler {handler_name:?} is not of the form FILE.FUNCTION, e.g. index.handler"))?;
    let place = folder.join(&module);
    let with = |extension: &&str| PathBuf::from(format!("{}{extension}", place.display()));
    if let Some(file) = EXTENSIONS.iter().map(with).find(|file| file.is_file()) {
        return Ok(Some(file));
    }
    if place.is_dir() || packages.have(&module.to_string_lossy()) {
        return Ok(None);
    }
    let (module, folder) = (module.display(), folder.display());
    if let Some(file) = TYPESCRIPT.iter().map(with).find(|file| file.is_file()) {
        bail!(
            "{} is TypeScript, which Lambda's Node.js does not run. Build it: with `Metadata: BuildMethod: esbuild`, `sam \
             build` and then `goblet dev --built`; or with `npx tsc`, to {module}.js",
            file.display()
        );
    }
    bail!("there is no {module}.js, {module}.mjs or {module}.cjs in {folder}, which Handler {handler_name} names");
}

/// The folders in which Node.js finds packages: <https://nodejs.org/api/modules.html#loading-from-the-global-folders>.
struct Packages(Vec<PathBuf>);

impl Packages {
    /// Those of a function in a folder.
    fn of(folder: &Path, variables: &BTreeMap<String, String>) -> Self {
        let near = folder.ancestors().map(|folder| folder.join("node_modules"));
        let path = variables.get("NODE_PATH").map(String::as_str).unwrap_or_default();
        Self(near.chain(env::split_paths(path).map(|other| folder.join(other))).collect())
    }

    fn have(&self, package: &str) -> bool {
        self.0.iter().any(|folder| folder.join(package).exists())
    }
}

/// Checks that what package.json asks for is installed.
fn check_dependencies(folder: &Path, packages: &Packages) -> anyhow::Result<()> {
    let file = folder.join("package.json");
    let Ok(manifest) = fs::read(&file) else { return Ok(()) };
    let manifest: Value =
        serde_json::from_slice(&manifest).with_context(|| format!("cannot read {}", file.display()))?;
    let dependencies = manifest["dependencies"].as_object().into_iter().flat_map(|dependencies| dependencies.keys());
    let missing: Vec<&str> = dependencies.map(String::as_str).filter(|name| !packages.have(name)).collect();
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

/// Checks what can be seen of the handler's file without running it.
fn check_file(file: &Path, function: &Function, folder: &Path, packages: &Packages) -> anyhow::Result<()> {
    let code = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (file, handler_name) = (file.display(), &function.handler_name);
    let name = split(handler_name).and_then(|(_, name)| name.split('.').next()).unwrap_or_default();
    // The names may come from another file.
    let is_passed_on = ["export *", "module.exports =", "module.exports="].iter().any(|text| code.contains(text));
    if !is_passed_on && !words(&code).any(|word| word == name) {
        bail!("{file} exports no {name}, which Handler {handler_name} names");
    }
    if code.contains("awslambda.streamifyResponse(") {
        bail!(
            "{file} streams its answer, which API Gateway does not take of a WebSocket function: export the handler itself, \
             without awslambda.streamifyResponse"
        );
    }
    let missing: Vec<&str> = sdk_imports(&code).filter(|package| !packages.have(package)).collect();
    // What may be missing is tried.
    if let Some(package) = missing.first().filter(|_| !words(&code).any(|word| word == "try")) {
        bail!(
            "{file} imports {package}, which is not installed (it is part of Lambda's own runtime): run `npm install {}` \
             in {}, in a folder above it, or where NODE_PATH says",
            missing.join(" "),
            folder.display()
        );
    }
    Ok(())
}

/// The identifiers of a program, and the words of its texts and comments.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|character: char| !(character.is_alphanumeric() || character == '_' || character == '$'))
}

/// The packages of AWS's SDK that a program imports.
fn sdk_imports(code: &str) -> impl Iterator<Item = &str> {
    let mut is_in_comment = false;
    let lines = code.lines().filter(move |line| {
        let line = line.trim();
        is_in_comment |= line.starts_with("/*");
        let is_comment = is_in_comment || line.starts_with("//");
        is_in_comment &= !line.contains("*/");
        !is_comment
    });
    let lines = lines.filter(|line| line.contains("require(") || line.contains("import") || line.contains("from"));
    let texts = lines.flat_map(|line| line.split(['"', '\'']).skip(1).step_by(2));
    texts.filter_map(|text| {
        let (scope, package) = text.split_once('/').unwrap_or((text, ""));
        match (scope, package.split('/').next()) {
            ("aws-sdk", _) => Some("aws-sdk"),
            ("@aws-sdk" | "@smithy", Some(package)) => Some(&text[..=scope.len() + package.len()]),
            _ => None,
        }
    })
}

/// Tells if a function runs on another version than on AWS.
fn note_version(function: &Function, node: &Path, folder: &Path) -> anyhow::Result<()> {
    let version = run(node, ["--version"], folder, &[])?.stdout;
    let version = String::from_utf8_lossy(&version).trim().trim_start_matches('v').to_owned();
    let major = version.split('.').next().unwrap_or_default();
    let (id, runtime) = (&function.id, &function.runtime);
    if *runtime != format!("nodejs{major}.x") {
        terminal::note(&format!(
            "Resources.{id}: its Runtime is {runtime}, but it runs on {} here, which is Node.js {version}",
            node.display()
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_and_the_name_of_a_handler() {
        assert_eq!(split("index.handler"), Some(("index".into(), "handler")));
        assert_eq!(split("src/app.a.b"), Some(("src/app".into(), "a.b")));
        for handler_name in ["", "index", "index.", ".handler", "a.b/handler"] {
            assert_eq!(split(handler_name), None, "{handler_name}");
        }
    }

    #[test]
    fn the_packages_of_the_sdk_that_are_imported() {
        let imports = |code| sdk_imports(code).collect::<Vec<_>>();
        assert_eq!(imports("import { A } from '@aws-sdk/client-dynamodb'"), ["@aws-sdk/client-dynamodb"]);
        assert_eq!(
            imports("const { A } = require(\"@aws-sdk/a/b\"), b = require('aws-sdk/c')"),
            ["@aws-sdk/a", "aws-sdk"]
        );
        assert!(imports("// require('aws-sdk')\nrequire('./aws-sdk'); require('fs')").is_empty());
    }
}
