//! Who local functions are: their account, region and credentials. These are valid for the local management API, and for
//! nothing else.

/// The account that functions believe to be in.
pub const ACCOUNT_ID: &str = "000000000000";

/// The region that functions believe to be in.
pub const REGION: &str = "us-east-1";

/// The host of an AWS service in that region, such as `dynamodb`:
/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>.
#[must_use]
pub fn service_host(service: &str) -> String {
    format!("{service}.{REGION}.amazonaws.com")
}

/// The domain name that AWS gives to the API with an id. AWS's ids are lowercase, and so are host names in URLs.
#[must_use]
pub fn domain_name(api_id: &str) -> String {
    format!("{}.execute-api.{REGION}.amazonaws.com", api_id.to_ascii_lowercase())
}

pub const ACCESS_KEY_ID: &str = "goblet";
pub const SECRET_ACCESS_KEY: &str = "goblet";
pub const SESSION_TOKEN: &str = "goblet";
