//! New names for what a nested application's template names.

use serde_json::{Value, json};

use crate::resolver::as_function;

/// What a stack is called, which is not the same in an application.
const STACK_NAME: &str = "AWS::StackName";

/// Puts an application's id before each name of its template.
pub struct Renaming {
    application: String,
}

impl Renaming {
    pub fn new(application: &str) -> Self {
        Self { application: application.to_owned() }
    }

    pub fn name(&self, name: &str) -> String {
        format!("{}-{name}", self.application)
    }

    /// A value in which each name of the template is a new one.
    pub fn value(&self, value: Value) -> Value {
        if let Some((function, argument)) = as_function(&value)
            && let Some(argument) = self.argument(function, argument)
        {
            return argument;
        }
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(members) => members.into_iter().map(|(key, value)| (key, self.value(value))).collect(),
            other => other,
        }
    }

    /// A function whose argument names something, with the new name.
    fn argument(&self, function: &str, argument: &Value) -> Option<Value> {
        match (function, argument) {
            ("Ref", Value::String(name)) if name == STACK_NAME => {
                Some(json!({"Fn::Sub": format!("${{{STACK_NAME}}}-{}", self.application)}))
            }
            ("Ref" | "Fn::GetAtt", Value::String(name)) => Some(json!({function: self.path(name)})),
            ("Condition", Value::String(name)) => Some(json!({function: self.name(name)})),
            ("Fn::Sub", Value::String(text)) => Some(json!({function: self.text(text, &Value::Null)})),
            ("Fn::Sub", Value::Array(items)) => match items.as_slice() {
                [Value::String(text), variables] => {
                    Some(json!({function: [self.text(text, variables), self.value(variables.clone())]}))
                }
                _ => None,
            },
            ("Fn::GetAtt" | "Fn::If" | "Fn::FindInMap", Value::Array(items)) => {
                let (first, rest) = items.split_first()?;
                let first = match (function, first) {
                    ("Fn::GetAtt", Value::String(name)) => self.path(name).into(),
                    (_, Value::String(name)) => self.name(name).into(),
                    (_, first) => self.value(first.clone()),
                };
                let rest = rest.iter().map(|item| self.value(item.clone()));
                Some(json!({function: std::iter::once(first).chain(rest).collect::<Value>()}))
            }
            _ => None,
        }
    }

    /// A name, perhaps with an attribute: `Fn` or `Fn.Arn`. It may be that of something that SAM generates.
    fn path(&self, path: &str) -> String {
        if path.starts_with("AWS::") { path.to_owned() } else { self.name(path) }
    }

    /// The text of `Fn::Sub`.
    fn text(&self, text: &str, variables: &Value) -> String {
        let mut parts = text.split("${");
        let mut renamed = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            renamed.push_str("${");
            match part.split_once('}') {
                Some((STACK_NAME, after)) => {
                    renamed.extend([STACK_NAME, "}-", self.application.as_str(), after]);
                }
                Some((name, after)) if variables.get(name).is_none() && !name.starts_with('!') => {
                    renamed.extend([self.path(name).as_str(), "}", after]);
                }
                _ => renamed.push_str(part),
            }
        }
        renamed
    }
}
