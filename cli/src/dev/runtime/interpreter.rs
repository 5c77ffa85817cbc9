//! Finds and runs the interpreters of functions.

use std::{
    env,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context as _, bail};

/// Runs a program to its end in a function's folder, with as little of this program's environment as a function has.
pub fn run(
    program: &Path,
    arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    folder: &Path,
    variables: &[(&str, &str)],
) -> anyhow::Result<Output> {
    let inherited = ["PATH", "HOME"].iter().filter_map(|name| Some((name, env::var_os(name)?)));
    let mut command = Command::new(program);
    let output = command
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(inherited)
        .envs(variables.iter().copied())
        .output();
    let output = output.with_context(|| format!("cannot start {}", program.display()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        bail!("{} failed ({}): {errors}", program.display(), output.status);
    }
    Ok(output)
}

/// The program of a name in the folders of `PATH`.
pub fn in_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The text of a path. Commands and messages are text.
pub fn text(path: &Path) -> anyhow::Result<String> {
    path.to_str().map(ToOwned::to_owned).with_context(|| format!("the path {} is not UTF-8", path.display()))
}
