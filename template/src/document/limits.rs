//! What a document may be, at most.

/// The largest template in bytes that CloudFormation takes (from S3):
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html>.
pub const MAX_BODY: u64 = 1024 * 1024;

/// How deep lists and mappings may be in each other: far deeper than people write. AWS names no limit.
pub const MAX_DEPTH: usize = 100;

/// What anchors and aliases may repeat, in bytes: each of them is a copy.
pub const MAX_ALIASED: usize = 10_000_000;
