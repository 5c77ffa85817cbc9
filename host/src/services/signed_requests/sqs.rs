//! What requests of SQS do:
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>.

use super::{
    access::{Access, Unreadable},
    members::Members,
};

/// The queue in `QueueUrl`, which is `https://HOST/ACCOUNT/NAME`. It may be of another account, so the account is a part of
/// the resource. The host name has no effect: requests go to the endpoint that the host chooses.
pub fn queue(action: &'static str, body: &Members<'_>) -> Result<Vec<Access>, Unreadable> {
    let url = body.required_text("QueueUrl")?;
    let path = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        [host, account, name] if is_host(host) && is_digits(account) && is_name(name) => {
            Ok(vec![Access::on(action, format!("queue/{account}/{name}"))])
        }
        _ => Err(Unreadable(format!("QueueUrl has {url:?}, which is not https://HOST/ACCOUNT/NAME"))),
    }
}

/// Whether a pattern of an entry can match a resource.
pub fn is_pattern(pattern: &str) -> bool {
    match pattern.split('/').collect::<Vec<_>>()[..] {
        ["queue", "*"] => true,
        ["queue", account, name] => is_digits(&account.replace('*', "0")) && is_name(&name.replace('*', "x")),
        _ => false,
    }
}

/// A name with or without a port, and nothing that a reader of URLs could take for another path, such as `#` or `\`.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let is_name_part = |byte: u8| byte.is_ascii_alphanumeric() || b".-".contains(&byte);
    !name.is_empty() && name.bytes().all(is_name_part) && is_digits(port)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The characters of names:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html>.
fn is_name(text: &str) -> bool {
    let name = text.strip_suffix(".fifo").unwrap_or(text);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(url: &str) -> Result<String, String> {
        let json = format!(r#"{{"QueueUrl": {url:?}}}"#);
        let needed = queue("SendMessage", &Members::read(&json, "it").unwrap()).map_err(|error| error.to_string())?;
        Ok(needed[0].resource.clone().unwrap())
    }

    #[test]
    fn a_queue_is_of_an_account() {
        for host in ["https://sqs.us-east-1.amazonaws.com", "http://127.0.0.1:4566", "http://localhost"] {
            let url = format!("{host}/123456789012/jobs.fifo");
            assert_eq!(resource(&url).unwrap(), "queue/123456789012/jobs.fifo");
        }
        for wrong in
            ["", "jobs", "https://h/jobs", "https://h/1/a/b", "https://h/1/a?b", "https://h/1/%61", "https://h//a"]
        {
            assert!(resource(wrong).unwrap_err().contains("QueueUrl has"), "{wrong}");
        }
    }

    #[test]
    fn a_pattern_can_match() {
        for pattern in ["queue/*", "queue/1/jobs", "queue/*/jobs.fifo", "queue/1/*", "queue/1/*.fifo", "queue/1/a*b"] {
            assert!(is_pattern(pattern), "{pattern}");
        }
        for pattern in ["", "queue/", "queue/jobs", "queue/jobs/*", "queue/1/", "queue/1/a/b", "queue/1/a?", "arn:*"] {
            assert!(!is_pattern(pattern), "{pattern}");
        }
        assert!(!is_pattern("arn:aws:sqs:us-east-1:123456789012:jobs"));
    }

    #[test]
    fn the_host_has_no_path_of_its_own() {
        for host in [
            r"https://evil.com\@sqs.us-east-1.amazonaws.com",
            "https://sqs#",
            "https://h?x=",
            r"https://h\999999999999\other#",
            "https://",
            "https://:80",
            "https://h:",
            "https://h:80:80",
            "https://h:8x",
            "https://user@h",
            "https://h%2f1%2fother%23",
            "https://h ",
            "https://h\t",
            "https://[::1]",
        ] {
            let url = format!("{host}/123456789012/jobs");
            assert!(resource(&url).unwrap_err().contains("QueueUrl has"), "{url}");
        }
    }
}
