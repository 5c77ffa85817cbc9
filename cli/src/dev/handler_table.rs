//! The table of a handler that is served without a template: its groups and state are there.

use goblet_template::{
    AttributeDefinition, AttributeType, Index, KeyElement, KeyType, Projection, ProjectionType, Schema, Table,
};

/// Its name.
pub const HANDLER_TABLE: &str = "goblet";

/// The table, as `chat.yaml` describes it for AWS.
pub fn handler_table() -> Table {
    Table {
        id: HANDLER_TABLE.to_owned(),
        name: HANDLER_TABLE.to_owned(),
        schema: Schema {
            key_schema: key("PK", "SK"),
            attribute_definitions: ["PK", "SK", "c"].map(text).into(),
            global_secondary_indexes: vec![Index {
                index_name: "by-connection".to_owned(),
                key_schema: key("c", "PK"),
                projection: Projection { projection_type: ProjectionType::KeysOnly, non_key_attributes: Vec::new() },
            }],
            local_secondary_indexes: Vec::new(),
        },
        time_to_live: Some("ttl".to_owned()),
    }
}

fn key(partition: &str, sort: &str) -> Vec<KeyElement> {
    let element = |name: &str, key_type| KeyElement { attribute_name: name.to_owned(), key_type };
    vec![element(partition, KeyType::Hash), element(sort, KeyType::Range)]
}

fn text(name: &str) -> AttributeDefinition {
    AttributeDefinition { attribute_name: name.to_owned(), attribute_type: AttributeType::String }
}
