//! Colours. Where they are not wanted (no terminal, `NO_COLOR`), `anstream` takes them out.

use anstyle::{AnsiColor, Effects, Style};

pub const DIM: Style = Style::new().effects(Effects::DIMMED);
pub const ROUTE: Style = AnsiColor::Cyan.on_default();
pub const SENT: Style = AnsiColor::Green.on_default();
pub const OK: Style = AnsiColor::Green.on_default();
pub const WARNING: Style = AnsiColor::Yellow.on_default();
pub const ERROR: Style = AnsiColor::Red.on_default().bold();
pub const PASSED: Style = AnsiColor::Green.on_default();
pub const MISSING: Style = AnsiColor::Red.on_default();
pub const GOT: Style = AnsiColor::Green.on_default();
