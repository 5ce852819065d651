//! The processes of a command, which end together.

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Child;

/// The process group of a command, killed when dropped: what it started ends with it, even if nobody waits any more.
#[derive(Debug)]
pub struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// Takes the group of a child that was started as the leader of one.
    pub fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw))
    }

    /// Lets it go on.
    pub fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        let Some(group) = self.0 else { return };
        match killpg(group, Signal::SIGKILL) {
            // Nobody of it is left.
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(error) => tracing::debug!(%error, "cannot kill the processes of a command"),
        }
    }
}
