//! `AWS::DynamoDB::Table`, `AWS::DynamoDB::GlobalTable` and `AWS::Serverless::SimpleTable`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_json::{Value, json};

use crate::{
    error::TemplateError,
    properties::Properties,
    resolver::{Resolver, TABLES},
};

const SIMPLE: &str = "AWS::Serverless::SimpleTable";

/// The properties that are read. `CreateTable` has the same, with the same shapes:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html>.
const SCHEMA: [&str; 4] = ["KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"];

const TIME_TO_LIVE: &str = "TimeToLiveSpecification";

/// The property of a simple table that is its key:
/// <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-simpletable.html>.
const PRIMARY_KEY: &str = "PrimaryKey";

/// What a table of a deployed stack does, and a local one does not.
const NOT_DONE: [(&str, &str); 3] = [
    ("StreamSpecification", "the table has no stream here: no function is invoked for its changes"),
    ("KinesisStreamSpecification", "the table sends nothing to Kinesis here"),
    ("ImportSourceSpecification", "nothing is imported here: the table is empty at first"),
];

/// A table of DynamoDB.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its logical id.
    pub id: String,
    /// `TableName`, or else `local-` and the logical id, as AWS begins the name that it makes up.
    pub name: String,
    /// Its keys and indexes.
    pub schema: Schema,
    /// The attribute with the time at which an item expires, in seconds since 1970, if items do.
    pub time_to_live: Option<String>,
}

/// The keys and indexes of a table. Its JSON is what `CreateTable` takes:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html>.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Schema {
    /// The table's key.
    pub key_schema: Vec<KeyElement>,
    /// The types of all attributes that are in a key.
    pub attribute_definitions: Vec<AttributeDefinition>,
    /// Indexes with a partition key of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub global_secondary_indexes: Vec<Index>,
    /// Indexes with the table's partition key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub local_secondary_indexes: Vec<Index>,
}

/// A part of a key.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyElement {
    /// The attribute.
    pub attribute_name: String,
    /// Which part it is.
    pub key_type: KeyType,
}

/// The parts of a key.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum KeyType {
    /// The partition key.
    Hash,
    /// The sort key.
    Range,
}

/// The type of an attribute.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeDefinition {
    /// The attribute.
    pub attribute_name: String,
    /// Its type.
    pub attribute_type: AttributeType,
}

/// The types that an attribute of a key can have.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub enum AttributeType {
    /// Text.
    #[serde(rename = "S")]
    String,
    /// A number.
    #[serde(rename = "N")]
    Number,
    /// Bytes.
    #[serde(rename = "B")]
    Binary,
}

/// A secondary index.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Index {
    /// Its name.
    pub index_name: String,
    /// Its key.
    pub key_schema: Vec<KeyElement>,
    /// What it has of each item.
    pub projection: Projection,
}

/// What an index has of each item.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Projection {
    /// Which attributes.
    pub projection_type: ProjectionType,
    /// The attributes, beside those of keys, if they are named one by one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub non_key_attributes: Vec<String>,
}

/// Which attributes of an item an index has.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProjectionType {
    /// All of them.
    All,
    /// Those of the table's key and of its own.
    KeysOnly,
    /// Those, and some that are named.
    Include,
}

/// `TimeToLiveSpecification`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TimeToLive {
    attribute_name: Option<String>,
    #[serde(deserialize_with = "flag")]
    enabled: bool,
}

/// The primary key of a simple table, with SAM's defaults.
#[derive(Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct PrimaryKey {
    name: String,
    r#type: PrimaryKeyType,
}

impl Default for PrimaryKey {
    fn default() -> Self {
        Self { name: "id".to_owned(), r#type: PrimaryKeyType::String }
    }
}

#[derive(Deserialize)]
enum PrimaryKeyType {
    String,
    Number,
    Binary,
}

/// Reads all tables. One with values that only a deployed stack has is left out, and a note says so.
pub fn read(resolver: &Resolver, notes: &mut Vec<String>) -> Result<Vec<Table>, TemplateError> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for (id, resource) in resolver.resources(&TABLES)? {
        let properties = Properties::of_resource(resolver, id, resource, &Value::Null);
        let described = match Described::resolve(resolver, id, &properties) {
            Err(error @ TemplateError::Invalid { .. }) => {
                notes.push(format!("{error}; there is no such table here"));
                continue;
            }
            described => described?,
        };
        let not_done = NOT_DONE.iter().filter(|(name, _)| properties.has(name));
        notes.extend(not_done.map(|(name, reason)| format!("{}: {reason}", properties.place(name))));
        let table =
            if resource["Type"] == SIMPLE { described.simple(&properties)? } else { described.full(&properties)? };
        if let Some(other) = tables.insert(table.name.clone(), table) {
            let reason = format!("{} has this name as well", other.id);
            return Err(properties.invalid("TableName", reason));
        }
    }
    Ok(tables.into_values().collect())
}

/// What the template says of a table, with its values resolved.
struct Described<'a> {
    id: &'a str,
    name: String,
    schema: Value,
    time_to_live: Value,
    primary_key: Value,
}

impl<'a> Described<'a> {
    fn resolve(resolver: &Resolver, id: &'a str, properties: &Properties) -> Result<Self, TemplateError> {
        let name = resolver.text(&json!({"Ref": id}), &properties.place("TableName"))?.unwrap_or_default();
        let mut schema = serde_json::Map::new();
        for property in SCHEMA {
            if let Some(value) = properties.value(property)? {
                schema.insert(property.to_owned(), value);
            }
        }
        Ok(Self {
            id,
            name,
            schema: schema.into(),
            time_to_live: properties.value(TIME_TO_LIVE)?.unwrap_or_default(),
            primary_key: properties.value(PRIMARY_KEY)?.unwrap_or_default(),
        })
    }

    fn full(self, properties: &Properties) -> Result<Table, TemplateError> {
        let time_to_live: Option<TimeToLive> = properties.parse(Some(TIME_TO_LIVE), self.time_to_live)?;
        Ok(Table {
            id: self.id.to_owned(),
            name: self.name,
            schema: properties.parse(None, self.schema)?,
            time_to_live: time_to_live.filter(|ttl| ttl.enabled).and_then(|ttl| ttl.attribute_name),
        })
    }

    fn simple(self, properties: &Properties) -> Result<Table, TemplateError> {
        let key: Option<PrimaryKey> = properties.parse(Some(PRIMARY_KEY), self.primary_key)?;
        let PrimaryKey { name, r#type } = key.unwrap_or_default();
        let attribute_type = match r#type {
            PrimaryKeyType::String => AttributeType::String,
            PrimaryKeyType::Number => AttributeType::Number,
            PrimaryKeyType::Binary => AttributeType::Binary,
        };
        let schema = Schema {
            key_schema: vec![KeyElement { attribute_name: name.clone(), key_type: KeyType::Hash }],
            attribute_definitions: vec![AttributeDefinition { attribute_name: name, attribute_type }],
            global_secondary_indexes: Vec::new(),
            local_secondary_indexes: Vec::new(),
        };
        Ok(Table { id: self.id.to_owned(), name: self.name, schema, time_to_live: None })
    }
}

/// A boolean, which is text where a parameter gives it.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Bool(flag) => Ok(flag),
        Value::String(text) if text == "true" => Ok(true),
        Value::String(text) if text == "false" => Ok(false),
        other => Err(D::Error::custom(format!("{other} is neither true nor false"))),
    }
}
