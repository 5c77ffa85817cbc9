//! Where a function finds what its layers have.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

use goblet_template::Function;

use super::layout::Layout;

/// Where Lambda has the content of layers, and the package.
const LAYERS: &str = "/opt";
const PACKAGE: &str = "/var/task";

/// The variables that list folders.
const VARIABLES: [&str; 7] = ["PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH", GEM_PATH, "RUBYLIB", "CLASSPATH"];

/// With a separator at its end, `RubyGems` searches its own folders, too:
/// <https://github.com/ruby/rubygems/blob/master/lib/rubygems/path_support.rb>.
const GEM_PATH: &str = "GEM_PATH";

/// The folders that stand for `/opt` and `/var/task` in the variables that list folders. Nothing is copied.
#[derive(Default)]
pub struct SearchPaths {
    runtime: String,
    /// Those that are searched first come first.
    layers: Vec<PathBuf>,
    package: PathBuf,
}

impl SearchPaths {
    /// Those of a function whose layers are folders. Later layers count more:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html>.
    pub fn of(function: &Function, package: &Path) -> Self {
        let layers = function.layers.iter().rev().cloned().collect();
        let package = package.canonicalize().unwrap_or_else(|_| package.to_owned());
        Self { runtime: function.runtime.clone(), layers, package }
    }

    /// Those of a function that is laid out: its layers are one folder.
    pub fn in_layout(function: &Function, layout: &Layout) -> Self {
        Self { runtime: function.runtime.clone(), layers: vec![layout.layers()], package: layout.task_root() }
    }

    /// Lambda's own values, with what this program's environment has in place of what Lambda's has outside of `/opt`:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>. A function's own values replace them.
    /// (Lambda's Python has no variable for it, but has the same folders unless a function sets `PYTHONPATH`.)
    pub fn defaults(&self) -> BTreeMap<String, String> {
        let own = |name| env::var(name).unwrap_or_default();
        let mut variables =
            vec![("PATH", format!("{}:/opt/bin", own("PATH"))), ("LD_LIBRARY_PATH", "/opt/lib".to_owned())];
        let runtime = self.runtime.trim_end_matches(".x");
        if runtime.starts_with("python") {
            variables.push(("PYTHONPATH", format!("/opt/python/lib/{runtime}/site-packages:/opt/python")));
        }
        if let Some(version) = runtime.strip_prefix("nodejs") {
            let layers = format!("/opt/nodejs/node{version}/node_modules:/opt/nodejs/node_modules");
            variables.push(("NODE_PATH", format!("{layers}:{}", own("NODE_PATH"))));
        }
        if let Some(version) = runtime.strip_prefix("ruby") {
            variables.push((GEM_PATH, format!("/opt/ruby/gems/{version}.0:{}", own(GEM_PATH))));
            variables.push(("RUBYLIB", "/var/task:/opt/ruby/lib".to_owned()));
        }
        if runtime.starts_with("java") {
            variables.push(("CLASSPATH", "/var/task:/var/task/lib/*:/opt/java/lib/*".to_owned()));
        }
        variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Puts folders of this machine in place of Lambda's. A variable without any folder is unset.
    pub fn resolve(&self, variables: &mut BTreeMap<String, String>) {
        for name in VARIABLES {
            let Some(value) = variables.remove(name) else { continue };
            let folders = env::split_paths(&value).flat_map(|folder| self.folders(folder));
            let folders = folders.filter(|folder| !folder.as_os_str().is_empty());
            // A folder with a colon in its name cannot be listed.
            let folders: Vec<_> = folders.filter_map(|folder| folder.into_os_string().into_string().ok()).collect();
            if !folders.is_empty() {
                let end = if name == GEM_PATH { ":" } else { "" };
                variables.insert(name.to_owned(), folders.join(":") + end);
            }
        }
    }

    /// What stands for a folder. One that no layer has may be there on this machine, such as `/opt/homebrew/bin`.
    fn folders(&self, folder: PathBuf) -> Vec<PathBuf> {
        // To Java, `lib/*` is all archives in the folder.
        if let (Some(parent), true) = (folder.parent(), folder.ends_with("*")) {
            return self.folders(parent.to_owned()).into_iter().map(|folder| folder.join("*")).collect();
        }
        if let Ok(rest) = folder.strip_prefix(PACKAGE) {
            // Without a separator at the end.
            return vec![self.package.join(rest).components().collect()];
        }
        let Ok(rest) = folder.strip_prefix(LAYERS) else { return vec![folder] };
        let found = self.layers.iter().map(|layer| layer.join(rest)).filter(|folder| folder.is_dir());
        let found: Vec<_> = found.filter_map(|folder| folder.canonicalize().ok()).collect();
        if found.is_empty() && folder.is_dir() { vec![folder] } else { found }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn layers_are_searched_from_the_last_to_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["a/nodejs/node_modules", "b/nodejs/node_modules", "b/nodejs/node20/node_modules", "a/lib", "a/bin"]
        {
            fs::create_dir_all(root.join(name)).unwrap();
        }
        let layers = vec![root.join("b"), root.join("a")];
        let paths = SearchPaths { runtime: "nodejs20.x".to_owned(), layers, package: root.join("code") };
        let mut variables = paths.defaults();
        variables
            .insert("NODE_PATH".to_owned(), "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:".to_owned());
        variables.insert("PYTHONPATH".to_owned(), "/opt/python:/var/task/src:own".to_owned());
        paths.resolve(&mut variables);
        let root = root.display();
        assert_eq!(
            variables["NODE_PATH"],
            format!("{root}/b/nodejs/node20/node_modules:{root}/b/nodejs/node_modules:{root}/a/nodejs/node_modules")
        );
        assert_eq!(variables["PYTHONPATH"], format!("{root}/code/src:own"));
        assert_eq!(variables["LD_LIBRARY_PATH"], format!("{root}/a/lib"));
        assert!(variables["PATH"].ends_with(&format!(":{root}/a/bin")));
    }

    #[test]
    fn the_layers_of_ruby_and_java() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for name in ["ruby/gems/3.3.0", "ruby/lib", "java/lib"] {
            fs::create_dir_all(root.join("layer").join(name)).unwrap();
        }
        let resolved = |runtime: &str, layers| {
            let paths = SearchPaths { runtime: runtime.to_owned(), layers, package: root.join("code") };
            let mut variables = paths.defaults();
            paths.resolve(&mut variables);
            variables
        };
        let (ruby, java) =
            (resolved("ruby3.3", vec![root.join("layer")]), resolved("java21", vec![root.join("layer")]));
        let root = root.display();
        assert!(ruby["GEM_PATH"].starts_with(&format!("{root}/layer/ruby/gems/3.3.0:")), "{ruby:?}");
        assert!(ruby["GEM_PATH"].ends_with(':'), "{ruby:?}");
        assert_eq!(ruby["RUBYLIB"], format!("{root}/code:{root}/layer/ruby/lib"));
        assert_eq!(java["CLASSPATH"], format!("{root}/code:{root}/code/lib/*:{root}/layer/java/lib/*"));
        let without = resolved("java21", Vec::new());
        assert_eq!(without["CLASSPATH"], format!("{root}/code:{root}/code/lib/*"));
    }

    #[test]
    fn what_names_no_folder_is_unset() {
        let mut variables = BTreeMap::from([("LD_LIBRARY_PATH".to_owned(), "/opt/goblet-none".to_owned())]);
        SearchPaths::default().resolve(&mut variables);
        assert!(variables.is_empty());
    }
}
