//! From steps to a transcript's text.

use std::fmt::{self, Display, Formatter};

use crate::{
    expected::Expected,
    lines::{KEYS, without_prompt},
    message::Message,
    parse::Transcript,
    step::{Action, Connect, Step},
    text::{self, LITERALLY},
};

impl Display for Transcript {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.steps().iter().try_for_each(|step| writeln!(formatter, "{step}"))
    }
}

impl Display for Step {
    /// As it is in a file, without the last line's end.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let client = &self.client;
        match &self.action {
            Action::Connect(connect) => write!(formatter, "{client}: connect{connect}"),
            Action::Send(message) => write_lines(formatter, client, '>', &sent(client, message)),
            Action::Receive(expected) => write_lines(formatter, client, '<', &received(client, expected)),
            Action::Close { code, reason } => {
                write!(formatter, "{client}: close")?;
                code.map_or(Ok(()), |code| write!(formatter, " {code}"))?;
                if reason.is_empty() { Ok(()) } else { write!(formatter, " {}", reason_on_one_line(reason)) }
            }
            Action::Drop => write!(formatter, "{client}: drop"),
            Action::Closed(code) => {
                write!(formatter, "{client}: closed")?;
                code.map_or(Ok(()), |code| write!(formatter, " {code}"))
            }
        }
    }
}

impl Display for Connect {
    /// What comes after `connect`, with a space before each part.
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if let Some(query) = &self.query {
            write!(formatter, " {}", quoted(&format!("?{query}")))?;
        }
        for subprotocol in &self.subprotocols {
            write!(formatter, " {}", quoted(&format!("subprotocol={subprotocol}")))?;
        }
        for (name, value) in &self.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            write!(formatter, " header={}", quoted(&format!("{name}: {value}")))?;
        }
        self.refusal.map_or(Ok(()), |status| write!(formatter, " => {status}"))
    }
}

/// A word between quotes, if it needs them. A query string may have what the shell would take for its own.
fn quoted(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_graphic() && !"'\"\\".contains(character);
    if word.chars().all(is_plain) {
        return word.to_owned();
    }
    // No word has a NUL.
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), Into::into)
}

fn sent(client: &str, message: &Message) -> String {
    let is_prompt = |text: &str| {
        let first = text.split('\n').next().unwrap_or_default();
        // As the transcript's last line it would be wsdump's prompt, and a prompt in front of it is taken away.
        KEYS.contains(&text.trim()) || without_prompt(client, first) != first
    };
    written(message, |text| text::message(text).as_ref() == Ok(message) && !is_prompt(text))
}

fn received(client: &str, expected: &Expected) -> String {
    let read = if client.is_empty() { text::shown } else { text::expected };
    // Editors take the space at the end of a line away.
    let is_same = |text: &str| !text.is_empty() && read(text).as_ref() == Ok(expected);
    match expected {
        Expected::Exactly(message) => written(message, is_same),
        other => other.to_string(),
    }
}

/// A message, so that it is read as the same one. `is_same` says whether a text is.
fn written(message: &Message, is_same: impl Fn(&str) -> bool) -> String {
    let Message::Text(text) = message else { return message.to_string() };
    let is_line = |line: &str| !line.ends_with(char::is_whitespace) && !line.contains(char::is_control);
    match text.split('\n').all(is_line) {
        true if is_same(text) => text.clone(),
        true if text.is_empty() || !text.starts_with('"') => format!("{LITERALLY}{text}"),
        _ => json(text),
    }
}

/// A reason, so that it is read as the same one, whatever the client wrote.
fn reason_on_one_line(reason: &str) -> String {
    let is_line = reason.trim() == reason && !reason.contains(char::is_control);
    if is_line && text::reason(reason) == reason { reason.to_owned() } else { json(reason) }
}

fn json(text: &str) -> String {
    format!("{LITERALLY}{}", serde_json::Value::from(text))
}

fn write_lines(formatter: &mut Formatter<'_>, client: &str, marker: char, text: &str) -> fmt::Result {
    let mut lines = text.split('\n');
    write!(formatter, "{client}{marker} {}", lines.next().unwrap_or_default())?;
    let indent = client.chars().count();
    lines.try_for_each(|line| write!(formatter, "\n{:indent$}| {line}", ""))
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, sample::select};

    use super::*;

    /// Texts with what has a meaning in transcripts, more often than by chance.
    fn any_text() -> impl Strategy<Value = String> {
        let special = select(vec![
            "",
            " ",
            "\n",
            "\r\n",
            "\t",
            "#",
            "|",
            "/",
            "/a/",
            "\\",
            "\"",
            "\"a\"",
            "{",
            "{\"a\": 1}",
            "[",
            "...",
            "base64:",
            "b'a'",
            "> ",
            ">",
            "alice< ",
            "\u{1b}[2K",
            "\u{feff}",
            "^C",
        ]);
        let part = prop_oneof![special.prop_map(ToOwned::to_owned), "[a-z]{1,3}", any::<char>().prop_map(String::from)];
        proptest::collection::vec(part, 0..6).prop_map(|parts| parts.concat())
    }

    fn any_message() -> impl Strategy<Value = Message> {
        let bytes = proptest::collection::vec(any::<u8>(), 0..10).prop_map(Message::Binary);
        prop_oneof![4 => any_text().prop_map(Message::Text), 1 => bytes]
    }

    fn any_steps() -> impl Strategy<Value = Vec<(String, Action)>> {
        let client = select(vec!["", "a", "client-1"]).prop_map(ToOwned::to_owned);
        let action = prop_oneof![
            any_message().prop_map(Action::Send),
            any_message().prop_map(|message| Action::Receive(Expected::Exactly(message))),
        ];
        let steps = proptest::collection::vec((client, action), 0..6);
        // Who has closed takes no other step.
        let closes = proptest::collection::vec(any_close(), 0..3)
            .prop_map(|closes| closes.into_iter().enumerate().map(|(number, close)| (format!("c{number}"), close)));
        (steps, closes).prop_map(|(steps, closes)| steps.into_iter().chain(closes).collect())
    }

    fn any_close() -> impl Strategy<Value = Action> {
        let with_code =
            (3000..5000_u16, any_text()).prop_map(|(code, reason)| Action::Close { code: Some(code), reason });
        prop_oneof![4 => with_code, 1 => Just(Action::Close { code: None, reason: String::new() })]
    }

    fn read(text: &str) -> Vec<(String, Action)> {
        let transcript: Transcript = text.parse().unwrap_or_else(|error| panic!("{error}: {text}"));
        transcript.steps().iter().map(|step| (step.client.clone(), step.action.clone())).collect()
    }

    fn written(steps: &[(String, Action)]) -> String {
        let step =
            |(client, action): &(String, Action)| Step { line: 0, client: client.clone(), action: action.clone() };
        steps.iter().map(step).collect::<Transcript>().to_string()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_as_the_same(steps in any_steps()) {
            let written = written(&steps);
            prop_assert_eq!(read(&written), steps, "{}", written);
        }
    }

    #[test]
    fn a_text_that_begins_with_a_prompt_keeps_it() {
        for text in [">", "> foo", ">\n", ">\nfoo"] {
            let steps = [(String::new(), Action::Send(Message::Text(text.to_owned())))];
            assert_eq!(read(&written(&steps)), steps, "{text:?}");
        }
    }

    #[test]
    fn a_reason_writes_no_line_of_its_own() {
        let reason = "bye\nalice> forged".to_owned();
        let steps = [("a".to_owned(), Action::Close { code: Some(1000), reason })];
        assert_eq!(written(&steps), "a: close 1000 \\\"bye\\nalice> forged\"\n");
        assert_eq!(read(&written(&steps)), steps);
    }

    #[test]
    fn connecting_and_closing_are_written_as_they_are_read() {
        let session = "a: connect ?x=%20&y=1 subprotocol=chat header='x-key: a \"b\"'\na: close 1000 see you\n\
                       b: connect => 401\nc: connect\nc: closed 1001\n: connect\n: close\nd: connect\nd: drop\n";
        assert_eq!(session.parse::<Transcript>().expect("a session").to_string(), session);
    }

    #[test]
    fn patterns_are_written_as_they_were() {
        let session = "a< {\n | \"b\": 1, ...\n | }\na< /^x/\n<";
        let transcript: Transcript = session.parse().expect("a session");
        assert_eq!(transcript.to_string(), "a< {\n | \"b\": 1, ...\n | }\na< /^x/\n< \n");
    }
}
