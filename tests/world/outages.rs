//! What ends the program: an end, a kill, an archive that is moved away.

use std::path::Path;
use std::pin::pin;

use tokio::sync::Notify;

use crate::answers::Work;
use crate::program::{Ended, Program};
use crate::steps::Edit;
use crate::tally::Event;
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
        self.start().await?;
        self.rules.on_kill(&self.config.archive)
    }

    /// Nothing may be written or reported while the archive is not where it was; then the program is started again.
    pub(crate) async fn move_archive(&mut self, seed: u64) -> Result<(), Broken> {
        let (path, away) = (self.config.archive.clone(), self.directory.path().join("away.db"));
        let place = self.await_due();
        self.edit(place, Edit::Rename, seed);
        self.rules.close();
        if seed.is_multiple_of(2) {
            rename(&path, &away);
        }
        let ended = self.poll_and_move(place, &path, &away).await?;
        let was_away = away.exists();
        rename(&path, &away);
        self.program.take().expect("it runs").end().await.ok();
        let (is_made, is_reported) = (path.exists(), matches!(ended, Ended::Well(Some(_))));
        rename(&away, &path);
        if was_away && (is_made || is_reported || self.rules.has_new_versions(&path)?) {
            return Err(
                "the archive was moved away, and something was reported, recorded or made in its place".to_owned()
            );
        }
        self.start().await?;
        self.rules.on_kill(&path)
    }

    /// Polls an account. If the archive is still there when the first call is answered, it is moved then.
    async fn poll_and_move(&mut self, place: usize, path: &Path, away: &Path) -> Result<Ended, Broken> {
        let began = self.clock.now();
        self.rules.before_step(&self.platform, place, began);
        self.answers.stop_after(Work::PollAndMove, 1);
        let (answered, never) = (self.answers.begin(place, Work::PollAndMove), Notify::new());
        let mut step = pin!(self.program.as_mut().expect("it runs").step(place, path, &never));
        let ended = tokio::select! {
            biased;
            () = answered.notified() => {
                rename(path, away);
                self.tally.add(Event::PollWithoutArchive, 1);
                step.await
            }
            ended = &mut step => ended,
        };
        self.answers.end();
        let ends = self.clock.now();
        self.now += ends - began;
        self.rules.after_step(&self.platform, place, (ends, ends - self.now))?;
        Ok(ended)
    }

    async fn start(&mut self) -> Result<(), Broken> {
        let started = Program::start(&self.config, &self.clock);
        self.program = Some(started.map_err(|error| format!("the archive cannot be opened again: {error}"))?);
        self.program().senders.open().await
    }
}

/// Moves an archive, if it is there, with what lies beside it.
fn rename(from: &Path, to: &Path) {
    for end in ["", "-wal", "-shm"] {
        let with_end = |path: &Path| format!("{}{end}", path.display());
        std::fs::rename(with_end(from), with_end(to)).ok();
    }
}
