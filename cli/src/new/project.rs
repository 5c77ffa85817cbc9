//! A new project: what is chosen of it, and what it consists of.

use std::{borrow::Cow, env, path::Path};

use super::{
    choice::{Example, Language},
    files::{self, Files},
};
use crate::choice::name_of;

pub struct Project {
    pub name: String,
    pub language: Language,
    pub example: Example,
}

impl Project {
    /// Its files: those of every project, then those of its example, of its language, and of both.
    pub fn files(&self) -> Files {
        let (language, example) = (name_of(&self.language), name_of(&self.example));
        let both = format!("{language}-{example}");
        files::of_parts(&["every".to_owned(), example, language, both], &self.values())
    }

    /// What stands in the place of `{{names}}`.
    fn values(&self) -> [(&'static str, String); 14] {
        let (language, example) = (self.language.facts(), name_of(&self.example));
        [
            ("name", self.name.clone()),
            // No keyword of Rust, and no crate that it depends on.
            ("crate", format!("{}_handler", self.name.replace('-', "_"))),
            ("language", language.name.to_owned()),
            ("needs", language.needs.to_owned()),
            ("handler", language.handler.to_owned()),
            ("unit_test", (language.unit_test)(&example)),
            ("run_unit_test", language.run_unit_test.replace(" && ", "\n$ ")),
            ("vendor", language.vendor.to_owned()),
            ("goblet", own_command().to_owned()),
            ("client", language.client.what.to_owned()),
            ("connect", language.client.connect.to_owned()),
            ("connected", language.client.connected.to_owned()),
            ("does", self.example.does().to_owned()),
            ("session", self.example.session().to_owned()),
        ]
    }

    /// What to do in the new folder, by lines.
    pub fn next_steps(&self, folder: &Path) -> Vec<String> {
        let language = self.language.facts();
        let mut lines =
            vec![format!("{}: a handler in {}. It {}", self.name, language.name, self.example.does()), String::new()];
        let enter = format!("cd {}", quoted(folder));
        let steps = [
            (enter.as_str(), ""),
            (&format!("{} dev", own_command()), "serve it on this machine"),
            (&format!("{} test", own_command()), "play the sessions in tests/"),
            (language.run_unit_test, "run the unit test"),
            ("sam build && sam deploy", "deploy it"),
        ];
        let here = usize::from(folder == Path::new("."));
        lines.extend(
            steps[here..].iter().map(|(command, does)| format!("  {command:25}  {does}").trim_end().to_owned()),
        );
        lines.extend([String::new(), "README.md has all commands".to_owned()]);
        lines
    }
}

/// How this program is called. One that npm has installed for a folder is in no folder of `PATH`; npx adds its own.
fn own_command() -> &'static str {
    let is_of_npm = |path: &Path| path.iter().any(|part| part == "node_modules");
    let path = env::var_os("PATH").unwrap_or_default();
    let is_in_path = || env::split_paths(&path).any(|folder| !is_of_npm(&folder) && folder.join("goblet").is_file());
    let is_for_a_folder = env::current_exe().is_ok_and(|program| is_of_npm(&program)) && !is_in_path();
    if is_for_a_folder { "npx goblet" } else { "goblet" }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    shlex::try_quote(&path).map_or_else(|_| path.clone(), Cow::into_owned)
}
