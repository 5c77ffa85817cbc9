//! From a transcript's text to its steps.

use std::str::FromStr;

use tokio_tungstenite::tungstenite::{
    http::{HeaderName, HeaderValue, StatusCode, uri::PathAndQuery},
    protocol::frame::coding::CloseCode,
};

use crate::{
    error::SyntaxError,
    lines::{self, Verb, Written},
    states,
    step::{Action, Connect, Step},
    text,
};

/// A session with one client or several.
///
/// Its text is parsed with `FromStr`, and written with `Display`. The grammar is in `docs/transcripts.md`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    steps: Vec<Step>,
}

impl Transcript {
    /// What happens, in this order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl FromStr for Transcript {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        let steps = lines::read(text)?.into_iter().map(|written| {
            let line = written.line;
            step(written).map_err(|problem| SyntaxError { line, problem })
        });
        let steps: Vec<Step> = steps.collect::<Result<_, _>>()?;
        states::check(&steps)?;
        Ok(Self { steps })
    }
}

impl FromIterator<Step> for Transcript {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Self { steps: steps.into_iter().collect() }
    }
}

fn step(Written { line, client, verb, text }: Written) -> Result<Step, String> {
    let action = match verb {
        Verb::Send => Action::Send(text::message(&text)?),
        // wsdump's client has no name.
        Verb::Receive if client.is_empty() => Action::Receive(text::shown(&text)?),
        Verb::Receive => Action::Receive(text::expected(&text)?),
        Verb::Other => other(&text)?,
    };
    Ok(Step { line, client, action })
}

fn other(text: &str) -> Result<Action, String> {
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match verb {
        "connect" => connect(rest).map(Action::Connect),
        "close" => {
            let (code, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            let code = close_code(code)?;
            if code.is_some_and(|code| !CloseCode::from(code).is_allowed()) {
                return Err(format!("no client may close with {rest}: take 1000, or a code of 3000 to 4999"));
            }
            Ok(Action::Close { code, reason: close_reason(reason.trim())? })
        }
        "drop" => Ok(Action::Drop),
        _ => close_code(rest).map(Action::Closed),
    }
}

/// A control frame has up to 125 bytes, of which the code takes two: <https://www.rfc-editor.org/rfc/rfc6455#section-5.5>.
const MAX_REASON: usize = 123;

fn close_reason(text: &str) -> Result<String, String> {
    let reason = text::reason(text);
    match reason.len() {
        0..=MAX_REASON => Ok(reason),
        length => {
            Err(format!("the reason has {length} bytes, and a close frame has room for {MAX_REASON}: shorten it"))
        }
    }
}

fn close_code(text: &str) -> Result<Option<u16>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let code = text.parse().ok().filter(|code| (1000..5000).contains(code));
    code.map(Some).ok_or_else(|| format!("{text} is no close code: write a number of 1000 to 4999, such as 1000"))
}

fn connect(text: &str) -> Result<Connect, String> {
    let words = shlex::split(text).ok_or("is a quote not closed?")?;
    let (request, refusal) = match words.as_slice() {
        [request @ .., arrow, status] if arrow == "=>" => (request, Some(refusal(status)?)),
        request => (request, None),
    };
    let mut connect = Connect { refusal, ..Connect::default() };
    for word in request {
        match word.split_once('=') {
            _ if word.starts_with('?') => {
                let query = query(word)?;
                if connect.query.replace(query).is_some() {
                    return Err("there are two query strings: write & between their parts".to_owned());
                }
            }
            Some(("subprotocol", name)) if is_token(name) => connect.subprotocols.push(name.to_owned()),
            Some(("subprotocol", name)) => return Err(format!("{name:?} cannot be the name of a subprotocol")),
            Some(("header", header)) => connect.headers.push(self::header(header)?),
            _ => {
                return Err(format!(
                    "{word:?} says nothing of how to connect: write ?QUERY, subprotocol=NAME, header=\"NAME: VALUE\", or \
                     => STATUS for a client that is refused"
                ));
            }
        }
    }
    Ok(connect)
}

fn refusal(text: &str) -> Result<u16, String> {
    let status = text.parse::<StatusCode>().ok().filter(|status| !status.is_informational());
    status.map(|status| status.as_u16()).ok_or_else(|| {
        format!("{text:?} is no HTTP status that a client is refused with: write a number, such as => 401")
    })
}

fn query(word: &str) -> Result<String, String> {
    let written = |error| format!("{word} is no query string: {error}. Write what is special in it as %XX");
    let url: PathAndQuery = format!("/{word}").parse().map_err(written)?;
    Ok(url.query().unwrap_or_default().to_owned())
}

fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let parsed = text.split_once(':').and_then(|(name, value)| {
        let name: HeaderName = name.trim().parse().ok()?;
        Some((name, HeaderValue::from_str(value.trim()).ok()?))
    });
    parsed.ok_or_else(|| format!("{text:?} is no header: write header=\"NAME: VALUE\""))
}

/// Whether a text may be a subprotocol: <https://www.rfc-editor.org/rfc/rfc6455#section-4.1>.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{expected::Expected, message::Message};

    fn actions(text: &str) -> Vec<Action> {
        text.parse::<Transcript>().expect(text).steps.into_iter().map(|step| step.action).collect()
    }

    fn text(text: &str) -> Message {
        Message::Text(text.to_owned())
    }

    #[test]
    fn a_client_connects_as_it_is_told() {
        let line = "a: connect ?room=lobby&x=%20 subprotocol=chat subprotocol=v2 header=\"X-Key: a b\" => 401";
        let connect = Connect {
            query: Some("room=lobby&x=%20".to_owned()),
            subprotocols: vec!["chat".to_owned(), "v2".to_owned()],
            headers: vec![(HeaderName::from_static("x-key"), HeaderValue::from_static("a b"))],
            refusal: Some(401),
        };
        assert_eq!(actions(line), [Action::Connect(connect)]);
        assert_eq!(actions("a: connect"), [Action::Connect(Connect::default())]);
    }

    #[test]
    fn a_connection_closes() {
        let session = "a: connect\na: close 4001 see you\nb: connect\nb: closed 1001\nc> \nc: close\nd> \nd: closed\n\
                       e> \ne: drop";
        let is_end = |action: &Action| matches!(action, Action::Close { .. } | Action::Closed(_) | Action::Drop);
        let closes: Vec<_> = actions(session).into_iter().filter(is_end).collect();
        let expected = [
            Action::Close { code: Some(4001), reason: "see you".to_owned() },
            Action::Closed(Some(1001)),
            Action::Close { code: None, reason: String::new() },
            Action::Closed(None),
            Action::Drop,
        ];
        assert_eq!(closes, expected);
    }

    #[test]
    fn messages_are_texts_unless_they_say_otherwise() {
        for (line, message) in [
            ("a> foo ", text("foo ")),
            ("a>  foo", text(" foo")),
            ("a> {\"a\": 1}", text("{\"a\": 1}")),
            ("a> /a/", text("/a/")),
            ("a> base64:AAEC", Message::Binary(vec![0, 1, 2])),
            ("a> \\base64:AAEC", text("base64:AAEC")),
            ("a> \\\"a\\r\\nb\"", text("a\r\nb")),
            ("a> \\\\x", text("\\x")),
            ("a> \"a\"", text("\"a\"")),
        ] {
            assert_eq!(actions(line), [Action::Send(message)], "{line}");
        }
    }

    #[test]
    fn what_is_expected_may_be_a_pattern() {
        for (line, same, other) in [
            ("a< foo", "foo", "foo "),
            ("a< /^Joined [a-z]+$/", "Joined lobby", "joined lobby"),
            ("a< \\/a/", "/a/", "a"),
            ("a< {\"a\": 1, ...}", "{\"b\":2,\"a\":1}", "{\"b\":2}"),
            ("a< \\{\"a\": 1}", "{\"a\": 1}", "{\"a\":1}"),
            ("a< [x] hello", "[x] hello", "[]"),
            ("a< {\n | \"a\": 1\n | }", "{\"a\":1}", "{}"),
            ("a<", "", "x"),
            ("a< /", "/", ""),
            ("a< /join lobby", "/join lobby", "join lobby"),
            ("a< \\/a/i", "/a/i", "a"),
        ] {
            let [Action::Receive(expected)] = &actions(line)[..] else { panic!("{line}") };
            assert!(expected.is(&text(same)), "{line} {same}");
            assert!(!expected.is(&text(other)), "{line} {other}");
            assert!(!expected.is(&Message::Binary(same.into())), "{line}");
        }
        assert_eq!(actions("a<"), [Action::Receive(Expected::Exactly(text("")))]);
        assert_eq!(actions("<"), [Action::Receive(Expected::Blank)]);
        for (line, is_binary) in [("< b'\\x00'", true), ("a< b'\\x00'", false), ("< \\b'\\x00'", false)] {
            let [Action::Receive(expected)] = &actions(line)[..] else { panic!("{line}") };
            assert!(expected.is(&text("b'\\x00'")) && !expected.is(&text("\0")), "{line}");
            assert_eq!(expected.is(&Message::Binary(vec![0])), is_binary, "{line}");
            assert!(!expected.is(&Message::Binary(vec![1])), "{line}");
        }
        assert_eq!(actions("a< base64:AA=="), [Action::Receive(Expected::Exactly(Message::Binary(vec![0])))]);
    }

    #[test]
    fn a_reason_fits_into_its_frame() {
        let line = |length| format!("a: close 1000 {}", "é".repeat(length));
        assert_eq!(actions(&line(61)), [Action::Close { code: Some(1000), reason: "é".repeat(61) }]);
        let error = line(62).parse::<Transcript>().expect_err("too long");
        assert!(error.to_string().starts_with("line 1: the reason has 124 bytes"), "{error}");
    }

    #[test]
    fn what_cannot_be_is_named_with_its_line() {
        for (line, says) in [
            ("a: connect room", "write ?QUERY"),
            ("a: connect ?a ?b", "two query strings"),
            ("a: connect ?a\u{1}", "no query string"),
            ("a: connect '", "a quote"),
            ("a: connect subprotocol=a,b", "subprotocol"),
            ("a: connect header=x", "header=\"NAME: VALUE\""),
            ("a: connect => no", "no HTTP status"),
            ("a: connect => 101", "no HTTP status"),
            ("a: close soon", "no close code"),
            ("a: close 1005", "3000 to 4999"),
            ("a: closed 99", "no close code"),
            ("a< /(/", "no regular expression"),
            ("a< /^joined/i", "write (?i) at its start"),
            ("a> base64:!", "no base64"),
        ] {
            let error = format!("# first\n{line}").parse::<Transcript>().expect_err(line);
            assert_eq!(error.line, 2);
            assert!(error.problem.contains(says), "{line}: {error}");
        }
    }
}
