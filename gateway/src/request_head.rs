//! A request's headers as its client wrote them.

use hyper::{HeaderMap, Method, Uri};

/// hyper takes as many.
const MAX_HEADERS: usize = 100;

/// A request's headers, in the client's order and spelling.
#[derive(Clone)]
pub struct RequestHead(pub Vec<(String, String)>);

impl RequestHead {
    /// Finds the head of a request at the end of what was read. Without it, the names are lowercase.
    pub fn find(read: &[u8], method: &Method, uri: &Uri, headers: &HeaderMap) -> Self {
        let first_line = format!("{method} {uri} HTTP/1.1\r\n");
        let start = read.windows(first_line.len()).rposition(|line| line == first_line.as_bytes());
        let found = start.and_then(|start| parse(&read[start..])).filter(|found| found.len() == headers.len());
        Self(found.unwrap_or_else(|| {
            headers.iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
        }))
    }
}

fn parse(head: &[u8]) -> Option<Vec<(String, String)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head).ok()?.is_complete().then_some(())?;
    Some(request.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect())
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn find(read: &[u8]) -> Vec<(String, String)> {
        let headers = [("x-room", "1"), ("x-team", "2")];
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect();
        RequestHead::find(read, &Method::GET, &"/dev?a=1".parse().unwrap(), &headers).0
    }

    fn pairs(names: [&str; 2]) -> Vec<(String, String)> {
        vec![(names[0].to_owned(), "1".to_owned()), (names[1].to_owned(), "2".to_owned())]
    }

    #[test]
    fn names_are_as_they_were_sent() {
        let head = b"GET /dev?a=1 HTTP/1.1\r\nX-TEAM: 2\r\nx-Room: 1\r\n\r\n";
        let expected: Vec<_> = pairs(["x-Room", "X-TEAM"]).into_iter().rev().collect();
        assert_eq!(find(head), expected);
        // Behind another request's body.
        assert_eq!(find(&[b"GET /dev?a=1 HTTP/1.1\r\n... ".as_slice(), head].concat()), expected);
    }

    #[test]
    fn without_a_head_they_are_lowercase() {
        for read in [b"".as_slice(), b"GET /dev?a=1 HTTP/1.1\r\nX-TEAM: 2\r\n\r\n"] {
            assert_eq!(find(read), pairs(["x-room", "x-team"]));
        }
    }
}
