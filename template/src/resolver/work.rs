//! The work that a template may take. Without a bound, 40 values that each repeat the one before twice take for ever.

use std::cell::Cell;

use serde_json::Value;

use super::unknown::Unknown;
use crate::extent;

/// How much may be copied while values are resolved, in bytes. A function's variables, for comparison, may have 4 KB:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>.
pub const MAX_WORK: usize = 16_000_000;

/// What is left of the work.
pub struct Work {
    left: Cell<usize>,
}

impl Default for Work {
    fn default() -> Self {
        Self { left: Cell::new(MAX_WORK) }
    }
}

impl Work {
    /// Takes so many bytes off what is left. Once they do not suffice, nothing is left.
    pub fn spend(&self, bytes: usize) -> Result<(), Unknown> {
        let left = self.left.get().checked_sub(bytes);
        self.left.set(left.unwrap_or_default());
        left.map(|_| ()).ok_or(Unknown::TooMuchWork)
    }

    pub fn copy(&self, value: &Value) -> Result<Value, Unknown> {
        self.spend(extent::of(value).size)?;
        Ok(value.clone())
    }
}
