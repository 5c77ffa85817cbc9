//! How much is measured.

/// How often something is done, and what the programs are built with.
pub struct Scale {
    pub repeats: usize,
    pub messages: usize,
    /// Cold starts.
    pub cold: usize,
    /// Open connections.
    pub connections: usize,
    /// The profile of the host and of plain Rust, if they are built.
    pub profile: &'static str,
}

pub const SHORT: Scale = Scale { repeats: 1, messages: 50, cold: 2, connections: 100, profile: "fast" };
pub const LONG: Scale = Scale { repeats: 5, messages: 2000, cold: 20, connections: 10_000, profile: "layer" };
