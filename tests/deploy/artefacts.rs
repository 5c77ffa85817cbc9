//! What is uploaded: how large it is, where it starts, and that it is the same each time.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::{
    build::{ARM64, Architecture, X86_64, make},
    support::{GOBLET, folder, root, run},
};

/// The C library of `provided.al2023`.
const GLIBC: (u32, u32) = (2, 34);

const MAX_BOOTSTRAP: u64 = 8_000_000;
const MAX_HOST_ZIP: u64 = 3_500_000;

/// The zip of a handler or of the host.
fn package(file: &Path, zip: PathBuf) -> Vec<u8> {
    run(Command::new(GOBLET).arg("package").arg(file).arg("--output").arg(&zip).current_dir(root()));
    fs::read(zip).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into()).collect()
}

fn host_is_small_and_starts_on_lambda(architecture: &Architecture) {
    let host = architecture.host();
    assert_eq!(files(&host), [Path::new("bootstrap")]);
    let bootstrap = host.join("bootstrap");
    let size = fs::metadata(&bootstrap).unwrap().len();
    let zip = package(&bootstrap, host.with_extension("zip")).len() as u64;
    eprintln!("{}: bootstrap has {size} bytes, zipped {zip}", architecture.name);
    assert!(size <= MAX_BOOTSTRAP, "{size}");
    assert!(zip <= MAX_HOST_ZIP, "{zip}");
    let newest = glibc_versions(&bootstrap).into_iter().max().unwrap();
    assert!(newest <= GLIBC, "{newest:?}");
}

/// The versions of glibc that a program asks for.
fn glibc_versions(program: &Path) -> Vec<(u32, u32)> {
    let readelf = Command::new("readelf").arg("--version-info").arg(program).output().unwrap();
    let text = String::from_utf8(readelf.stdout).unwrap();
    let versions = text.split("GLIBC_").skip(1).map(|rest| {
        let version = rest.split(|c: char| c != '.' && !c.is_ascii_digit()).next().unwrap();
        let mut numbers = version.split('.').map(|number| number.parse().unwrap());
        (numbers.next().unwrap(), numbers.next().unwrap())
    });
    versions.collect()
}

#[test]
#[ignore = "builds the host as it ships: .ci/run runs it"]
fn the_host_for_arm64_is_small_and_starts_on_lambda() {
    host_is_small_and_starts_on_lambda(&ARM64);
}

#[test]
#[ignore = "builds the host as it ships: .ci/run runs it"]
fn the_host_for_x86_64_is_small_and_starts_on_lambda() {
    host_is_small_and_starts_on_lambda(&X86_64);
}

#[test]
#[ignore = "builds the host as it ships: .ci/run runs it"]
fn a_function_is_its_handler_alone() {
    for architecture in [&ARM64, &X86_64] {
        let package = architecture.package();
        assert_eq!(files(&package), [Path::new("echo.cwasm")]);
        // Lambda runs functions as a user of its own.
        let mode = fs::metadata(package.join("echo.cwasm")).unwrap().permissions().mode();
        assert_eq!(mode & 0o444, 0o444, "{mode:o}");
    }
}

/// In another folder, with the libraries of the first build: to compile them again takes minutes.
#[test]
#[ignore = "builds the host as it ships, twice: .ci/run runs it"]
fn built_again_it_is_the_same() {
    let again = folder().join("deploy/again");
    let first = X86_64.host();
    copy_libraries(&again.join("target"));
    for target in ["build-Host", "build-EchoFunction"] {
        run(make("x86_64", target)
            .env("GOBLET", GOBLET)
            .env("CARGO_TARGET_DIR", again.join("target"))
            .env("ARTIFACTS_DIR", &again));
    }
    let zips = TempDir::new().unwrap();
    let zip = |file: PathBuf, name: &str| package(&file, zips.path().join(name));
    assert!(
        zip(first.join("bootstrap"), "first.zip") == zip(again.join("bootstrap"), "again.zip"),
        "the host's zip is another one"
    );
    assert!(
        zip(X86_64.package().join("echo.cwasm"), "first.zip") == zip(again.join("echo.cwasm"), "again.zip"),
        "the handler's zip is another one"
    );
}

/// What cargo has built for the host, without the host's own crate, to another target folder.
fn copy_libraries(target: &Path) {
    if target.exists() {
        fs::remove_dir_all(target).unwrap();
    }
    for profile in [Path::new("layer"), &Path::new(X86_64.triple).join("layer")] {
        let (from, copy) = (folder().parent().unwrap().join(profile), target.join(profile));
        fs::create_dir_all(&copy).unwrap();
        for part in [".fingerprint", "build", "deps"] {
            run(Command::new("cp").arg("-a").arg(from.join(part)).arg(&copy));
        }
    }
    let clean = ["clean", "--locked", "--profile", "layer", "--package", "goblet-host", "--target", X86_64.triple];
    run(Command::new("cargo").args(clean).arg("--target-dir").arg(target).current_dir(root()));
}
