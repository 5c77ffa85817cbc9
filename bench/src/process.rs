//! A process with all that it starts.

use std::{fs, time::Duration};

use anyhow::Context as _;
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::process::{Child, Command};

/// How long a process may take to end.
const TIMEOUT: Duration = Duration::from_secs(10);

pub struct Process {
    child: Child,
    group: Pid,
}

impl Process {
    /// Starts it in a group of its own.
    pub fn start(command: &mut Command) -> anyhow::Result<Self> {
        let child = command.process_group(0).kill_on_drop(true).spawn().with_context(|| format!("{command:?}"))?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).context("the process has ended")?;
        Ok(Self { child, group: Pid::from_raw(id) })
    }

    /// The memory that it and its children have in RAM, in MB; what several share is shared out among them.
    pub fn resident_memory(&self) -> f64 {
        let kilobytes: u64 = self.members().iter().map(|id| resident_kilobytes(*id)).sum();
        #[allow(clippy::cast_precision_loss)]
        let megabytes = kilobytes as f64 / 1000.0;
        megabytes
    }

    /// Ends it in good order, or else by force.
    pub async fn end(mut self) {
        let _ = killpg(self.group, Signal::SIGINT);
        if tokio::time::timeout(TIMEOUT, self.child.wait()).await.is_err() {
            let _ = killpg(self.group, Signal::SIGKILL);
        }
    }

    /// It and what it has started, whatever group that is in.
    fn members(&self) -> Vec<i32> {
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        let processes: Vec<(i32, i32)> = processes
            .filter_map(|process| {
                let id = process.file_name().to_str()?.parse().ok()?;
                Some((id, parent(id)?))
            })
            .collect();
        let mut members = vec![self.group.as_raw()];
        let mut next = 0;
        while let Some(&member) = members.get(next) {
            members.extend(processes.iter().filter(|(_, parent)| *parent == member).map(|(id, _)| id));
            next += 1;
        }
        members
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = killpg(self.group, Signal::SIGKILL);
    }
}

fn field(id: i32, file: &str, field: &str) -> Option<String> {
    let fields = fs::read_to_string(format!("/proc/{id}/{file}")).ok()?;
    let line = fields.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim_start_matches(':').trim().trim_end_matches(" kB").to_owned())
}

fn parent(id: i32) -> Option<i32> {
    field(id, "status", "PPid")?.parse().ok()
}

fn resident_kilobytes(id: i32) -> u64 {
    field(id, "smaps_rollup", "Pss").and_then(|kilobytes| kilobytes.parse().ok()).unwrap_or_default()
}
