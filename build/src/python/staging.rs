//! The files that componentize-py reads, and our own scripts. This program carries them.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use super::{error::PythonError, place::Place};

/// The interface between handlers and their host.
const WIT: &str = include_str!("../../wit/websocket.wit");

/// The name of a handler's world, which has the routes that it serves.
pub const WORLD: &str = "python-handler";

/// The module that componentize-py makes a component of.
pub const ENTRY: &str = "goblet_component";

/// A file's name and content, from a folder beside this one.
macro_rules! files {
    ($folder:literal: $($name:literal)*) => { [$(($name, include_str!(concat!($folder, "/", $name)))),*] };
}

/// The package `goblet`.
static SDK: [(&str, &str); 10] = files!("../../python-sdk":
    "__init__.py" "_connections.py" "_errors.py" "_events.py" "_host.py" "_payload.py" "_routes.py" "groups.py" "state.py"
    "testing.py");

/// What runs the author's modules.
static COMPONENT: [(&str, &str); 14] = files!("goblet_component":
    "__init__.py" "_author.py" "_draft.py" "_failure.py" "_fresh.py" "_later.py" "_loop.py" "_notes.py" "_packages.py"
    "_preparation.py" "_records.py" "_routes.py" "_services.py" "_zones.py");

/// What serves the handlers of a Chalice app.
static CHALICE: [(&str, &str); 5] = files!("goblet_chalice":
    "__init__.py" "_app.py" "_context.py" "_proxy_event.py" "_response.py");

/// What connects boto3 with the host.
static REAL_BOTO3: [(&str, &str); 8] = files!("goblet_boto3":
    "__init__.py" "_connections.py" "_data.py" "_failures.py" "_httpsession.py" "_memory.py" "_transport.py" "_warm.py");

/// What stands for packages that need the network.
static BOTO3: [(&str, &str); 3] = files!("stand_ins/boto3": "__init__.py" "_connections.py" "session.py");
static BOTOCORE: [(&str, &str); 4] =
    files!("stand_ins/botocore": "__init__.py" "client.py" "config.py" "exceptions.py");

const SCRIPTS: [(&str, &str); 6] = files!(".": "analyse.py" "analyse_boto3.py" "analyse_chalice.py"
    "requirement_files.py" "requirements.py" "zones.py");

/// All that is in a component and the author does not choose: files by their names, and what they contain.
pub fn carried() -> impl Iterator<Item = &'static (&'static str, &'static str)> {
    SDK.iter().chain(&COMPONENT).chain(&CHALICE).chain(&REAL_BOTO3).chain(&BOTO3).chain(&BOTOCORE)
}

/// The folder of these files.
pub struct Staging(PathBuf);

impl Staging {
    /// Writes all of them, but the world.
    pub fn write(place: &Place) -> Result<Self, PythonError> {
        let staging = Self(place.folder().join("staging"));
        let modules = staging.modules();
        write_all(&modules.join("goblet"), &SDK)?;
        write_all(&modules.join(ENTRY), &COMPONENT)?;
        write_all(&modules.join("goblet_chalice"), &CHALICE)?;
        write_all(&modules.join("goblet_boto3"), &REAL_BOTO3)?;
        write_all(&staging.stand_ins().join("boto3"), &BOTO3)?;
        write_all(&staging.stand_ins().join("botocore"), &BOTOCORE)?;
        write_all(&staging.0, &SCRIPTS)?;
        write_all(&staging.no_packages().join("lib/site-packages"), &[])?;
        Ok(staging)
    }

    /// Writes the world of a handler with these routes and services, by the names that they have in Python, and returns it.
    pub fn write_world(&self, routes: &[String], services: &[String]) -> Result<String, PythonError> {
        let mut world =
            format!("{WIT}\nworld {WORLD} {{\n  import connections;\n  import log;\n  export preparation;\n");
        for (kind, names) in [("import", services), ("export", routes)] {
            for name in names {
                // It does not fail.
                let _ = writeln!(world, "  {kind} {};", name.replace('_', "-"));
            }
        }
        world.push_str("}\n");
        write(&self.world(), &world)?;
        Ok(world)
    }

    /// Replaces what the analysis has written for `goblet_component`.
    pub fn write_plan(&self, plan: &str) -> Result<(), PythonError> {
        write(&self.plan(), plan)
    }

    /// The folder of the modules.
    pub fn modules(&self) -> PathBuf {
        self.0.join("modules")
    }

    /// The folder of the packages that go before those of the same name.
    pub fn stand_ins(&self) -> PathBuf {
        self.0.join("stand_ins")
    }

    pub fn world(&self) -> PathBuf {
        self.0.join("websocket.wit")
    }

    /// Where the analysis writes what `goblet_component` reads.
    pub fn plan(&self) -> PathBuf {
        self.modules().join(ENTRY).join("plan.json")
    }

    /// Where the analysis writes the time zones.
    pub fn zones(&self) -> PathBuf {
        self.modules().join(ENTRY).join("zones.json")
    }

    pub fn analysis_script(&self) -> PathBuf {
        self.0.join("analyse.py")
    }

    pub fn requirements_script(&self) -> PathBuf {
        self.0.join("requirements.py")
    }

    /// A virtual environment without packages.
    pub fn no_packages(&self) -> PathBuf {
        self.0.join("no_packages")
    }
}

fn write_all(folder: &Path, files: &[(&str, &str)]) -> Result<(), PythonError> {
    fs::create_dir_all(folder).map_err(|error| PythonError::NotWritten(folder.to_owned(), error))?;
    files.iter().try_for_each(|(name, content)| write(&folder.join(name), content))
}

fn write(file: &Path, content: &str) -> Result<(), PythonError> {
    fs::write(file, content).map_err(|error| PythonError::NotWritten(file.to_owned(), error))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A file that is not carried would be missing in every component.
    #[test]
    fn every_module_is_carried() {
        let carried =
            |files: &[(&str, &str)]| files.iter().map(|(name, _)| (*name).to_owned()).collect::<BTreeSet<_>>();
        let there = |folder: &str| {
            let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
            let files = files.filter(|file| file.extension().is_some_and(|extension| extension == "py"));
            files.map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
        };
        assert_eq!(carried(&SDK), there("python-sdk"));
        assert_eq!(carried(&COMPONENT), there("src/python/goblet_component"));
        assert_eq!(carried(&CHALICE), there("src/python/goblet_chalice"));
        assert_eq!(carried(&REAL_BOTO3), there("src/python/goblet_boto3"));
        assert_eq!(carried(&BOTO3), there("src/python/stand_ins/boto3"));
        assert_eq!(carried(&BOTOCORE), there("src/python/stand_ins/botocore"));
        assert_eq!(carried(&SCRIPTS), there("src/python"));
    }
}
