//! A table in memory, for tests.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{
    AttributeValue, Attributes, CONNECTION, Key, MAX_PAGE, MAX_PAGE_SIZE, Page, Precondition, REVISION, Table,
    TableError, is_beyond, is_expired, start, text,
};

/// A table that answers as DynamoDB does. Clones share the items.
#[derive(Clone, Debug, Default)]
pub struct InMemoryTable {
    items: Arc<Mutex<BTreeMap<Key, Attributes>>>,
}

impl InMemoryTable {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Key, Attributes>> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Table for InMemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Attributes>, TableError> {
        Ok(self.lock().get(key).cloned())
    }

    async fn put(&self, key: Key, attributes: Attributes, condition: &Precondition) -> Result<(), TableError> {
        let mut items = self.lock();
        check(condition, items.get(&key))?;
        items.insert(key, attributes);
        Ok(())
    }

    async fn remove(&self, key: Key, condition: &Precondition) -> Result<(), TableError> {
        let mut items = self.lock();
        check(condition, items.get(&key))?;
        items.remove(&key);
        Ok(())
    }

    async fn remove_all(&self, keys: Vec<Key>) -> Result<(), TableError> {
        let mut items = self.lock();
        for key in &keys {
            items.remove(key);
        }
        Ok(())
    }

    async fn query(&self, partition: &str, prefix: &str, after: Option<&str>) -> Result<Page, TableError> {
        if is_beyond(prefix, after) {
            return Ok(Page::default());
        }
        let key = |sort: &str| Key { partition: partition.to_owned(), sort: sort.to_owned() };
        let first =
            start(prefix, after).map_or_else(|| Bound::Included(key(prefix)), |after| Bound::Excluded(key(after)));
        let mut page = Page::default();
        let mut size = 0;
        let items = self.lock();
        let range = items.range((first, Bound::Unbounded));
        for (Key { sort, .. }, attributes) in
            range.take_while(|(key, _)| key.partition == partition && key.sort.starts_with(prefix))
        {
            size += partition.len() + sort.len() + attributes.iter().map(size_of_attribute).sum::<usize>();
            if page.items.len() == usize::from(MAX_PAGE) || size > MAX_PAGE_SIZE {
                page.next = page.items.last().map(|(sort, _)| sort.clone());
                break;
            }
            page.items.push((sort.clone(), attributes.clone()));
        }
        Ok(page)
    }

    async fn of_connection(&self, connection_id: &str) -> Result<Vec<Key>, TableError> {
        let items = self.lock();
        let own = items.iter().filter(|(_, attributes)| text(attributes, CONNECTION) == connection_id);
        Ok(own.map(|(key, _)| key.clone()).collect())
    }
}

fn check(condition: &Precondition, item: Option<&Attributes>) -> Result<(), TableError> {
    let holds = match condition {
        Precondition::Always => true,
        Precondition::Absent(now) => item.is_none_or(|item| is_expired(item, *now)),
        Precondition::Revision(revision, now) => {
            item.is_some_and(|item| text(item, REVISION) == *revision && !is_expired(item, *now))
        }
    };
    if holds { Ok(()) } else { Err(TableError::Conflict) }
}

/// About as DynamoDB counts it:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>.
fn size_of_attribute((name, value): (&String, &AttributeValue)) -> usize {
    name.len()
        + match value {
            AttributeValue::B(bytes) => bytes.len(),
            AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        }
}
