//! How much of everything one instance may have.

use std::time::Duration;

use wasmtime::{PoolingAllocationConfig, ResourceLimiter, Result};

/// How long an instance's start code may take: as long as Lambda gives a runtime to initialize.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>.
pub const START_TIME: Duration = Duration::from_secs(10);

/// The most that a guest may hand to the host in one call, in bytes. Lambda's largest response (6 MB) fits, and so does
/// `send-all` to ten thousand connections.
pub const MAX_CALL: usize = 8 << 20;

/// How many of the host's resources (streams, pollables) a guest may hold at the same time.
pub const MAX_RESOURCES: usize = 1000;

/// The most random bytes that one call returns.
pub const MAX_RANDOM: u64 = 1 << 20;

/// The longest text of an error that a guest returns, in bytes. The rest is cut off.
const MAX_ERROR_TEXT: usize = 16 * 1024;

/// The largest table of functions, in elements. Tool chains of large languages need tens of thousands.
const MAX_TABLE: usize = 100_000;

/// How many instances exist at the same time. On Lambda there are two: the event's, and the next one, made ahead.
const INSTANCES: u32 = 4;

/// What a component may be made of. Tool chains add a core module for each adapter; Python's components have about 40.
/// An unused place for a core module costs nothing.
const MAX_CORE_MODULES: u32 = 64;
const MAX_MEMORIES: u32 = 4;
const MAX_TABLES: u32 = 32;

/// The memories of all instances together. An instance has one, as a rule. Each takes 4 GiB of addresses (not of RAM),
/// and emulators and profilers have fewer addresses than processors.
const MEMORIES: u32 = 2 * MAX_MEMORIES;

/// The addresses that the memories take, in bytes, with nothing for the guards between them.
pub const ADDRESSES: u64 = (MEMORIES as u64) << 32;

/// How much of a table is cleared when its instance is gone, in bytes. To give it back to the system instead would cost
/// a system call and a page fault for each table.
const TABLE_KEPT: usize = 64 * 1024;

/// The places that instances are made in.
pub fn pool() -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES * MAX_CORE_MODULES)
        .total_memories(MEMORIES)
        .total_tables(INSTANCES * MAX_TABLES)
        .total_stacks(INSTANCES)
        .max_core_instances_per_component(MAX_CORE_MODULES)
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .table_elements(MAX_TABLE)
        .table_keep_resident(TABLE_KEPT);
    pool
}

/// Cuts off the end of an error's text if it is too long.
pub fn shorten(mut text: String) -> String {
    if text.len() > MAX_ERROR_TEXT {
        text.truncate(text.floor_char_boundary(MAX_ERROR_TEXT));
        text.push('…');
    }
    text
}

/// Counts how much memory an instance has, in all of its memories together.
pub struct Meter {
    limit: usize,
    used: usize,
    is_exceeded: bool,
}

impl Meter {
    /// With a limit in bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, used: 0, is_exceeded: false }
    }

    /// The limit in bytes, if the instance has asked for more.
    pub fn exceeded(&self) -> Option<usize> {
        self.is_exceeded.then_some(self.limit)
    }
}

impl ResourceLimiter for Meter {
    /// If more memory is refused, the guest's allocation fails.
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let used = self.used + (desired - current);
        if used > self.limit {
            self.is_exceeded = true;
            return Ok(false);
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.used = used;
        Ok(true)
    }

    fn table_growing(&mut self, _current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        Ok(desired <= maximum.unwrap_or(MAX_TABLE).min(MAX_TABLE))
    }
}
