//! What each client can do at a step: only one that is connected can send.

use std::collections::BTreeMap;

use crate::{
    error::SyntaxError,
    step::{Action, Connect, Step},
};

/// Finds the first step that cannot be.
pub fn check(steps: &[Step]) -> Result<(), SyntaxError> {
    let mut connected: BTreeMap<&str, bool> = BTreeMap::new();
    for Step { line, client, action } in steps {
        let before = connected.get(client.as_str()).copied();
        let is_connected = match (action, before) {
            (Action::Connect(_), Some(true)) => Err("is connected already: close it first, or take another name"),
            (Action::Connect(Connect { refusal, .. }), _) => Ok(refusal.is_none()),
            (_, Some(false)) => Err("is no longer connected: write `NAME: connect` before this line"),
            (Action::Close { .. } | Action::Closed(_) | Action::Drop, _) => Ok(false),
            (Action::Send(_) | Action::Receive(_), _) => Ok(true),
        };
        let is_connected = is_connected.map_err(|problem| {
            let (name, problem) = match client.as_str() {
                "" => ("the client without a name", problem.replace("NAME", "")),
                name => (name, problem.replace("NAME", name)),
            };
            SyntaxError { line: *line, problem: format!("{name} {problem}") }
        })?;
        connected.insert(client, is_connected);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Transcript;

    #[test]
    fn who_is_gone_has_to_connect_again() {
        let error = |text: &str| text.parse::<Transcript>().expect_err(text).to_string();
        assert_eq!(error("a> x\na: connect"), "line 2: a is connected already: close it first, or take another name");
        let again = "a is no longer connected: write `a: connect` before this line";
        assert_eq!(error("a: close\na> x"), format!("line 2: {again}"));
        assert_eq!(error("a: connect => 401\na< x"), format!("line 2: {again}"));
        assert_eq!(error("a: closed\n\na: closed"), format!("line 3: {again}"));
        assert!(error("> x\n: close\n> y").contains("the client without a name is no longer"));
        for text in ["a: close\na: connect\na> x", "a: connect => 401\na: connect", "a> x\nb< y\na: closed"] {
            assert!(text.parse::<Transcript>().is_ok(), "{text}");
        }
    }
}
