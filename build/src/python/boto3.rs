//! boto3's part of a build.

use super::private_package::PrivatePackage;
use crate::private_install::PrivateInstall;

/// The boto3 that a handler gets if its project names none. On Lambda, Python's runtime brings one.
pub const BOTO3: PrivatePackage = PrivatePackage {
    install: PrivateInstall {
        name: "boto3",
        version: "1.44.8",
        works: |folder, _| Ok(folder.join("boto3/__init__.py").is_file()),
    },
    title: "boto3",
    options: &[],
};
