//! Which headers go to AWS.

use super::{catalog::Service, message::SignedRequestError};

/// What a handler's SDK says of itself and of its tries, and whether SQS names errors as it did before it took JSON:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-json-faqs.html>.
const PASSED_ON: [&str; 5] =
    ["amz-sdk-invocation-id", "amz-sdk-request", "user-agent", "x-amz-user-agent", "x-amzn-query-mode"];

/// The host writes these anew.
const CONTENT_TYPE: &str = "content-type";
const TARGET: &str = "x-amz-target";

/// The longest value of a header, in bytes.
const MAX_VALUE: usize = 1024;

/// The headers to sign and send. A header that is not the handler's to choose is refused, so that nothing is left out in
/// silence.
pub fn sent(
    headers: &[(String, String)],
    service: &Service,
    target: &str,
) -> Result<Vec<(&'static str, String)>, SignedRequestError> {
    let mut sent = vec![(CONTENT_TYPE, service.content_type.to_owned()), (TARGET, target.to_owned())];
    for (name, value) in headers {
        let invalid = |why: &str| SignedRequestError::Invalid(format!("the header {name:?} {why}"));
        let lowercase = name.to_ascii_lowercase();
        match lowercase.as_str() {
            // The operation was read from it.
            TARGET => continue,
            CONTENT_TYPE if value == service.content_type => continue,
            CONTENT_TYPE => return Err(invalid(&format!("has to be {}", service.content_type))),
            _ => {}
        }
        let known = PASSED_ON.into_iter().find(|known| *known == lowercase);
        let known = known.ok_or_else(|| invalid("is not a handler's to choose: leave it out"))?;
        if sent.iter().any(|(name, _)| *name == known) {
            return Err(invalid("is there twice"));
        }
        if value.len() > MAX_VALUE {
            return Err(invalid("is longer than 1,024 bytes"));
        }
        // A line break would begin another header.
        if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(invalid("has characters that are not printable ASCII"));
        }
        sent.push((known, value.trim().to_owned()));
    }
    Ok(sent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::signed_requests::catalog;

    fn sent_with(name: &str, value: &str) -> Result<Vec<(&'static str, String)>, String> {
        let headers = [(name.to_owned(), value.to_owned())];
        sent(&headers, catalog::service("dynamodb").unwrap(), "T.A").map_err(|error| error.to_string())
    }

    #[test]
    fn the_host_writes_what_aws_goes_by() {
        let own = [("content-type", "application/x-amz-json-1.0".to_owned()), ("x-amz-target", "T.A".to_owned())];
        assert_eq!(sent_with("X-AMZ-Target", "anything").unwrap(), own);
        assert_eq!(sent_with("Content-Type", "application/x-amz-json-1.0").unwrap(), own);
        let agent = sent_with("User-Agent", " Boto3/1 ").unwrap();
        assert_eq!(agent[2], ("user-agent", "Boto3/1".to_owned()));
    }

    #[test]
    fn what_is_not_the_handlers_is_refused() {
        let names = [
            "Authorization",
            "Connection",
            "Content-Encoding",
            "Content-Length",
            "Cookie",
            "Expect",
            "Host",
            "Keep-Alive",
            "Proxy-Authorization",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "X-Amz-Content-Sha256",
            "X-Amz-Date",
            "X-Amz-Security-Token",
            "X-HTTP-Method-Override",
            "x-amz-target ",
            "",
        ]; // fmt: skip
        for name in names {
            assert!(
                sent_with(name, "x").unwrap_err().ends_with("is not a handler's to choose: leave it out"),
                "{name}"
            );
        }
        assert!(sent_with("Content-Type", "application/x-amz-cbor-1.1").unwrap_err().contains("has to be application"));
        for value in ["a\r\nHost: b", "a\nb", "\0", "\u{fc}", "\t"] {
            assert!(sent_with("User-Agent", value).unwrap_err().contains("not printable ASCII"), "{value:?}");
        }
        assert!(sent_with("User-Agent", &"x".repeat(2000)).unwrap_err().contains("longer than"));
        let twice = [("user-agent", "a"), ("User-Agent", "b")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let error = sent(&twice, catalog::service("sqs").unwrap(), "T.A").unwrap_err();
        assert_eq!(error.to_string(), "the header \"User-Agent\" is there twice");
    }
}
