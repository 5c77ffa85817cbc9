//! What an operator allows: entries of the form `SERVICE:ACTIONS:RESOURCES`, separated by spaces or line breaks. Actions
//! and resources are lists, separated by commas. `*` stands for any characters, as in IAM's policies.
//!
//! ```
//! use goblet_host::services::signed_requests::policy::Policy;
//!
//! assert!(Policy::parse("dynamodb:GetItem,PutItem,Query:table/chat,table/chat/index/* sqs:*:queue/*/jobs").is_ok());
//! let error = Policy::parse("dynamodb:GetItems:table/chat").unwrap_err();
//! assert!(error.to_string().contains("GetItems"));
//! ```

use super::{
    access::Access,
    catalog::{self, NEVER, Service},
    operation::Operation,
};

/// The setting that has the entries, an environment variable of the function.
pub const SETTING: &str = "GOBLET_SIGNED_REQUESTS";

/// Stands for any characters.
const ANY: &str = "*";

/// Actions that are checked as other ones.
const TRANSACTIONS: [&str; 2] = ["TransactGetItems", "TransactWriteItems"];

/// Why entries cannot be used. Each text names the entry.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[allow(missing_docs)]
pub enum PolicyError {
    #[error("{SETTING} has {0:?}: an entry is SERVICE:ACTIONS:RESOURCES, such as dynamodb:GetItem,PutItem:table/chat")]
    Entry(String),
    #[error("{SETTING} has {0:?}: {1} gives out credentials or changes permissions, and no handler may call it")]
    Never(String, String),
    #[error("{SETTING} has {0:?}: the host cannot read requests of {1:?}. It knows {names}", names = catalog::names())]
    Service(String, String),
    #[error("{SETTING} has {0:?}: the host does not know the action {1:?}. It knows {2}")]
    Action(String, String, String),
    #[error(
        "{SETTING} has {0:?}: {1} is allowed by the actions of its parts: GetItem, PutItem, UpdateItem, DeleteItem and \
         ConditionCheckItem"
    )]
    Transaction(String, String),
    #[error("{SETTING} has {0:?}: the resource {1:?} is none of the service: write {2}. `*` stands for any characters")]
    Resource(String, String, &'static str),
    #[error("{SETTING} has {0:?}: CloudFormation puts a value in the place of ${{...}} only after !Sub")]
    NoSub(String),
    #[error("{SETTING} has {0:?}: the host does not read the resource of {1}, so it needs the resource *: {2}:{1}:*")]
    Unread(String, String, &'static str),
}

/// What is allowed. Nothing else is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    service: &'static Service,
    actions: Vec<String>,
    resources: Vec<String>,
}

impl Policy {
    /// Reads entries.
    ///
    /// # Errors
    ///
    /// [`PolicyError`] names the entry that is wrong.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        Ok(Self { entries: text.split_whitespace().map(Entry::parse).collect::<Result<_, _>>()? })
    }

    /// The names of the services that it has entries for, in the SDK's variables for endpoints.
    pub fn endpoint_variables(&self) -> impl Iterator<Item = &'static str> {
        self.entries.iter().map(|entry| entry.service.variable)
    }

    /// Whether all that an operation does is allowed. The error says which entry would allow it.
    pub(super) fn check(&self, operation: &Operation) -> Result<(), String> {
        let service = operation.service.name;
        let Some(refused) = operation.needed.iter().find(|access| !self.allows(service, access)) else { return Ok(()) };
        let (action, resource) = (refused.action, refused.resource.as_deref().unwrap_or(ANY));
        Err(format!(
            "the handler may not do {service}:{action} on {resource}. To allow it, add {service}:{action}:{resource} to \
             {SETTING}, an environment variable of the function"
        ))
    }

    fn allows(&self, service: &str, access: &Access) -> bool {
        self.entries.iter().any(|entry| entry.service.name == service && entry.allows(access))
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, PolicyError> {
        // A resource may have colons.
        let mut parts = text.splitn(3, ':');
        let (Some(service), Some(actions), Some(resources)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(PolicyError::Entry(text.to_owned()));
        };
        if NEVER.contains(&service) {
            return Err(PolicyError::Never(text.to_owned(), service.to_owned()));
        }
        let known = catalog::service(service);
        let service = known.ok_or_else(|| PolicyError::Service(text.to_owned(), service.to_owned()))?;
        for action in actions.split(',') {
            check_action(text, service, action)?;
        }
        for resource in resources.split(',') {
            check_resource(text, service, resource)?;
        }
        let list = |text: &str| text.split(',').map(ToOwned::to_owned).collect();
        let entry = Self { service, actions: list(actions), resources: list(resources) };
        entry.check_unread(text)?;
        Ok(entry)
    }

    /// An action whose resource is not read is allowed on all of them, or never.
    fn check_unread(&self, text: &str) -> Result<(), PolicyError> {
        if self.resources.iter().any(|resource| resource == ANY) {
            return Ok(());
        }
        let is_unread = |pattern: &&String| {
            let mut matched = self.service.actions.iter().filter(|action| matches(pattern, action.name));
            matched.all(|action| action.read.is_none())
        };
        let Some(pattern) = self.actions.iter().find(is_unread) else { return Ok(()) };
        Err(PolicyError::Unread(text.to_owned(), pattern.clone(), self.service.name))
    }

    fn allows(&self, access: &Access) -> bool {
        let is_resource = |pattern: &String| match &access.resource {
            Some(resource) => matches(pattern, resource),
            None => pattern == ANY,
        };
        self.actions.iter().any(|pattern| matches(pattern, access.action)) && self.resources.iter().any(is_resource)
    }
}

fn check_action(entry: &str, service: &Service, pattern: &str) -> Result<(), PolicyError> {
    if TRANSACTIONS.contains(&pattern) {
        return Err(PolicyError::Transaction(entry.to_owned(), pattern.to_owned()));
    }
    let names = || service.actions.iter().map(|action| action.name).filter(|name| !TRANSACTIONS.contains(name));
    if names().any(|name| matches(pattern, name)) {
        return Ok(());
    }
    Err(PolicyError::Action(entry.to_owned(), pattern.to_owned(), names().collect::<Vec<_>>().join(", ")))
}

fn check_resource(entry: &str, service: &Service, pattern: &str) -> Result<(), PolicyError> {
    if pattern == ANY || (service.is_pattern)(pattern) {
        return Ok(());
    }
    if pattern.contains("${") {
        return Err(PolicyError::NoSub(entry.to_owned()));
    }
    Err(PolicyError::Resource(entry.to_owned(), pattern.to_owned(), service.resources))
}

/// Whether a text has the form of a pattern, in which `*` stands for any characters, also for none.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        // The first place is as good as a later one: what follows has more room then.
        let Some(place) = text.find(part) else { return false };
        text = &text[place + part.len()..];
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(policy: &str, action: &'static str, resource: Option<&str>) -> bool {
        let access = Access { action, resource: resource.map(ToOwned::to_owned) };
        Policy::parse(policy).unwrap().allows("dynamodb", &access)
    }

    #[test]
    fn nothing_is_allowed_by_default() {
        for policy in ["", " \n", "sqs:*:*", "dynamodb:PutItem:table/chat", "dynamodb:GetItem:table/other"] {
            assert!(!allows(policy, "GetItem", Some("table/chat")), "{policy}");
        }
    }

    #[test]
    fn an_entry_allows_its_actions_on_its_resources() {
        let policy = "sqs:SendMessage:*\n  dynamodb:GetItem,Query:table/chat,table/chat/index/*";
        assert!(allows(policy, "GetItem", Some("table/chat")));
        assert!(allows(policy, "Query", Some("table/chat/index/by")));
        assert!(!allows(policy, "Query", Some("table/chat2")));
        assert!(!allows(policy, "PutItem", Some("table/chat")));
        // An ARN may be of another account.
        assert!(!allows(policy, "GetItem", Some("arn:aws:dynamodb:us-east-1:1:table/chat")));
        assert!(!allows("dynamodb:*:table/*", "GetItem", Some("arn:aws:dynamodb:us-east-1:1:table/chat")));
        assert!(allows(
            "dynamodb:*:arn:aws:dynamodb:*:1:table/chat",
            "GetItem",
            Some("arn:aws:dynamodb:eu:1:table/chat")
        ));
    }

    #[test]
    fn an_unread_resource_needs_all() {
        assert!(!allows("dynamodb:*:table/*", "ListTables", None));
        assert!(!allows("dynamodb:*:table/*,arn:*:dynamodb:*:*:table/*", "ListTables", None));
        assert!(allows("dynamodb:ListTables:*", "ListTables", None));
    }

    #[test]
    fn stars_stand_for_any_characters() {
        for (pattern, text) in
            [("*", ""), ("*", "a/b"), ("a*", "a"), ("a*c", "abc"), ("*b*b*", "abb"), ("a*b*c", "a-b-b-c")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in
            [("", "a"), ("a", "ab"), ("a*a", "a"), ("*b*b*", "ab"), ("a*", "ba"), ("*a", "ab"), ("a*bc*c", "abc")]
        {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_wrong_entry_is_named() {
        for (entry, says) in [
            ("dynamodb", "an entry is SERVICE:ACTIONS:RESOURCES"),
            ("dynamodb:GetItem", "an entry is SERVICE:ACTIONS:RESOURCES"),
            ("dynamodb:GetItem:", "the resource \"\" is none of the service: write table/NAME"),
            ("dynamodb:GetItem:chat", "the resource \"chat\" is none of the service"),
            ("dynamodb:GetItem:table/a,b", "the resource \"b\" is none of the service"),
            ("dynamodb:GetItem:table/cha?", "the resource \"table/cha?\" is none of the service"),
            ("dynamodb:GetItem:table/", "the resource \"table/\" is none of the service"),
            ("dynamodb:GetItem:table/${Table}", "only after !Sub"),
            ("sqs:SendMessage:queue/${AWS::AccountId}/jobs", "in the place of ${...} only after !Sub"),
            ("dynamodb:GetItem:arn:aws:sqs:us-east-1:1:x", "write table/NAME, table/NAME/index/NAME or a table's ARN"),
            ("sqs:SendMessage:queue/jobs", "write queue/ACCOUNT/NAME, and no ARN"),
            ("sqs:SendMessage:arn:aws:sqs:us-east-1:1:jobs", "write queue/ACCOUNT/NAME, and no ARN"),
            ("dynamodb:ListTables:table/x", "so it needs the resource *: dynamodb:ListTables:*"),
            ("sqs:SendMessage,GetQueueUrl:queue/1/jobs", "does not read the resource of GetQueueUrl"),
            ("sqs:List*:queue/1/jobs", "does not read the resource of List*"),
            ("dynamodb::table/chat", "does not know the action \"\""),
            ("dynamodb:getItem:table/chat", "does not know the action \"getItem\". It knows BatchGetItem, "),
            ("dynamodb:GetItem,:table/chat", "does not know the action \"\""),
            ("dynamodb:Delete*Table:table/chat", "does not know the action \"Delete*Table\""),
            ("dynamodb:TransactWriteItems:table/chat", "is allowed by the actions of its parts"),
            ("s3:GetObject:*", "cannot read requests of \"s3\". It knows dynamodb, events, sqs"),
            ("*:*:*", "cannot read requests of \"*\""),
            ("sts:*:*", "gives out credentials"),
        ] {
            let error = Policy::parse(&format!("sqs:SendMessage:* {entry}")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{SETTING} has {entry:?}: ")) && error.contains(says), "{error}");
        }
    }
}
