//! Who local functions are: their account and credentials. These are valid for the local management API, and for nothing
//! else.

/// The account that functions believe to be in.
pub const ACCOUNT_ID: &str = "000000000000";

pub const ACCESS_KEY_ID: &str = "goblet";
pub const SECRET_ACCESS_KEY: &str = "goblet";
pub const SESSION_TOKEN: &str = "goblet";
