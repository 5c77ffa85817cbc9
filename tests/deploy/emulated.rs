//! What is built for arm64, Lambda's default here: on an emulator, unless this machine is one.

use crate::{build::ARM64, support::Dev};

/// An emulator of the oldest of processors that Lambda could have, with the C library of Debian's cross compilers.
const EMULATOR: &str = "qemu-aarch64-static -cpu cortex-a72 -L /usr/aarch64-linux-gnu";

/// What runs a program for arm64 on this machine.
pub fn emulator() -> &'static str {
    if cfg!(target_arch = "aarch64") { "" } else { EMULATOR }
}

#[tokio::test]
#[ignore = "builds the host as it ships, and needs qemu-user-static and libc6-arm64-cross, except on arm64: .ci/run runs it"]
async fn arm64_answers() {
    let command = format!("EchoFunction={} {}", emulator(), ARM64.host().join("bootstrap").display());
    let dev = Dev::start_in(ARM64.built(), ["--built", "--command", &command]).await;
    let mut client = dev.connect().await;
    assert_eq!(client.ask("foo").await, "foo");
}
