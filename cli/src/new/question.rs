//! Questions to whoever sits at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::{anyhow, bail, ensure};
use clap::ValueEnum;

use crate::{choice::name_of, terminal};

/// Asks for one of several values, until the answer is one of them.
pub fn choice<T: ValueEnum>(question: &str, option: &str) -> anyhow::Result<T> {
    let names: Vec<String> = T::value_variants().iter().map(name_of).collect();
    let names = names.join(", ");
    let read = |answer: &str| T::from_str(answer, true).map_err(|_| anyhow!("{answer:?} is none of them"));
    answer(&format!("{question} ({names})"), &format!("{option} ({names})"), read)
}

/// Asks until the answer can be read, and tells what is wrong with those before. `option` is how to give it on the command
/// line.
pub fn answer<T>(question: &str, option: &str, read: impl Fn(&str) -> anyhow::Result<T>) -> anyhow::Result<T> {
    loop {
        match read(&text(question, option)?) {
            Ok(answer) => return Ok(answer),
            Err(error) => terminal::tell(&format!("{error:#}")),
        }
    }
}

fn text(question: &str, option: &str) -> anyhow::Result<String> {
    ensure!(
        io::stdin().is_terminal(),
        "{option} is missing, and there is no terminal to ask at. For example: goblet new chat --lang python --example chat"
    );
    loop {
        terminal::ask(&format!("{question}: "));
        let mut answer = String::new();
        if io::stdin().lock().read_line(&mut answer)? == 0 {
            bail!("no answer: give {option}");
        }
        let answer = answer.trim();
        if !answer.is_empty() {
            return Ok(answer.to_owned());
        }
    }
}
