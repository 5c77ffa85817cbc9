//! Values that have a name, such as conditions: each is found out once, however often it is named.

use std::{cell::RefCell, collections::BTreeMap};

use super::unknown::Unknown;

pub struct Memo<T> {
    /// Nothing, for those that are just being found out.
    values: RefCell<BTreeMap<String, Option<Result<T, Unknown>>>>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self { values: RefCell::default() }
    }
}

impl<T: Clone> Memo<T> {
    /// The value of a name. One that is asked for while it is being found out refers to itself.
    pub fn get(&self, name: &str, find: impl FnOnce() -> Result<T, Unknown>) -> Result<T, Unknown> {
        if let Some(value) = self.values.borrow().get(name) {
            let refers_to_itself = || Err(format!("{name} has no value: it refers to itself").into());
            return value.clone().unwrap_or_else(refers_to_itself);
        }
        self.values.borrow_mut().insert(name.to_owned(), None);
        let value = find();
        self.values.borrow_mut().insert(name.to_owned(), Some(value.clone()));
        value
    }
}
