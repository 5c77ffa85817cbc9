//! A handler that sends the request to AWS that a message holds, and returns the answer.
//!
//! A message has the service, the region or a dash, the method and the path, with spaces between; then a header in each
//! line; then an empty line, and the body. In a header, `\r` and `\n` stand for the characters. `fill N` is a body of N bytes.

use goblet::{
    MessageEvent, OnMessage, Payload, Result,
    signed_requests::{self, Request},
};

struct Caller;

impl OnMessage for Caller {
    fn on_message(event: MessageEvent) -> Result<Option<Payload>> {
        let text = event.text().ok_or("no text")?;
        if text == "region" {
            return Ok(Some(signed_requests::region().into()));
        }
        let told = match signed_requests::send(&request(text).ok_or("no request")?) {
            Ok(answer) => {
                format!("{} {:?} {}", answer.status, answer.headers, String::from_utf8_lossy(&answer.body))
            }
            Err(error) => format!("{error:?}"),
        };
        Ok(Some(told.into()))
    }
}

goblet::export!(Caller: OnMessage);

fn request(text: &str) -> Option<Request> {
    let (head, body) = text.split_once("\n\n")?;
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ').map(ToOwned::to_owned);
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        (name.to_owned(), value.replace("\\r", "\r").replace("\\n", "\n"))
    });
    Some(Request {
        service: words.next()?,
        region: words.next().filter(|region| region != "-"),
        method: words.next()?,
        path: words.next()?,
        headers: headers.collect(),
        body: match body.strip_prefix("fill ") {
            Some(length) => vec![b'x'; length.parse().ok()?],
            None => body.as_bytes().to_vec(),
        },
    })
}
