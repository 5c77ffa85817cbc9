//! The credentials of local functions: good for the local management API and for nothing else.

/// The region that functions believe to be in.
pub const REGION: &str = "us-east-1";

pub const ACCESS_KEY_ID: &str = "goblet";
pub const SECRET_ACCESS_KEY: &str = "goblet";
pub const SESSION_TOKEN: &str = "goblet";
