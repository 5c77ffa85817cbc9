//! Questions to whoever sits at the terminal.

use std::io::{self, BufRead as _, IsTerminal as _};

use anyhow::{bail, ensure};
use clap::ValueEnum;

use super::choice::name_of;
use crate::terminal;

/// Asks for a text. `option` is how to give it on the command line.
pub fn text(question: &str, option: &str) -> anyhow::Result<String> {
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

/// Asks for one of several values, until the answer is one of them.
pub fn choice<T: ValueEnum>(question: &str, option: &str) -> anyhow::Result<T> {
    let names: Vec<String> = T::value_variants().iter().map(name_of).collect();
    let names = names.join(", ");
    let option = format!("{option} ({names})");
    loop {
        let answer = text(&format!("{question} ({names})"), &option)?;
        match T::from_str(&answer, true) {
            Ok(value) => return Ok(value),
            Err(_) => terminal::tell(&format!("{answer:?} is none of them")),
        }
    }
}
