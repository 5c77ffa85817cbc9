//! Intrinsic functions whose arguments are known:
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use super::{
    scalar::{scalar, text},
    unknown::Unknown,
    work::Work,
};
use crate::extent::VALUE;

pub fn join([delimiter, items]: &[Value; 2], work: &Work) -> Result<Value, Unknown> {
    let delimiter = delimiter.as_str().ok_or("Fn::Join takes a delimiter")?;
    let items: Vec<String> = items.as_array().into_iter().flatten().filter_map(scalar).collect();
    work.spend(items.iter().map(|item| item.len() + delimiter.len()).sum())?;
    Ok(items.join(delimiter).into())
}

pub fn split([delimiter, text]: &[Value; 2], work: &Work) -> Result<Value, Unknown> {
    let (Some(delimiter), Some(text)) = (delimiter.as_str(), text.as_str()) else {
        return Err("Fn::Split takes a delimiter and a text".into());
    };
    let parts = text.split(delimiter);
    work.spend(text.len() + parts.clone().count() * VALUE)?;
    Ok(parts.collect())
}

pub fn select([index, items]: &[Value; 2], work: &Work) -> Result<Value, Unknown> {
    let index: usize = scalar(index).and_then(|index| index.parse().ok()).ok_or("Fn::Select takes an index")?;
    let item = items.get(index).ok_or_else(|| format!("Fn::Select: there is no item {index} in {items}"))?;
    work.copy(item)
}

pub fn find_in_map([map, key, second]: &[Value; 3], mappings: &Value, work: &Work) -> Result<Value, Unknown> {
    let (map, key, second) = (text(map), text(key), text(second));
    let found = mappings.get(&map).and_then(|map| map.get(&key)).and_then(|key| key.get(&second));
    work.copy(found.ok_or_else(|| format!("Fn::FindInMap: Mappings has no {map}.{key}.{second}"))?)
}

/// `Fn::Length`: <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-length.html>.
pub fn length(value: &Value) -> Result<Value, Unknown> {
    let items = value.as_array().ok_or_else(|| format!("Fn::Length takes a list, and not {value}"))?;
    Ok(items.len().into())
}

/// `Fn::ToJsonString`:
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-ToJsonString.html>.
pub fn to_json_string(value: &Value, work: &Work) -> Result<Value, Unknown> {
    if !value.is_array() && !value.is_object() {
        return Err("Fn::ToJsonString takes a list or a mapping".into());
    }
    let text = value.to_string();
    work.spend(text.len())?;
    Ok(text.into())
}

pub fn base64(value: &Value, work: &Work) -> Result<Value, Unknown> {
    let encoded = STANDARD.encode(text(value));
    work.spend(encoded.len())?;
    Ok(encoded.into())
}

/// `Fn::Equals`, `Fn::And`, `Fn::Or` or `Fn::Not`.
pub fn condition(name: &str, arguments: &[Value]) -> Result<bool, Unknown> {
    let is_true = |value: &Value| value.as_bool().unwrap_or(false);
    match (name, arguments) {
        ("Fn::Equals", [left, right]) => Ok(left == right || (scalar(left).is_some() && scalar(left) == scalar(right))),
        ("Fn::Not", [condition]) => Ok(!is_true(condition)),
        ("Fn::And", conditions) => Ok(conditions.iter().all(is_true)),
        ("Fn::Or", conditions) => Ok(conditions.iter().any(is_true)),
        _ => Err(format!("{name} has not as many arguments as it takes").into()),
    }
}
