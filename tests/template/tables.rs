//! The tables of a template.

use goblet_template::{
    AttributeDefinition, AttributeType, Index, KeyElement, KeyType, Projection, ProjectionType, Schema, Table,
};

use crate::{error, read, read_with};

const TABLES: &str = "
Parameters:
  Expire: {Type: String, Default: 'true'}
Conditions:
  Never: !Equals [a, b]
Resources:
  Chat:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      KeySchema:
        - {AttributeName: PK, KeyType: HASH}
        - {AttributeName: SK, KeyType: RANGE}
      AttributeDefinitions:
        - {AttributeName: PK, AttributeType: S}
        - {AttributeName: SK, AttributeType: N}
        - {AttributeName: c, AttributeType: B}
      GlobalSecondaryIndexes:
        - IndexName: !Sub by-${AWS::StackName}
          KeySchema: [{AttributeName: c, KeyType: HASH}, {AttributeName: PK, KeyType: RANGE}]
          Projection: {ProjectionType: KEYS_ONLY}
          ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
        - !If [Never, {IndexName: never}, !Ref AWS::NoValue]
      LocalSecondaryIndexes:
        - IndexName: local
          KeySchema: [{AttributeName: PK, KeyType: HASH}, {AttributeName: c, KeyType: RANGE}]
          Projection: {ProjectionType: INCLUDE, NonKeyAttributes: [label]}
      TimeToLiveSpecification: {AttributeName: ttl, Enabled: !Ref Expire}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      SSESpecification: {SSEEnabled: true, KMSMasterKeyId: !ImportValue Key}
  Everywhere:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      TableName: everywhere
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      Replicas: [{Region: us-east-1}, {Region: eu-west-1}]
      TimeToLiveSpecification: {Enabled: false}
  Simple:
    Type: AWS::Serverless::SimpleTable
  Numbers:
    Type: AWS::Serverless::SimpleTable
    Properties:
      TableName: numbers
      PrimaryKey: {Name: number, Type: Number}
      SSESpecification: {SSEEnabled: true}
  NotThere:
    Type: AWS::DynamoDB::Table
    Condition: Never
";

fn key<const N: usize>(elements: [(&str, KeyType); N]) -> Vec<KeyElement> {
    let elements = elements.map(|(name, key_type)| KeyElement { attribute_name: name.to_owned(), key_type });
    elements.into()
}

fn attributes<const N: usize>(attributes: [(&str, AttributeType); N]) -> Vec<AttributeDefinition> {
    let attributes = attributes
        .map(|(name, attribute_type)| AttributeDefinition { attribute_name: name.to_owned(), attribute_type });
    attributes.into()
}

/// A table whose key is one attribute.
fn plain(id: &str, name: &str, attribute: &str, attribute_type: AttributeType) -> Table {
    let schema = Schema {
        key_schema: key([(attribute, KeyType::Hash)]),
        attribute_definitions: attributes([(attribute, attribute_type)]),
        global_secondary_indexes: Vec::new(),
        local_secondary_indexes: Vec::new(),
    };
    Table { id: id.to_owned(), name: name.to_owned(), schema, time_to_live: None }
}

#[test]
fn tables_have_keys_indexes_and_lifetimes() {
    let index = |name: &str, key_schema, projection_type, non_key_attributes| Index {
        index_name: name.to_owned(),
        key_schema,
        projection: Projection { projection_type, non_key_attributes },
    };
    let chat = Table {
        id: "Chat".to_owned(),
        name: "local-Chat".to_owned(),
        schema: Schema {
            key_schema: key([("PK", KeyType::Hash), ("SK", KeyType::Range)]),
            attribute_definitions: attributes([
                ("PK", AttributeType::String),
                ("SK", AttributeType::Number),
                ("c", AttributeType::Binary),
            ]),
            global_secondary_indexes: vec![index(
                "by-local",
                key([("c", KeyType::Hash), ("PK", KeyType::Range)]),
                ProjectionType::KeysOnly,
                Vec::new(),
            )],
            local_secondary_indexes: vec![index(
                "local",
                key([("PK", KeyType::Hash), ("c", KeyType::Range)]),
                ProjectionType::Include,
                vec!["label".to_owned()],
            )],
        },
        time_to_live: Some("ttl".to_owned()),
    };
    let expected = [
        plain("Everywhere", "everywhere", "id", AttributeType::String),
        chat,
        plain("Simple", "local-Simple", "id", AttributeType::String),
        plain("Numbers", "numbers", "number", AttributeType::Number),
    ];
    let template = read(TABLES);
    assert_eq!(template.tables, expected);
    assert!(template.notes.is_empty(), "{:?}", template.notes);
    let never = read_with(TABLES, &[("Expire", "false")]).unwrap();
    assert_eq!(never.tables[1].time_to_live, None);
}

#[test]
fn what_is_not_done_is_noted() {
    let text = TABLES
        .replace("BillingMode: PAY_PER_REQUEST", "StreamSpecification: {StreamViewType: NEW_IMAGE}")
        .replace("TableName: everywhere", "TableName: !ImportValue Name");
    let template = read(&text);
    let names: Vec<&str> = template.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["local-Chat", "local-Simple", "numbers"]);
    let expected = [
        "Resources.Chat.Properties.StreamSpecification: the table has no stream here: no function is invoked for its \
         changes",
        "Resources.Everywhere.Properties.TableName: Fn::ImportValue exists only in a deployed stack; there is no such \
         table here",
    ];
    assert_eq!(template.notes, expected);
}

#[test]
fn what_is_wrong_with_a_table_is_told_with_its_place() {
    for (right, wrong, says) in [
        (
            "{AttributeName: SK, KeyType: RANGE}",
            "{AttributeName: SK, KeyType: SORT}",
            "Resources.Chat.Properties.KeySchema[1].KeyType: unknown variant `SORT`, expected `HASH` or `RANGE`",
        ),
        (
            "{AttributeName: SK, AttributeType: N}",
            "{AttributeName: SK, AttributeType: String}",
            "Resources.Chat.Properties.AttributeDefinitions[1].AttributeType: unknown variant `String`",
        ),
        (
            "Projection: {ProjectionType: KEYS_ONLY}",
            "Projection: {ProjectionType: KEYS}",
            "Resources.Chat.Properties.GlobalSecondaryIndexes[0].Projection.ProjectionType: unknown variant `KEYS`",
        ),
        (
            "AttributeDefinitions: [{AttributeName: id",
            "Attributes: [{AttributeName: id",
            "Resources.Everywhere.Properties: missing field `AttributeDefinitions`",
        ),
        (
            "Enabled: !Ref Expire",
            "Enabled: maybe",
            "Resources.Chat.Properties.TimeToLiveSpecification.Enabled: \"maybe\" is neither true nor false",
        ),
        (
            "Type: Number}",
            "Type: N}",
            "Resources.Numbers.Properties.PrimaryKey.Type: unknown variant `N`, expected one of `String`, `Number`",
        ),
        (
            "TableName: numbers",
            "TableName: everywhere",
            "Resources.Numbers.Properties.TableName: Everywhere has this name as well",
        ),
    ] {
        let text = TABLES.replacen(right, wrong, 1);
        assert_ne!(text, TABLES);
        let error = error(&text);
        assert!(error.starts_with(says), "{error}");
    }
}
