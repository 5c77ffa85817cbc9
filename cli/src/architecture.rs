//! The architectures that AWS Lambda has.

use std::{env::consts::ARCH, fmt};

/// An architecture of a function and of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Architecture {
    Arm64,
    X86_64,
}

impl Architecture {
    pub const ALL: [Self; 2] = [Self::Arm64, Self::X86_64];

    /// This machine's, unless Lambda has no such machines.
    pub fn of_this_machine() -> Option<Self> {
        Self::ALL.into_iter().find(|architecture| architecture.processor() == ARCH)
    }

    /// The one that a triple of Linux, such as `aarch64-unknown-linux-gnu`, begins with.
    pub fn of_triple(triple: &str) -> Option<Self> {
        let (processor, system) = triple.split_once('-')?;
        let is_linux = system.split('-').any(|part| part == "linux");
        Self::ALL.into_iter().find(|architecture| is_linux && processor == architecture.processor())
    }

    /// What a Linux program is built for. Other files have none.
    pub fn of_program(program: &[u8]) -> Option<Self> {
        // ELF's `e_machine`: <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html>.
        match (program.get(..4)?, program.get(18)?) {
            (b"\x7fELF", 0x3e) => Some(Self::X86_64),
            (b"\x7fELF", 0xb7) => Some(Self::Arm64),
            _ => None,
        }
    }

    /// Lambda's and SAM's name:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/foundation-arch.html>.
    pub fn name(self) -> &'static str {
        match self {
            Self::Arm64 => "arm64",
            Self::X86_64 => "x86_64",
        }
    }

    /// What compilers call Lambda's machines of this architecture.
    pub fn triple(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64-unknown-linux-gnu",
            Self::X86_64 => "x86_64-unknown-linux-gnu",
        }
    }

    /// The name of the processor in triples.
    fn processor(self) -> &'static str {
        match self {
            Self::Arm64 => "aarch64",
            Self::X86_64 => "x86_64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
