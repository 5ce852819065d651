//! The program as far as a world needs it: what the daemon does in a step, put together from the same parts, without its timers.

use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use draftkeep::archive::{Error, Failure, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::config::{Account, Config, PollMode};
use draftkeep::model::{FailureKind, Timestamp};
use draftkeep::poll::{self, AdaptivePoller, RETRY_DELAY, Report};
use draftkeep::wechat::Client;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::alarms::Senders;

/// As the daemon has it: what lies further in the future was planned by a clock that was set back since.
const LONGEST_PLAN: TimeDelta = TimeDelta::hours(2);
const SET_BACK: TimeDelta = TimeDelta::minutes(1);

/// A running program.
pub(crate) struct Program {
    pub(crate) archive: WriterHandle,
    clock: Clock,
    sessions: Vec<Session>,
    pub(crate) senders: Senders,
    stop: CancellationToken,
}

/// An account that is polled.
struct Session {
    account: Account,
    client: Client,
    poller: AdaptivePoller,
    dispatched: Option<Timestamp>,
    next: Option<Timestamp>,
}

/// How a step ended.
pub(crate) enum Ended {
    /// The reports of the polls that ended.
    Well(Option<Report>),
    Failed(Error),
    Killed,
}

impl Program {
    pub(crate) fn start(config: &Config, clock: &Clock) -> Result<Self, Error> {
        let session = |account: &Account| Session {
            account: account.clone(),
            client: Client::new(account, clock.clone()).expect("a client"),
            poller: AdaptivePoller::default(),
            dispatched: None,
            next: None,
        };
        let archive = WriterHandle::open(&config.archive)?;
        Ok(Self {
            senders: Senders::new(config, &archive, clock),
            archive,
            clock: clock.clone(),
            sessions: config.accounts.iter().map(session).collect(),
            stop: CancellationToken::new(),
        })
    }

    /// Returns the account that is due first, and when. The first one of those that are overdue alike.
    pub(crate) fn next(&self) -> (usize, Timestamp) {
        let now = self.clock.now();
        let due = |(place, session): (usize, &Session)| (place, session.due(now).max(now));
        self.sessions.iter().enumerate().map(due).min_by_key(|(_, due)| *due).expect("an account")
    }

    /// Does what is due for an account, until it is done or `killed` tells that the program is killed meanwhile: then the files
    /// of the archive, as they are at that moment, have been copied, before the step could write at its end what it still had.
    pub(crate) async fn step(&mut self, place: usize, path: &Path, killed: &Notify) -> Ended {
        let Self { archive, clock, sessions, stop, .. } = self;
        let Session { account, client, poller, dispatched, next } = &mut sessions[place];
        let now = clock.now();
        (*dispatched, *next) = (Some(now), None);
        let mut step = std::pin::pin!(poller.step(account, client, archive, clock, now, stop));
        let stepped = tokio::select! {
            biased;
            () = killed.notified() => {
                copy(archive, path).await;
                return Ended::Killed;
            }
            stepped = &mut step => stepped,
        };
        let planned = account.poll_mode.schedule().is_none();
        match stepped {
            Ok(stepped) => {
                *next = stepped.next;
                Ended::Well(stepped.report)
            }
            Err(error) => {
                let ended = clock.now();
                *next = planned.then(|| ended + RETRY_DELAY);
                let failure = Failure::new(None, FailureKind::Broken, error.to_string());
                poll::record_broken(account, archive, now, ended, failure).await.ok();
                Ended::Failed(error)
            }
        }
    }

    /// Ends the program as SIGTERM does.
    pub(crate) async fn end(mut self) -> Result<(), Error> {
        let mut ended = Ok(());
        for session in &mut self.sessions {
            ended = ended.and(session.poller.close(&self.archive).await);
        }
        self.close().await;
        ended
    }

    /// Ends the program as SIGKILL does: what only its memory knew is lost. Where `step` was killed, the copy is made already.
    pub(crate) async fn kill(self, path: &Path, is_copied: bool) {
        if !is_copied {
            copy(&self.archive, path).await;
        }
        self.close().await;
        for end in ["", "-wal", "-shm"] {
            fs::remove_file(beside(path, end)).ok();
        }
        for end in ["", "-wal"] {
            fs::rename(beside(path, &format!(".killed{end}")), beside(path, end)).ok();
        }
    }

    async fn close(self) {
        let Self { archive, sessions, senders, .. } = self;
        drop((sessions, senders));
        archive.close().await;
    }
}

impl Session {
    /// As the daemon's scheduler decides it.
    fn due(&self, now: Timestamp) -> Timestamp {
        let Some(dispatched) = self.dispatched.filter(|dispatched| *dispatched - now <= SET_BACK) else { return now };
        let planned = self.next.filter(|next| *next - now <= LONGEST_PLAN);
        match &self.account.poll_mode {
            PollMode::Adaptive => planned.unwrap_or(now),
            PollMode::Cron(schedule) => {
                let next = schedule.next_after(dispatched);
                planned.map_or(next, |planned| planned.min(next))
            }
        }
    }
}

/// Copies the files of an archive between two transactions.
async fn copy(archive: &WriterHandle, path: &Path) {
    let path = path.to_owned();
    let copied = archive.run(move |_| {
        for end in ["", "-wal"] {
            let to = beside(&path, &format!(".killed{end}"));
            fs::remove_file(&to).ok();
            fs::copy(beside(&path, end), to).ok();
        }
        Ok(())
    });
    copied.await.expect("the archive's thread");
}

fn beside(path: &Path, end: &str) -> std::path::PathBuf {
    path.with_file_name(format!("archive.db{end}"))
}
