//! Puts `bootstrap` into the program, for each architecture of Lambda, so that `goblet package --host` needs no compiler.
//!
//! The variables `GOBLET_BOOTSTRAP_ARM64` and `GOBLET_BOOTSTRAP_X86_64` name the files, which `release/build` builds.
//! Without them the program carries none.

#[allow(dead_code)]
#[path = "src/architecture.rs"]
mod architecture;

use std::{env, error::Error, fs, io::Write as _, path::Path};

use architecture::Architecture;
use flate2::{Compression, write::DeflateEncoder};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/architecture.rs");
    let output = env::var("OUT_DIR")?;
    for architecture in Architecture::ALL {
        let variable = format!("GOBLET_BOOTSTRAP_{}", architecture.name().to_uppercase());
        println!("cargo::rerun-if-env-changed={variable}");
        let bootstrap = env::var(&variable).unwrap_or_default();
        let packed = if bootstrap.is_empty() { Vec::new() } else { pack(&variable, &bootstrap, architecture)? };
        fs::write(Path::new(&output).join(format!("bootstrap-{architecture}.deflate")), packed)?;
    }
    Ok(())
}

fn pack(variable: &str, file: &str, architecture: Architecture) -> Result<Vec<u8>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={file}");
    if !Path::new(file).is_absolute() {
        return Err(format!("{variable}={file}: give the whole path, from / on").into());
    }
    let bootstrap = fs::read(file).map_err(|error| format!("{variable}={file}: cannot read the file: {error}"))?;
    if Architecture::of_program(&bootstrap) != Some(architecture) {
        return Err(format!("{variable}={file}: this is no Linux program for {architecture}").into());
    }
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bootstrap)?;
    Ok(encoder.finish()?)
}
