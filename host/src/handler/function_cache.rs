//! Compiled functions, so that a handler that has changed a little is compiled again in little time.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use wasmtime::CacheStore;

/// How much is kept, in bytes. A handler in Python has some 60 MB.
const CAPACITY: usize = 256 << 20;

/// Compiled functions, by what they were compiled from.
#[derive(Default)]
pub struct FunctionCache {
    functions: Mutex<Functions>,
}

#[derive(Default)]
struct Functions {
    code: HashMap<Vec<u8>, Vec<u8>>,
    bytes: usize,
}

impl FunctionCache {
    fn functions(&self) -> MutexGuard<'_, Functions> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CacheStore for FunctionCache {
    fn get(&self, key: &[u8]) -> Option<Cow<'_, [u8]>> {
        self.functions().code.get(key).cloned().map(Cow::Owned)
    }

    fn insert(&self, key: &[u8], value: Vec<u8>) -> bool {
        let mut functions = self.functions();
        if functions.bytes + value.len() > CAPACITY {
            // What is still in use comes back with the next compilation.
            *functions = Functions::default();
        }
        functions.bytes += value.len();
        functions.code.insert(key.to_owned(), value);
        true
    }
}

impl fmt::Debug for FunctionCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FunctionCache").finish_non_exhaustive()
    }
}
