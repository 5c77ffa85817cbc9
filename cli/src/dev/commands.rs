//! The commands that stand for a template's functions.

use std::collections::BTreeSet;

use crate::terminal;

/// What `--command` gives: each is `COMMAND`, or `FUNCTION=COMMAND` for one function.
pub struct Commands(pub Vec<String>);

impl Commands {
    /// The command of a function, by its logical id, or by its name if it is not in the template.
    pub fn of(&self, function: &str) -> Option<&str> {
        let own = self.0.iter().filter_map(|command| command.split_once('='));
        own.filter(|(name, _)| *name == function).map(|(_, command)| command).next_back()
    }

    /// Tells of commands for functions that are not there.
    pub fn note_unknown(&self, known: &BTreeSet<&str>) {
        let own = self.0.iter().filter(|command| is_own(command)).filter_map(|command| command.split_once('='));
        for (name, _) in own.filter(|(name, _)| !known.contains(name)) {
            let known = known.iter().copied().collect::<Vec<_>>().join(", ");
            terminal::note(&format!("--command {name}=… is not used: there is no function {name}; there are: {known}"));
        }
    }

    /// The command for all functions that have none of their own.
    pub fn common(&self) -> Option<&str> {
        self.0.iter().rfind(|command| !is_own(command)).map(String::as_str)
    }
}

/// Whether a command is for one function. `Echo=python3 app.py` is for the function Echo; `env X=1 python3 app.py` is for
/// all functions.
pub fn is_own(command: &str) -> bool {
    command.split_once('=').is_some_and(|(name, _)| is_function_name(name))
}

/// Whether a text may name a function: <https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html>. A logical
/// id has letters and digits only.
fn is_function_name(name: &str) -> bool {
    let is_valid = |character: char| character.is_ascii_alphanumeric() || character == '-' || character == '_';
    !name.is_empty() && name.chars().all(is_valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_for_one_function_or_for_all() {
        let commands = ["Echo=python3 app.py", "my-fn=node x", "env X=1 python3 all.py"].map(ToOwned::to_owned);
        let commands = Commands(commands.to_vec());
        assert_eq!((commands.of("Echo"), commands.of("my-fn")), (Some("python3 app.py"), Some("node x")));
        assert_eq!(
            (commands.of("env X"), commands.common()),
            (Some("1 python3 all.py"), Some("env X=1 python3 all.py"))
        );
    }
}
