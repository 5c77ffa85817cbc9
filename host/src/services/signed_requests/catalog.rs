//! The services and actions whose requests the host can read. Others are refused.
//!
//! All of these take JSON, name the action in the header `X-Amz-Target`, and have the path `/`:
//! <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>.

use super::{
    access::{Access, Unreadable},
    dynamodb, event_bridge,
    members::Members,
    sqs,
};

/// A service of AWS.
#[derive(Debug)]
pub struct Service {
    /// Its name in IAM, in host names and in signatures.
    pub name: &'static str,
    /// Its name in the SDK's variables for endpoints:
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-services-list.html>.
    pub variable: &'static str,
    /// What comes before the action in `X-Amz-Target`.
    pub target: &'static str,
    /// Its version of JSON. DynamoDB also has other formats, for other values.
    pub content_type: &'static str,
    /// What its resources look like, for people.
    pub resources: &'static str,
    /// Whether a pattern of an entry can match one of its resources.
    pub is_pattern: fn(&str) -> bool,
    /// What it can be asked for.
    pub actions: &'static [Action],
}

/// Reads what a request does, for an action of this name.
pub type Read = fn(&'static str, &Members<'_>) -> Result<Vec<Access>, Unreadable>;

/// An action of a service.
#[derive(Debug)]
pub struct Action {
    /// Its name in IAM and in `X-Amz-Target`.
    pub name: &'static str,
    /// How to read its resources. Without it, the host does not read them.
    pub read: Option<Read>,
}

impl PartialEq for Service {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl PartialEq for Action {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

const fn action(name: &'static str, read: Read) -> Action {
    Action { name, read: Some(read) }
}

const fn unread(name: &'static str) -> Action {
    Action { name, read: None }
}

/// The services.
pub static SERVICES: [Service; 3] = [
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    Service {
        name: "dynamodb",
        variable: "DYNAMODB",
        target: "DynamoDB_20120810",
        content_type: "application/x-amz-json-1.0",
        resources: "table/NAME, table/NAME/index/NAME or a table's ARN",
        is_pattern: dynamodb::is_pattern,
        actions: &[
            action("BatchGetItem", dynamodb::tables),
            action("BatchWriteItem", dynamodb::tables),
            // Only as a part of a transaction.
            action("ConditionCheckItem", dynamodb::table),
            action("DeleteItem", dynamodb::table),
            action("DescribeTable", dynamodb::table),
            action("DescribeTimeToLive", dynamodb::table),
            action("GetItem", dynamodb::table),
            unread("ListTables"),
            action("PutItem", dynamodb::table),
            action("Query", dynamodb::table_or_index),
            action("Scan", dynamodb::table_or_index),
            action("TransactGetItems", dynamodb::transaction),
            action("TransactWriteItems", dynamodb::transaction),
            action("UpdateItem", dynamodb::table),
        ],
    },
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
    Service {
        name: "events",
        variable: "EVENTBRIDGE",
        target: "AWSEvents",
        content_type: "application/x-amz-json-1.1",
        resources: "event-bus/NAME or a bus's ARN",
        is_pattern: event_bridge::is_pattern,
        actions: &[action("PutEvents", event_bridge::buses)],
    },
    // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
    Service {
        name: "sqs",
        variable: "SQS",
        target: "AmazonSQS",
        content_type: "application/x-amz-json-1.0",
        resources: "queue/ACCOUNT/NAME, and no ARN",
        is_pattern: sqs::is_pattern,
        actions: &[
            action("GetQueueAttributes", sqs::queue),
            unread("GetQueueUrl"),
            unread("ListQueues"),
            action("SendMessage", sqs::queue),
            action("SendMessageBatch", sqs::queue),
        ],
    },
];

/// Services that hand out credentials, or change who may do what.
pub const NEVER: [&str; 8] =
    ["cognito-identity", "iam", "identitystore", "rolesanywhere", "signin", "sso", "sso-oauth", "sts"];

/// A service by its name in IAM.
pub fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

/// The names of all services.
pub fn names() -> String {
    SERVICES.each_ref().map(|service| service.name).join(", ")
}

impl Service {
    /// An action by its name.
    pub fn action(&self, name: &str) -> Option<&'static Action> {
        self.actions.iter().find(|action| action.name == name)
    }
}
