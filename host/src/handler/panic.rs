//! The report that a Rust program writes to stderr when it panics.

/// How a panic's report goes on after the message, if no variable says otherwise.
const ADVICE: &str = "note: run with `RUST_BACKTRACE=1`";

/// Picks a panic's report out of the lines of stderr, so that its message can go into the error of the invocation.
///
/// The report is an empty line, a line with the place, the message, and advice:
///
/// ```text
///
/// thread '<unnamed>' (1) panicked at src/lib.rs:12:9:
/// index out of bounds: the len is 3 but the index is 7
/// note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace
/// ```
#[derive(Default)]
pub struct PanicReport {
    /// An empty line, if it may be the first of a report; or all lines from the place on.
    held: Vec<String>,
}

impl PanicReport {
    /// Takes the next line of stderr, and returns the lines that are not part of a report.
    pub fn filter(&mut self, line: String) -> Vec<String> {
        if self.place().is_some() {
            self.held.push(line);
            return Vec::new();
        }
        if place(&line).is_some() || (line.is_empty() && self.held.is_empty()) {
            self.held = vec![line];
            return Vec::new();
        }
        let mut lines = self.release();
        lines.push(line);
        lines
    }

    /// Where the program panicked and its message, if it did: `src/lib.rs:12:9: index out of bounds`.
    pub fn take(&mut self) -> Option<String> {
        let place = self.place()?.to_owned();
        let message = self.release().into_iter().skip(1).filter(|line| !line.starts_with(ADVICE));
        Some(format!("{place} {}", message.collect::<Vec<_>>().join("\n")))
    }

    /// The lines that were held back, for a program that goes on.
    pub fn release(&mut self) -> Vec<String> {
        std::mem::take(&mut self.held)
    }

    fn place(&self) -> Option<&str> {
        self.held.first().and_then(|line| place(line))
    }
}

/// The place in a report's first line, e.g. `src/lib.rs:12:9:`.
fn place(line: &str) -> Option<&str> {
    let (_, place) = line.strip_prefix("thread '")?.split_once(" panicked at ")?;
    place.ends_with(':').then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: &str = "thread '<unnamed>' (1) panicked at src/lib.rs:12:9:";

    fn filter(report: &mut PanicReport, lines: &[&str]) -> Vec<String> {
        lines.iter().flat_map(|line| report.filter((*line).to_owned())).collect()
    }

    #[test]
    fn a_panics_message_is_taken_and_nothing_of_it_is_logged() {
        let mut report = PanicReport::default();
        let advice = format!("{ADVICE} environment variable to display a backtrace");
        let logged = filter(&mut report, &["before", "", PLACE, "left is", "not right", &advice]);
        assert_eq!(logged, ["before"]);
        assert_eq!(report.take().unwrap(), "src/lib.rs:12:9: left is\nnot right");
        assert!(report.take().is_none());
    }

    #[test]
    fn other_lines_are_logged() {
        let mut report = PanicReport::default();
        let lines = ["", "", "one", "", "thread 'one' panicked at", "two"];
        assert_eq!(filter(&mut report, &lines), lines);
        assert!(report.take().is_none());
    }

    #[test]
    fn a_program_that_goes_on_has_its_lines_back() {
        let mut report = PanicReport::default();
        assert!(filter(&mut report, &[PLACE, "message"]).is_empty());
        assert_eq!(report.release(), [PLACE, "message"]);
    }
}
