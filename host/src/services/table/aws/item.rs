//! Items as the SDK has them, with their keys among their attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};

use crate::services::table::{self, Attributes, Key};

/// The attributes of the keys.
pub const PARTITION_KEY: &str = "PK";
pub const SORT_KEY: &str = "SK";

/// Attributes by their names.
pub type Item = HashMap<String, AttributeValue>;

/// An item that has only its keys.
pub fn keys(key: &Key) -> Item {
    Item::from([
        (PARTITION_KEY.to_owned(), AttributeValue::S(key.partition.clone())),
        (SORT_KEY.to_owned(), AttributeValue::S(key.sort.clone())),
    ])
}

/// The item with these keys and attributes.
pub fn item(key: &Key, attributes: Attributes) -> Item {
    let mut item = keys(key);
    item.extend(attributes.into_iter().map(|(name, value)| (name, written(value))));
    item
}

/// An item's attributes other than its keys. The host writes no other types than these.
pub fn attributes(item: Item) -> Attributes {
    let others = item.into_iter().filter(|(name, _)| name != PARTITION_KEY && name != SORT_KEY);
    others.filter_map(|(name, value)| Some((name, read(value)?))).collect()
}

/// The text of an attribute of type S.
pub fn text(item: &Item, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

fn written(value: table::AttributeValue) -> AttributeValue {
    match value {
        table::AttributeValue::S(text) => AttributeValue::S(text),
        table::AttributeValue::N(number) => AttributeValue::N(number),
        table::AttributeValue::B(bytes) => AttributeValue::B(Blob::new(bytes)),
    }
}

fn read(value: AttributeValue) -> Option<table::AttributeValue> {
    match value {
        AttributeValue::S(text) => Some(table::AttributeValue::S(text)),
        AttributeValue::N(number) => Some(table::AttributeValue::N(number)),
        AttributeValue::B(bytes) => Some(table::AttributeValue::B(bytes.into_inner())),
        _ => None,
    }
}
