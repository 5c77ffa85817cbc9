//! Where in its code a guest was when it stopped.

use std::fmt::Write as _;

use rustc_demangle::demangle;
use wasmtime::{FrameInfo, WasmBacktrace};

/// The crates of Rust's standard library that frames are in.
const STANDARD_LIBRARY: [&str; 5] = ["__rustc", "alloc", "core", "panic_abort", "std"];

/// A line for each of the guest's own functions, the innermost first. Names of Rust's functions are readable, and the
/// standard library is left out. If nothing is left then, there is no text.
pub fn describe(backtrace: &WasmBacktrace) -> Option<String> {
    let mut lines = String::new();
    for frame in backtrace.frames() {
        let function = function(frame);
        if !is_in_standard_library(&function) {
            let module = frame.module().name().unwrap_or("unnamed");
            // Writing into a string does not fail.
            let _ = write!(lines, "\n  {:#8x} - {module}!{function}", frame.module_offset().unwrap_or_default());
        }
    }
    (!lines.is_empty()).then(|| format!("wasm backtrace:{lines}"))
}

fn function(frame: &FrameInfo) -> String {
    match frame.func_name() {
        // Without the hash that Rust's compiler adds.
        Some(name) => format!("{:#}", demangle(name)),
        None => format!("function {}", frame.func_index()),
    }
}

/// Whether a function is libc's `abort`, or its name begins with a crate of the standard library, also behind a `<`:
/// `<alloc::vec::Vec<T> as …>::drop`.
fn is_in_standard_library(function: &str) -> bool {
    if function == "abort" {
        return true;
    }
    let (first, _) = function.trim_start_matches(['<', '&']).split_once("::").unwrap_or_default();
    STANDARD_LIBRARY.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_is_told_from_a_handlers_functions() {
        for theirs in ["core::panicking::panic_fmt", "<alloc::vec::Vec<T> as core::ops::Drop>::drop", "abort"] {
            assert!(is_in_standard_library(theirs), "{theirs}");
        }
        for own in ["echo::on_message", "<echo::Echo as core::fmt::Display>::fmt", "standard::run", "function 7"] {
            assert!(!is_in_standard_library(own), "{own}");
        }
    }
}
