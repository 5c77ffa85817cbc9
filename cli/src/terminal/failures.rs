//! Shows each failure once.
//!
//! Of an event that failed, the host prints a record, and the gateway tells its outcome, with the same text. Which of
//! the two arrives first is chance, because they come by different ways. The outcome is shown.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    iter,
    time::{Duration, Instant},
};

use goblet_gateway::activity::{Activity, Outcome};

use super::record::Record;

/// How long one half waits for the other. Then a record is shown, because a handler may fail when the gateway no longer
/// waits for it, and an outcome is forgotten, because a later record with the same text is of another failure.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many failures wait for the other half of the pair.
const MAX_WAITING: usize = 64;

/// The failures of which only one half has come.
#[derive(Default)]
pub struct Failures {
    records: VecDeque<(Instant, Failure, Activity)>,
    outcomes: VecDeque<(Instant, Failure)>,
}

/// A failure, by the hash of its connection's id and of its reason, which may be long.
#[derive(Clone, Copy, PartialEq)]
struct Failure(u64);

impl Failure {
    fn new(connection_id: &str, reason: &str) -> Self {
        Self(BuildHasherDefault::<DefaultHasher>::default().hash_one((connection_id, reason)))
    }
}

impl Failures {
    /// Takes what is next to show, and returns what to show now.
    pub fn filter(&mut self, activity: Activity, now: Instant) -> Option<Activity> {
        self.forget_outcomes(now);
        match &activity {
            Activity::Output { line } => match of_record(line) {
                Some(failure) => self.record(failure, activity, now),
                None => Some(activity),
            },
            Activity::Event { connection_id, outcome: Outcome::Failed { reason, .. }, .. } => {
                self.outcome(Failure::new(connection_id, reason), now);
                Some(activity)
            }
            _ => Some(activity),
        }
    }

    /// Whether there are records that wait.
    pub fn are_waiting(&self) -> bool {
        !self.records.is_empty()
    }

    /// A record that has waited for long enough.
    pub fn overdue(&mut self, now: Instant) -> Option<Activity> {
        let (since, ..) = self.records.front()?;
        if is_patient(*since, now) { None } else { self.release() }
    }

    /// A record that waits, if one does.
    pub fn release(&mut self) -> Option<Activity> {
        self.records.pop_front().map(|(.., activity)| activity)
    }

    fn record(&mut self, failure: Failure, activity: Activity, now: Instant) -> Option<Activity> {
        if let Some(outcome) = self.outcomes.iter().position(|(_, outcome)| *outcome == failure) {
            self.outcomes.remove(outcome);
            return None;
        }
        self.records.push_back((now, failure, activity));
        if self.records.len() > MAX_WAITING { self.release() } else { None }
    }

    fn outcome(&mut self, failure: Failure, now: Instant) {
        if let Some(record) = self.records.iter().position(|(_, record, _)| *record == failure) {
            self.records.remove(record);
            return;
        }
        self.outcomes.push_back((now, failure));
        if self.outcomes.len() > MAX_WAITING {
            self.outcomes.pop_front();
        }
    }

    fn forget_outcomes(&mut self, now: Instant) {
        while self.outcomes.pop_front_if(|(since, _)| !is_patient(*since, now)).is_some() {}
    }
}

/// Activities of which each failure is shown once.
pub fn shown_once(activities: &[Activity]) -> Vec<Activity> {
    let (mut failures, now) = (Failures::default(), Instant::now());
    let mut shown: Vec<_> = activities.iter().filter_map(|activity| failures.filter(activity.clone(), now)).collect();
    shown.extend(iter::from_fn(|| failures.release()));
    shown
}

fn is_patient(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < PATIENCE
}

/// The failure that a record of the host tells, as the gateway tells it.
fn of_record(line: &str) -> Option<Failure> {
    let Record { connection_id, error_type: Some(error_type), message, .. } = Record::parse(line) else { return None };
    let reason = format!("{error_type}: {message}");
    (!connection_id.is_empty()).then(|| Failure::new(&connection_id, &reason))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const ID: &str = "L0SM9cOFvHcCIhw=";

    fn record(message: &str) -> Activity {
        let line = format!(
            r#"{{"level":"ERROR","message":"{message}","error_type":"Handler.Failed","span":{{"connection_id":"{ID}"}}}}"#
        );
        Activity::Output { line }
    }

    fn outcome(message: &str) -> Activity {
        let outcome = Outcome::Failed { duration: Duration::ZERO, reason: format!("Handler.Failed: {message}") };
        let (connection_id, route_key, subject) = (ID.to_owned(), "$default".to_owned(), String::new());
        Activity::Event { connection_id, route_key, subject, outcome }
    }

    /// How many outcomes and how many records are shown.
    fn shown(activities: impl IntoIterator<Item = Activity>) -> (usize, usize) {
        let shown = shown_once(&activities.into_iter().collect::<Vec<_>>());
        let records = shown.iter().filter(|activity| matches!(activity, Activity::Output { .. })).count();
        (shown.len() - records, records)
    }

    #[test]
    fn a_failure_is_shown_once_in_either_order() {
        assert_eq!(shown([record("no"), outcome("no")]), (1, 0));
        assert_eq!(shown([outcome("no"), record("no")]), (1, 0));
        assert_eq!(shown([record("no"), record("no"), outcome("no"), outcome("no")]), (2, 0));
        assert_eq!(shown([outcome("no"), record("no"), record("no"), outcome("no")]), (2, 0));
    }

    #[test]
    fn a_later_failure_with_the_same_text_is_another_one() {
        let mut failures = Failures::default();
        let start = Instant::now();
        assert!(failures.filter(outcome("no"), start).is_some());
        let later = start + PATIENCE;
        assert!(failures.filter(record("no"), later).is_none());
        assert!(failures.overdue(later).is_none());
        assert!(failures.overdue(later + PATIENCE).is_some());
    }

    #[test]
    fn a_record_of_something_else_is_shown() {
        assert_eq!(shown([record("no")]), (0, 1));
        assert_eq!(shown([record("no"), outcome("other")]), (1, 1));
        assert_eq!(shown([Activity::Output { line: "no".to_owned() }, outcome("no")]), (1, 1));
        assert_eq!(shown((0..100).map(|number| record(&number.to_string()))), (0, 100));
    }
}
