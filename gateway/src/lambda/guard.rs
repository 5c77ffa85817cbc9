//! Ends functions' processes when this process is gone without having ended them: after `kill -9`, or a crash.

use std::{
    io::Write as _,
    os::unix::process::CommandExt as _,
    process::{ChildStdin, Command, Stdio},
    sync::{LazyLock, Mutex, PoisonError},
};

use nix::unistd::Pid;

/// Keeps a list of process groups, and kills them when its input ends. It goes to the background, so that it is nobody's
/// child, and holds nothing open.
const SCRIPT: &str = r#"
exec 3<&0 >/dev/null 2>&1
{
    while read -r change group; do
        rest=
        for known in $groups; do
            [ "$known" = "$group" ] || rest="$rest $known"
        done
        groups=$rest
        [ "$change" = start ] && groups="$groups $group"
    done
    for group in $groups; do
        kill -s KILL -- "-$group"
    done
} <&3 3<&- &
"#;

/// The input of the one guard of this process. Without it, functions outlive a `kill -9` until they ask for an event.
static GUARD: LazyLock<Option<Mutex<ChildStdin>>> = LazyLock::new(|| {
    let shell = Command::new("/bin/sh")
        .args(["-c", SCRIPT])
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C is not for it.
        .process_group(0)
        .spawn();
    let mut shell = shell.ok()?;
    let input = shell.stdin.take()?;
    // It has started the guard, and ends.
    shell.wait().ok()?;
    Some(Mutex::new(input))
});

/// A process group that the guard knows of, until this is dropped.
pub struct Guarded(Pid);

impl Guarded {
    pub fn new(group: Pid) -> Self {
        tell("start", group);
        Self(group)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        tell("end", self.0);
    }
}

fn tell(change: &str, group: Pid) {
    if let Some(guard) = &*GUARD {
        let mut guard = guard.lock().unwrap_or_else(PoisonError::into_inner);
        // Somebody may have killed it.
        let _ = guard.write_all(format!("{change} {group}\n").as_bytes());
    }
}
