//! Which headers come back from AWS.

/// What an SDK reads of an answer. All else, such as cookies, stays here.
const PASSED_BACK: [&str; 8] = [
    "content-type",
    "date",
    "retry-after",
    "x-amz-crc32",
    "x-amz-retry-after",
    "x-amzn-errortype",
    "x-amzn-query-error",
    "x-amzn-requestid",
];

/// The headers of an answer that a handler gets.
pub fn passed_back<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let passed = headers.filter(|(name, _)| PASSED_BACK.contains(&name.to_ascii_lowercase().as_str()));
    passed.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_no_other_headers() {
        let answer = [("X-Amzn-RequestId", "1"), ("Set-Cookie", "a"), ("Authorization", "b"), ("x-amz-crc32", "2")];
        let expected = [("x-amzn-requestid", "1"), ("x-amz-crc32", "2")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(passed_back(answer.into_iter()), expected);
    }
}
