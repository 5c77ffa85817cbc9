//! What `sam build` leaves, built once for each architecture.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::{Once, OnceLock},
};

use crate::support::{GOBLET, folder, root, run, virtual_environment};

/// One of Lambda's architectures, with what is built for it.
pub struct Architecture {
    pub name: &'static str,
    pub triple: &'static str,
    built: OnceLock<PathBuf>,
}

pub static ARM64: Architecture =
    Architecture { name: "arm64", triple: "aarch64-unknown-linux-gnu", built: OnceLock::new() };
pub static X86_64: Architecture =
    Architecture { name: "x86_64", triple: "x86_64-unknown-linux-gnu", built: OnceLock::new() };

impl Architecture {
    /// This machine's: what is built for it runs without an emulator.
    pub fn native() -> &'static Self {
        if cfg!(target_arch = "aarch64") { &ARM64 } else { &X86_64 }
    }

    /// A folder with `.aws-sam/build` in it.
    pub fn built(&self) -> &Path {
        self.built.get_or_init(|| {
            let project = folder().join("deploy").join(self.name);
            let parameter = format!("Architecture={}", self.name);
            run(sam("build").arg("--build-dir").arg(project.join(".aws-sam/build")).args([
                "--base-dir",
                root().to_str().unwrap(),
                "--parameter-overrides",
                &parameter,
            ]));
            project
        })
    }

    /// The content of the layer.
    pub fn host(&self) -> PathBuf {
        self.built().join(".aws-sam/build/Host")
    }

    /// The function's package.
    pub fn package(&self) -> PathBuf {
        self.built().join(".aws-sam/build/EchoFunction")
    }
}

/// `make` with the Makefile of an architecture. What it builds with is there: two tests would install it at once.
pub fn make(architecture: &str, target: &str) -> Command {
    static TOOLS: Once = Once::new();
    let make = |architecture: &str, target: &str| {
        let mut make = Command::new("make");
        make.arg(format!("--makefile=deploy/{architecture}/Makefile")).arg(target).current_dir(root());
        without_own_package(&mut make);
        make
    };
    let both = format!("TRIPLE={} {}", ARM64.triple, X86_64.triple);
    TOOLS.call_once(|| run(make(architecture, "tools").arg(both)));
    make(architecture, target)
}

/// Takes away what cargo tells a test of its package. Libraries whose build scripts ask for these variables would be built
/// again, when the host is built already.
fn without_own_package(command: &mut Command) {
    let is_own =
        |name: &str| name == "OUT_DIR" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for name in env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| is_own(name)) {
        command.env_remove(name);
    }
}

/// `sam`, in the folder of the template.
pub fn sam(command: &str) -> Command {
    let mut sam = tool("sam");
    sam.arg(command).envs(sam_environment()).env("GOBLET", GOBLET);
    without_own_package(&mut sam);
    sam
}

/// The variables of `sam`.
pub fn sam_environment() -> [(&'static str, &'static str); 2] {
    [("SAM_CLI_TELEMETRY", "0"), ("AWS_DEFAULT_REGION", "us-east-1")]
}

/// A program of the pinned tools, in the folder of the template.
pub fn tool(name: &str) -> Command {
    let mut command = Command::new(tools().join("bin").join(name));
    command.current_dir(root());
    command
}

/// The virtual environment of the pinned tools.
pub fn tools() -> PathBuf {
    virtual_environment("tests/deploy/requirements.txt")
}
