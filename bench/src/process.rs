//! A process with all that it starts.

use std::{fs, time::Duration};

use anyhow::{Context as _, bail};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use tokio::process::{Child, ChildStdout, Command};

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

    /// What it prints, once.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The processes that it has started, and those that they have.
    fn functions(&self) -> Vec<i32> {
        self.members().split_off(1)
    }

    /// The memory that a process which it has started has in RAM, in MB, shared or not: the mean of all of them.
    pub fn memory_of_functions(&self) -> f64 {
        let functions = self.functions();
        let kilobytes = functions.iter().filter_map(|id| field(*id, "status", "VmRSS")?.parse::<f64>().ok());
        let sum: f64 = kilobytes.sum();
        #[allow(clippy::cast_precision_loss)]
        let count = functions.len() as f64;
        sum / count / 1000.0
    }

    /// The CPU time that the processes which it has started have taken, in µs.
    pub fn cpu_time_of_functions(&self) -> f64 {
        let threads = self.functions().into_iter().flat_map(|id| {
            let threads = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
            threads.map(|thread| thread.path().join("schedstat"))
        });
        // The first number is the time on a processor, in ns.
        let nanoseconds =
            threads.filter_map(|file| fs::read_to_string(file).ok()?.split(' ').next()?.parse::<f64>().ok());
        nanoseconds.sum::<f64>() / 1000.0
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

/// Runs a command to its end.
pub async fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().await.with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?}: {status}");
    }
    Ok(())
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
