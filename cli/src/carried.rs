//! The hosts that this program carries. `build.rs` puts them into it.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use flate2::read::DeflateDecoder;

use crate::architecture::Architecture;

const ARM64: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bootstrap-arm64.deflate"));
const X86_64: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/bootstrap-x86_64.deflate"));

/// The `bootstrap` of an architecture. A program that was built without one says how to get one.
pub fn bootstrap(architecture: Architecture) -> anyhow::Result<Vec<u8>> {
    let packed = match architecture {
        Architecture::Arm64 => ARM64,
        Architecture::X86_64 => X86_64,
    };
    if packed.is_empty() {
        bail!(
            "this goblet was built without the host for {architecture}; a release has it. In a clone, build it with `make \
             -f deploy/{architecture}/Makefile bootstrap`. Then add `--bootstrap target/{triple}/layer/bootstrap`; for `sam \
             build`, set GOBLET_BOOTSTRAP to the whole path of that file",
            triple = architecture.triple()
        );
    }
    let mut bootstrap = Vec::new();
    DeflateDecoder::new(packed).read_to_end(&mut bootstrap).context("cannot unpack the host that goblet carries")?;
    Ok(bootstrap)
}
