//! A report in JUnit's format: <https://github.com/testmoapp/junitxml>.

use std::{path::Path, time::Duration};

use anstream::adapter::strip_str;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{play::Verdict, scripts::Script};
use crate::{output, terminal::escaped_lines};

/// The name of the report and of its one suite.
const NAME: &str = "goblet test";

/// What became of the transcripts.
pub struct Outcome<'a> {
    pub verdicts: &'a [Verdict<'a>],
    /// Why the first one after these could not be played, such as a handler that does not build.
    pub error: Option<&'a anyhow::Error>,
    /// All transcripts. The first ones are those of the verdicts.
    pub scripts: &'a [Script],
    pub duration: Duration,
}

impl Outcome<'_> {
    /// Writes the file, with a test case for each transcript.
    pub fn write(&self, file: &Path) -> anyhow::Result<()> {
        let played = self.verdicts.iter().map(case);
        let mut unplayed = self.scripts[self.verdicts.len()..].iter();
        let stopped = self.error.and_then(|error| Some(error_case(unplayed.next()?, error)));
        let cases = played.chain(stopped).chain(unplayed.map(skipped_case));
        let mut suite = TestSuite::new(NAME);
        suite.set_time(self.duration).add_test_cases(cases);
        let mut report = Report::new(NAME);
        report.set_time(self.duration).add_test_suite(suite);
        output::write(file, report.to_string()?.as_bytes())
    }
}

fn error_case(script: &Script, error: &anyhow::Error) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(readable(&strip_str(&format!("{error:#}")).to_string()));
    named(script, status)
}

fn skipped_case(script: &Script) -> TestCase {
    let mut status = TestCaseStatus::skipped();
    status.set_message("not played");
    named(script, status)
}

fn named(script: &Script, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(readable(&script.path.display().to_string()), status);
    case.set_classname(NAME);
    case
}

fn case(verdict: &Verdict<'_>) -> TestCase {
    let status = match &verdict.failed {
        None => TestCaseStatus::success(),
        Some(failed) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let text = strip_str(&failed.shown()).to_string();
            let (expected, got) = (failed.failure.difference.expected(), failed.failure.difference.got());
            let message = format!("{}: expected: {expected}; got: {got}", verdict.place());
            status.set_message(readable(&message)).set_description(text);
            status
        }
    };
    let mut case = named(verdict.script, status);
    case.set_time(verdict.duration);
    case
}

/// A text in which what XML does not take is shown by its number. It would be left out, or no program could read the report.
fn readable(text: &str) -> String {
    escaped_lines(text, 0)
}
