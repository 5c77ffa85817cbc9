//! Plays a transcript, and says what became of it.

use std::time::{Duration, Instant};

use goblet_gateway::activity::{Activities, Activity};
use goblet_transcript::{Failure, Session, Target};
use tokio::time::{sleep, timeout};

use super::{
    local::{Local, Running},
    scripts::Script,
};
use crate::terminal;

/// How long an API that is not served here may take for a message that nobody expects. Whether it is still at work cannot be
/// asked.
const LATE: Duration = Duration::from_secs(1);

/// How long the last events may take when a transcript has failed.
const LAST_EVENTS: Duration = Duration::from_secs(1);

/// What functions print comes by other ways than what they send. It is all there when nothing has come for this long.
const QUIET: Duration = Duration::from_millis(200);

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
    /// Plays a transcript, whose steps may each take so long.
    pub async fn play<'s>(&self, script: &'s Script, patience: Duration) -> anyhow::Result<Verdict<'s>> {
        match self {
            Self::Local(local) => {
                let (running, activities) = local.serve().await?;
                here(running, activities, script, patience).await
            }
            Self::Remote(target) => Ok(elsewhere(target, script, patience).await),
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
    patience: Duration,
) -> anyhow::Result<Verdict<'_>> {
    let start = Instant::now();
    let mut session = Session::new(running.target()?, patience);
    let mut played = session.play(&script.transcript).await;
    if played.is_ok() {
        // First the gateway reads what was sent, and then the clients read what came of it.
        session.settle().await;
        running.settled(patience).await;
        session.settle().await;
        played = session.end();
    }
    let duration = start.elapsed();
    let failed = match played {
        Ok(()) => None,
        Err(failure) => {
            running.settled(LAST_EVENTS).await;
            Some(Failed { failure, activities: told(&mut activities).await })
        }
    };
    session.close().await;
    running.shut_down().await;
    Ok(Verdict { script, duration, failed })
}

/// What has been told until now.
async fn told(activities: &mut Activities) -> Vec<Activity> {
    let mut told = Vec::new();
    while let Ok(Some(activity)) = timeout(QUIET, activities.recv()).await {
        told.push(activity);
    }
    told
}

async fn elsewhere<'s>(target: &Target, script: &'s Script, patience: Duration) -> Verdict<'s> {
    let start = Instant::now();
    let mut session = Session::new(target.clone(), patience);
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
