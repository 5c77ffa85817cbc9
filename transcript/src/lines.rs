//! From a file's lines to steps whose texts are not looked into yet.

use std::borrow::Cow;

use anstream::adapter::strip_str;

use crate::error::SyntaxError;

/// What wsdump prints first.
const BANNER: &str = "Press Ctrl+C to quit";

/// What is in the shell's line before a session, behind the shell's prompt.
const COMMANDS: [&str; 3] = ["$ wsdump ", "% wsdump ", "# wsdump "];

/// What terminals show of the keys that end wsdump.
pub const KEYS: [&str; 3] = ["", "^C", "^D"];

/// Erases a terminal's line: wsdump does so with its prompt, when a message comes.
const ERASE: &str = "\u{1b}[2K";

/// A step, as it is written.
#[derive(Debug, PartialEq)]
pub struct Written {
    /// Its line, from 1.
    pub line: usize,
    pub client: String,
    pub verb: Verb,
    /// What comes after `NAME>`, `NAME<` or `NAME:`, with the lines that continue it.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verb {
    Send,
    Receive,
    /// What comes after `NAME:`.
    Other,
}

/// Reads the lines of a file.
pub fn read(text: &str) -> Result<Vec<Written>, SyntaxError> {
    let mut reader = Reader::default();
    for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        reader.take(index + 1, &shown(line))?;
    }
    let mut steps = reader.steps;
    // Where wsdump was ended, it has asked for one more line.
    steps.pop_if(is_prompt);
    Ok(steps)
}

/// What a terminal shows of a line.
fn shown(line: &str) -> Cow<'_, str> {
    if !line.contains('\u{1b}') {
        return Cow::Borrowed(line);
    }
    let line = line.rsplit(ERASE).next().unwrap_or(line);
    Cow::Owned(strip_str(line).to_string())
}

fn is_prompt(step: &mut Written) -> bool {
    step.client.is_empty() && step.verb == Verb::Send && KEYS.contains(&step.text.trim())
}

#[derive(Default)]
struct Reader {
    steps: Vec<Written>,
    /// How many empty lines there were since the last step. `None` if what follows does not continue it, unless it says so.
    blank: Option<usize>,
}

impl Reader {
    fn take(&mut self, line: usize, text: &str) -> Result<(), SyntaxError> {
        if let Some((client, verb, text)) = head(text) {
            let text = if verb == Verb::Send { without_prompt(client, text) } else { text };
            let is_from_wsdump = client.is_empty() && verb == Verb::Receive;
            self.blank = is_from_wsdump.then_some(0);
            self.steps.push(Written { line, client: client.to_owned(), verb, text: text.to_owned() });
            return Ok(());
        }
        if let Some(further) = text.trim_start().strip_prefix('|') {
            return self.continued(line, further.strip_prefix(' ').unwrap_or(further));
        }
        if text.trim().is_empty() {
            self.blank = self.blank.map(|blank| blank + 1);
            return Ok(());
        }
        if text.starts_with('#') || text == BANNER || self.is_command(text) {
            self.blank = None;
            return Ok(());
        }
        self.shown_by_wsdump(line, text)
    }

    /// Whether it is the line of a shell that starts wsdump. In a message, nothing comes before the `$`.
    fn is_command(&self, text: &str) -> bool {
        let is_first = self.steps.is_empty();
        COMMANDS.iter().any(|command| if is_first { text.contains(command) } else { text.starts_with(command) })
    }

    /// A line that says that it continues the message before it.
    fn continued(&mut self, line: usize, further: &str) -> Result<(), SyntaxError> {
        match self.steps.last_mut().filter(|step| step.verb != Verb::Other) {
            Some(step) => {
                step.text.extend(["\n", further]);
                self.blank = None;
                Ok(())
            }
            None => Err(problem(line, "there is no message before it that this line could continue".to_owned())),
        }
    }

    /// A line of a message that wsdump shows in several.
    fn shown_by_wsdump(&mut self, line: usize, text: &str) -> Result<(), SyntaxError> {
        let (Some(blank), Some(step)) = (self.blank, self.steps.last_mut()) else {
            return Err(problem(line, format!("this is no step: {}", hint(text))));
        };
        step.text.push_str(&"\n".repeat(blank + 1));
        step.text.push_str(text);
        self.blank = Some(0);
        Ok(())
    }
}

/// The client, the verb and the text of a line that begins a step.
fn head(line: &str) -> Option<(&str, Verb, &str)> {
    let end = line.find(|character: char| !is_of_name(character)).unwrap_or(line.len());
    let (client, rest) = line.split_at(end);
    let is_name = client.is_empty() || client.starts_with(char::is_alphabetic);
    let verb = match rest.chars().next().filter(|_| is_name)? {
        '>' => Verb::Send,
        '<' => Verb::Receive,
        ':' => Verb::Other,
        _ => return None,
    };
    let text = match (&rest[1..], verb) {
        ("", _) => "",
        (text, Verb::Other) if is_other(text) => text.trim(),
        (text, Verb::Send | Verb::Receive) => text.strip_prefix(' ')?,
        _ => return None,
    };
    Some((client, verb, text)).filter(|_| verb != Verb::Other || !text.is_empty())
}

/// What a client sends, without a second prompt: wsdump, whose client has no name, shows it twice if an answer comes before
/// it asks for the next line.
pub fn without_prompt<'a>(client: &str, text: &'a str) -> &'a str {
    match text.strip_prefix('>') {
        Some("") if client.is_empty() => "",
        Some(rest) if client.is_empty() => rest.strip_prefix(' ').unwrap_or(text),
        _ => text,
    }
}

pub fn is_of_name(character: char) -> bool {
    character.is_alphanumeric() || character == '-' || character == '_'
}

fn is_other(text: &str) -> bool {
    let verb = text.split_whitespace().next().unwrap_or_default();
    ["connect", "close", "closed"].contains(&verb) || text.trim() == "drop"
}

/// What may have been meant.
fn hint(text: &str) -> String {
    if let Some((name, _)) = text.split_once(':').filter(|(name, _)| name.chars().all(is_of_name)) {
        return format!("write `{name}: connect`, `{name}: close`, `{name}: closed` or `{name}: drop`");
    }
    let marker = text.find(['>', '<']).filter(|end| text[..*end].trim().chars().all(is_of_name));
    if let Some(end) = marker {
        let (name, text) = (text[..end].trim(), text[end..].split_at(1));
        return format!("write `{name}{} {}`, with no space before the {0} and one after it", text.0, text.1.trim());
    }
    "write `NAME> TEXT` for a message that the client NAME sends, `NAME< TEXT` for one that it gets, `NAME: connect`, \
     `NAME: close`, `NAME: closed` or `NAME: drop`. A comment begins with #; a line that continues a message begins with |"
        .to_owned()
}

fn problem(line: usize, problem: String) -> SyntaxError {
    SyntaxError { line, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<(String, Verb, String)> {
        let steps = read(text).expect("steps");
        steps.into_iter().map(|step| (step.client, step.verb, step.text)).collect()
    }

    fn step(client: &str, verb: Verb, text: &str) -> (String, Verb, String) {
        (client.to_owned(), verb, text.to_owned())
    }

    #[test]
    fn comments_and_empty_lines_are_no_steps() {
        let session = "\u{feff}# A session\r\n\r\n> foo\r\n< foo\r\n# The end\n";
        assert_eq!(texts(session), [step("", Verb::Send, "foo"), step("", Verb::Receive, "foo")]);
        assert_eq!(read(session).expect("steps")[1].line, 4);
    }

    #[test]
    fn clients_have_names() {
        let session = "alice: connect ?a=b\nalice> hi\nžofie-2< alice: hi\n: close 1000\n";
        let expected = [
            step("alice", Verb::Other, "connect ?a=b"),
            step("alice", Verb::Send, "hi"),
            step("žofie-2", Verb::Receive, "alice: hi"),
            step("", Verb::Other, "close 1000"),
        ];
        assert_eq!(texts(session), expected);
    }

    #[test]
    fn what_wsdump_shows_is_a_session() {
        let session = "$ wsdump ws://127.0.0.1:3001/api/\nPress Ctrl+C to quit\n> John\n\n< Using nickname: John\n\
                       Type /help.\n\n   # no comment: it is indented\nBob: hi\n\n< more\n> ^C\n";
        let expected = [
            step("", Verb::Send, "John"),
            step("", Verb::Receive, "Using nickname: John\nType /help.\n\n   # no comment: it is indented\nBob: hi"),
            step("", Verb::Receive, "more"),
        ];
        assert_eq!(texts(session), expected);
    }

    #[test]
    fn the_shell_that_starts_wsdump_has_a_prompt() {
        for prompt in ["", "me@here:~/chat", "[me@here chat]", "(venv) me@here:~", "here"] {
            for end in ["$", " $", " %", "%", "#"] {
                let session = format!("{prompt}{end} wsdump ws://127.0.0.1:3001/api/\nPress Ctrl+C to quit\n> foo\n");
                assert_eq!(texts(&session), [step("", Verb::Send, "foo")], "{session}");
            }
        }
        let session = "> a\n< first\nsay $ wsdump x";
        assert_eq!(texts(session)[1], step("", Verb::Receive, "first\nsay $ wsdump x"));
    }

    #[test]
    fn what_a_terminal_was_told_is_a_session() {
        let session = "Press Ctrl+C to quit\r\n> foo\r\n> \u{1b}[2K\u{1b}[E\u{1b}[34m< foo\u{1b}[39m\r\n> ";
        assert_eq!(texts(session), [step("", Verb::Send, "foo"), step("", Verb::Receive, "foo")]);
    }

    #[test]
    fn wsdump_may_show_its_prompt_twice() {
        let session = "> John\r\n\u{1b}[2K\u{1b}[E\u{1b}[34m< hi\u{1b}[39m\r\n> > foo\n\n< foo\n> >";
        let expected = [
            step("", Verb::Send, "John"),
            step("", Verb::Receive, "hi"),
            step("", Verb::Send, "foo"),
            step("", Verb::Receive, "foo"),
        ];
        assert_eq!(texts(session), expected);
        assert_eq!(texts("> > ^C"), []);
        for (line, client, text) in [("a> > foo", "a", "> foo"), ("> \\> foo", "", "\\> foo"), ("> >foo", "", ">foo")] {
            assert_eq!(texts(line), [step(client, Verb::Send, text)], "{line}");
        }
    }

    #[test]
    fn a_line_may_continue_a_message() {
        let session = "a> one\n | two\n |\n\n # not at the start\n";
        assert!(read(session).is_err());
        let session = "a> one\n | two\n |\n# A comment\n  |  four\n|#five\n";
        assert_eq!(texts(session), [step("a", Verb::Send, "one\ntwo\n\n four\n#five")]);
    }

    #[test]
    fn an_empty_message_is_sent_unless_it_is_wsdumps_last_prompt() {
        assert_eq!(texts("> \n>\n> "), [step("", Verb::Send, ""), step("", Verb::Send, "")]);
        assert_eq!(texts("a>"), [step("a", Verb::Send, "")]);
    }

    #[test]
    fn what_is_no_step_is_named_with_what_to_write() {
        for (session, line, says) in [
            ("> a\nalice", 2, "write `NAME> TEXT`"),
            ("> a\n< a\n# comment\nalice", 4, "begins with |"),
            ("alice>hi", 1, "`alice> hi`, with no space before the > and one after it"),
            (" alice < hi", 1, "`alice< hi`"),
            ("alice: conect", 1, "`alice: connect`, `alice: close`"),
            ("| more", 1, "no message before it"),
            ("a: connect\n| more", 2, "no message before it"),
        ] {
            let error = read(session).expect_err(session);
            assert_eq!(error.line, line, "{session}");
            assert!(error.problem.contains(says), "{error}");
        }
    }
}
