//! What stands for the table where there is none.

use async_trait::async_trait;

use super::{Attributes, Key, Page, Precondition, Table, TableError};

/// No table: every call fails. Handlers that call it are refused when they are loaded, unless one is configured.
pub struct UnsetTable;

fn unset<T>() -> Result<T, TableError> {
    Err(TableError::Failed("there is no table: GOBLET_TABLE is not set, or there is no event yet".to_owned()))
}

#[async_trait]
impl Table for UnsetTable {
    async fn get(&self, _: &Key) -> Result<Option<Attributes>, TableError> {
        unset()
    }

    async fn put(&self, _: Key, _: Attributes, _: &Precondition) -> Result<(), TableError> {
        unset()
    }

    async fn remove(&self, _: Key, _: &Precondition) -> Result<(), TableError> {
        unset()
    }

    async fn remove_all(&self, _: Vec<Key>) -> Result<(), TableError> {
        unset()
    }

    async fn query(&self, _: &str, _: &str, _: Option<&str>) -> Result<Page, TableError> {
        unset()
    }

    async fn of_connection(&self, _: &str) -> Result<Vec<Key>, TableError> {
        unset()
    }
}
