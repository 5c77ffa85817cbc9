//! Chalice's part of a build.

use std::path::PathBuf;

use super::{place::Place, private_package::PrivatePackage};
use crate::private_install::PrivateInstall;

/// The package's name.
pub const NAME: &str = "chalice";

/// The Chalice that an app gets if its project names none. What an app imports of Chalice imports nothing else.
pub const CHALICE: PrivatePackage = PrivatePackage {
    install: PrivateInstall {
        name: NAME,
        version: "1.34.0",
        works: |folder, _| Ok(folder.join("chalice/__init__.py").is_file()),
    },
    title: "Chalice",
    options: &["--no-deps"],
};

/// The folder whose content Chalice puts beside the app: <https://aws.github.io/chalice/topics/packaging.html>.
pub fn vendored(place: &Place) -> Option<PathBuf> {
    let vendor = place.root.join("vendor");
    (place.root.join(".chalice").is_dir() && vendor.is_dir()).then_some(vendor)
}
