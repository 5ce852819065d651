//! What ends the program: an end, a kill, an archive that is moved away.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Notify;

use crate::program::{Ended, Program};
use crate::world::{Broken, World};

impl World {
    pub(crate) async fn restart(&mut self) -> Result<(), Broken> {
        self.rules.close();
        let ended = self.program.take().expect("it runs").end().await;
        ended.map_err(|error| format!("what was seen cannot be written at the end: {error}"))?;
        self.rules.calls_are_counted(&self.config.archive)?;
        self.start().await
    }

    pub(crate) async fn kill(&mut self, is_copied: bool) -> Result<(), Broken> {
        self.rules.close();
        self.program.take().expect("it runs").kill(&self.config.archive, is_copied).await;
        self.rules.on_kill();
        self.start().await
    }

    pub(crate) async fn kill_within(&mut self, endpoint: &str) -> Result<(), Broken> {
        let (killed, is_armed) = self.after_next_call(endpoint);
        self.poll(Some(&killed)).await?;
        is_armed.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Returns what tells when the next call of an endpoint has been answered, as long as the switch is on.
    pub(crate) fn after_next_call(&self, endpoint: &str) -> (Arc<Notify>, Arc<AtomicBool>) {
        let (answered, is_armed) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(true)));
        let (tell, armed) = (Arc::clone(&answered), Arc::clone(&is_armed));
        let hook = move |_: &mut _| {
            if armed.swap(false, Ordering::Relaxed) {
                tell.notify_one();
            }
        };
        self.platform.world().after_next_call(endpoint, hook);
        (answered, is_armed)
    }

    /// Nothing may be written or reported while the archive is not where it was; then the program is started again.
    pub(crate) async fn move_archive(&mut self) -> Result<(), Broken> {
        let (path, away) = (self.config.archive.clone(), self.directory.path().join("away.db"));
        let rename = |from: &Path, to: &Path| {
            for end in ["", "-wal", "-shm"] {
                let with_end = |path: &Path| format!("{}{end}", path.display());
                std::fs::rename(with_end(from), with_end(to)).ok();
            }
        };
        self.rules.close();
        rename(&path, &away);
        let (place, began) = (self.program().next().0, self.clock.now());
        let ended = self.program.as_mut().expect("it runs").step(place, &path, None).await;
        self.now += self.clock.now() - began;
        let reported = matches!(&ended, Ended::Well(Some(report)) if report.new_versions > 0);
        self.program.take().expect("it runs").end().await.ok();
        let is_made = path.exists();
        rename(&away, &path);
        self.rules.on_kill();
        if reported || is_made {
            return Err("the archive was moved away, and something was reported or made in its place".to_owned());
        }
        self.start().await
    }

    async fn start(&mut self) -> Result<(), Broken> {
        let started = Program::start(&self.config, &self.clock);
        self.program = Some(started.map_err(|error| format!("the archive cannot be opened again: {error}"))?);
        self.program().senders.open().await
    }
}
