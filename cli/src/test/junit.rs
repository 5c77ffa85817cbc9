//! A report in JUnit's format: <https://github.com/testmoapp/junitxml>.

use std::{path::Path, time::Duration};

use anstream::adapter::strip_str;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::play::Verdict;
use crate::output;

/// The name of the report and of its one suite.
const NAME: &str = "goblet test";

/// Writes the file, with a test case for each transcript.
pub fn write(file: &Path, verdicts: &[Verdict<'_>], duration: Duration) -> anyhow::Result<()> {
    let mut suite = TestSuite::new(NAME);
    suite.set_time(duration).add_test_cases(verdicts.iter().map(case));
    let mut report = Report::new(NAME);
    report.set_time(duration).add_test_suite(suite);
    output::write(file, report.to_string()?.as_bytes())
}

fn case(verdict: &Verdict<'_>) -> TestCase {
    let status = match &verdict.failed {
        None => TestCaseStatus::success(),
        Some(failed) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let text = strip_str(&failed.shown()).to_string();
            let (expected, got) = (failed.failure.difference.expected(), failed.failure.difference.got());
            let message = format!("{}: expected: {expected}; got: {got}", verdict.place());
            status.set_message(message).set_description(text);
            status
        }
    };
    let mut case = TestCase::new(verdict.script.path.display().to_string(), status);
    case.set_classname(NAME).set_time(verdict.duration);
    case
}
