//! Plays a transcript, and says what became of it.

use std::time::{Duration, Instant};

use goblet_gateway::activity::{Activities, Activity};
use goblet_transcript::{Failure, Session, Target};
use tokio::time::sleep;

use super::{
    local::{Local, Running},
    scripts::Script,
};
use crate::terminal;

/// How long an API that is not served here may take for a message that nobody expects. Whether it is still at work cannot be
/// asked.
const LATE: Duration = Duration::from_secs(1);

/// What functions print comes by other ways than what they send.
const OUTPUT: Duration = Duration::from_secs(1);

/// What became of a transcript.
pub struct Verdict<'a> {
    pub script: &'a Script,
    pub duration: Duration,
    pub failed: Option<Failed>,
}

/// Why it has failed, and what happened at the gateway meanwhile.
pub struct Failed {
    pub failure: Failure,
    pub activities: Vec<Activity>,
}

impl Verdict<'_> {
    /// The transcript's file, and the line where it has failed.
    pub fn place(&self) -> String {
        let file = self.script.path.display();
        self.failed.as_ref().map_or_else(|| file.to_string(), |failed| format!("{file}:{}", failed.failure.step.line))
    }
}

impl Failed {
    /// As it is shown: the step, the difference, and what happened meanwhile.
    pub fn shown(&self) -> String {
        let Failure { step, difference } = &self.failure;
        terminal::failure(&step.to_string(), difference, &self.activities)
    }
}

/// What transcripts are played against.
pub enum Server<'a> {
    Local(Local<'a>),
    Remote(Target),
}

impl Server<'_> {
    /// Plays a transcript.
    pub async fn play<'s>(&self, script: &'s Script, timeout: Duration) -> anyhow::Result<Verdict<'s>> {
        match self {
            Self::Local(local) => {
                let (running, activities) = local.serve().await?;
                here(running, activities, script, timeout).await
            }
            Self::Remote(target) => Ok(elsewhere(target, script, timeout).await),
        }
    }

    /// Stops what is being built.
    pub fn cancel(&self) {
        if let Self::Local(local) = self {
            local.cancel();
        }
    }
}

async fn here(
    running: Running,
    mut activities: Activities,
    script: &Script,
    timeout: Duration,
) -> anyhow::Result<Verdict<'_>> {
    let start = Instant::now();
    let mut session = Session::new(running.target()?, timeout);
    let mut played = session.play(&script.transcript).await;
    if played.is_ok() {
        // First the gateway reads what was sent, and then the clients read what came of it.
        session.settle().await;
        running.settled(timeout).await;
        session.settle().await;
        played = session.end();
    }
    let duration = start.elapsed();
    let mut told = Vec::new();
    if played.is_err() {
        running.settled(OUTPUT).await;
        told = waiting(&mut activities).collect();
    }
    session.close().await;
    running.shut_down().await;
    // How the session is cleared away is of no interest.
    told.extend(waiting(&mut activities).filter(|activity| matches!(activity, Activity::Output { .. })));
    Ok(Verdict { script, duration, failed: played.err().map(|failure| Failed { failure, activities: told }) })
}

fn waiting(activities: &mut Activities) -> impl Iterator<Item = Activity> {
    std::iter::from_fn(|| activities.try_recv().ok())
}

async fn elsewhere<'s>(target: &Target, script: &'s Script, timeout: Duration) -> Verdict<'s> {
    let start = Instant::now();
    let mut session = Session::new(target.clone(), timeout);
    let mut played = session.play(&script.transcript).await;
    if played.is_ok() {
        session.settle().await;
        sleep(LATE).await;
        played = session.end();
    }
    let duration = start.elapsed();
    session.close().await;
    Verdict { script, duration, failed: played.err().map(|failure| Failed { failure, activities: Vec::new() }) }
}
