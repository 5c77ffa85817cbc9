//! What requests of DynamoDB do: <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html>.

use super::{
    access::{Access, Unreadable},
    members::Members,
};

/// The actions that a part of a transaction needs:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>.
const PARTS: [(&str, &str); 5] = [
    ("ConditionCheck", "ConditionCheckItem"),
    ("Delete", "DeleteItem"),
    ("Get", "GetItem"),
    ("Put", "PutItem"),
    ("Update", "UpdateItem"),
];

/// The table in `TableName`.
pub fn table(action: &'static str, body: &Members<'_>) -> Result<Vec<Access>, Unreadable> {
    Ok(vec![Access::on(action, table_of(body)?)])
}

/// The table, or its index in `IndexName`.
pub fn table_or_index(action: &'static str, body: &Members<'_>) -> Result<Vec<Access>, Unreadable> {
    let table = table_of(body)?;
    let resource = match body.text("IndexName")? {
        Some(index) => format!("{table}/index/{}", checked(index, "IndexName", is_name)?),
        None => table,
    };
    Ok(vec![Access::on(action, resource)])
}

/// The tables that are the names in `RequestItems`.
pub fn tables(action: &'static str, body: &Members<'_>) -> Result<Vec<Access>, Unreadable> {
    let tables = Members::read(body.required("RequestItems")?, "RequestItems")?;
    tables.iter().map(|(table, _)| Ok(Access::on(action, resource(table.to_owned(), "RequestItems")?))).collect()
}

/// The parts of a transaction, each with its own action and table.
pub fn transaction(_: &'static str, body: &Members<'_>) -> Result<Vec<Access>, Unreadable> {
    let mut needed = Vec::new();
    for item in body.list("TransactItems")? {
        for (name, part) in Members::read(item, "an item of TransactItems")?.iter() {
            let action = PARTS.iter().find(|(part, _)| *part == name).map(|(_, action)| *action);
            let action = action.ok_or_else(|| Unreadable(format!("an item of TransactItems has a {name:?}")))?;
            needed.push(Access::on(action, table_of(&Members::read(part, name)?)?));
        }
    }
    needed.sort();
    needed.dedup();
    Ok(needed)
}

/// Whether a pattern of an entry can match a resource.
pub fn is_pattern(pattern: &str) -> bool {
    let table = match pattern.split(':').collect::<Vec<_>>()[..] {
        [table] => table,
        ["arn", partition, "dynamodb", region, account, table]
            if [partition, region, account].into_iter().all(is_name_pattern) =>
        {
            table
        }
        _ => return false,
    };
    match table.split('/').collect::<Vec<_>>()[..] {
        ["table", name] | ["table", name, "*"] => is_name_pattern(name),
        ["table", name, "index", index] => is_name_pattern(name) && is_name_pattern(index),
        _ => false,
    }
}

fn is_name_pattern(text: &str) -> bool {
    is_name(&text.replace('*', "x"))
}

fn table_of(members: &Members<'_>) -> Result<String, Unreadable> {
    resource(members.required_text("TableName")?, "TableName")
}

/// A table may be given by its name or its ARN. The ARN may be of another account, so it is a resource of its own.
fn resource(table: String, member: &str) -> Result<String, Unreadable> {
    if table.starts_with("arn:") {
        checked(table, member, is_arn)
    } else {
        Ok(format!("table/{}", checked(table, member, is_name)?))
    }
}

fn checked(text: String, member: &str, is_allowed: fn(&str) -> bool) -> Result<String, Unreadable> {
    if is_allowed(&text) { Ok(text) } else { Err(Unreadable(format!("{member} has {text:?}, which is no name"))) }
}

/// The characters of names:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html>.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// `arn:PARTITION:dynamodb:REGION:ACCOUNT:table/NAME`.
fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        ["arn", partition, "dynamodb", region, account, resource] => {
            let name = resource.strip_prefix("table/").unwrap_or_default();
            [partition, region, account, name].into_iter().all(is_name)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::signed_requests::catalog::Read;

    fn read(read: Read, json: &str) -> Result<Vec<(&'static str, String)>, String> {
        let needed = read("Action", &Members::read(json, "the body").unwrap()).map_err(|error| error.to_string())?;
        Ok(needed.into_iter().map(|access| (access.action, access.resource.unwrap())).collect())
    }

    #[test]
    fn a_table_has_a_name_or_an_arn() {
        let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/chat";
        let table = |name: &str| read(table, &format!(r#"{{"TableName": {name:?}}}"#));
        assert_eq!(table("chat").unwrap(), [("Action", "table/chat".to_owned())]);
        assert_eq!(table(arn).unwrap(), [("Action", arn.to_owned())]);
        for wrong in ["", "chat/index/x", "ch at", "../x", "arn:aws:dynamodb:us-east-1:1:table/a/index/b", "arn:chat"] {
            assert!(table(wrong).unwrap_err().starts_with("TableName has"), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_can_match() {
        let arn = "arn:aws:dynamodb:us-east-1:123456789012:table/chat";
        for pattern in ["table/chat", "table/*", "table/a*b", "table/chat/*", "table/chat/index/*", "table/*/index/by"]
        {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for pattern in [arn, &format!("{arn}/index/*"), "arn:*:dynamodb:*:*:table/*"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for pattern in
            ["", "table", "table/", "table/cha?", "table/chat/", "table/chat/idx/by", "table//index/by", "index/*"]
        {
            assert!(!is_pattern(pattern), "{pattern}");
        }
        for pattern in
            ["arn:*", "arn:aws:dynamodb:us-east-1:1:chat", "arn:aws:dynamodb::1:table/a", "arn:aws:sqs:1:1:table/a"]
        {
            assert!(!is_pattern(pattern), "{pattern}");
        }
    }

    #[test]
    fn an_index_is_a_resource_of_its_own() {
        let query = |json: &str| read(table_or_index, json);
        assert_eq!(query(r#"{"TableName": "chat"}"#).unwrap()[0].1, "table/chat");
        assert_eq!(query(r#"{"TableName": "chat", "IndexName": "by"}"#).unwrap()[0].1, "table/chat/index/by");
        assert!(query(r#"{"TableName": "chat", "indexName": "by"}"#).unwrap_err().contains("may be taken for"));
        assert!(query(r#"{"TableName": "chat", "IndexName": "*"}"#).unwrap_err().starts_with("IndexName has"));
    }

    #[test]
    fn every_table_of_a_batch_is_needed() {
        let batch = |json: &str| read(tables, json);
        let both = [("Action", "table/a".to_owned()), ("Action", "table/b".to_owned())];
        assert_eq!(batch(r#"{"RequestItems": {"b": [], "a": {}}}"#).unwrap(), both);
        assert!(batch(r#"{"RequestItems": []}"#).unwrap_err().starts_with("RequestItems cannot be read"));
        assert!(batch("{}").unwrap_err().contains("there is no RequestItems"));
    }

    #[test]
    fn every_part_of_a_transaction_is_needed() {
        let write = |json: &str| read(transaction, json);
        let items = r#"{"TransactItems": [{"Put": {"TableName": "a"}}, {"ConditionCheck": {"TableName": "b"}},
            {"Put": {"TableName": "a"}, "Delete": {"TableName": "c"}}]}"#;
        let needed = [
            ("ConditionCheckItem", "table/b".to_owned()),
            ("DeleteItem", "table/c".to_owned()),
            ("PutItem", "table/a".to_owned()),
        ];
        assert_eq!(write(items).unwrap(), needed);
        assert!(write(r#"{"TransactItems": [{"put": {"TableName": "a"}}]}"#).unwrap_err().contains("has a \"put\""));
        assert!(write(r#"{"TransactItems": {}}"#).unwrap_err().starts_with("TransactItems is no list"));
        assert_eq!(write(r#"{"TransactItems": [{"Put": {}}]}"#).unwrap_err(), "there is no TableName");
    }
}
