//! The pictures of the accounts that were polled: collected beside the polls, and for a little while after them.

use std::pin::pin;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::archive::{self, WriterHandle};
use crate::assets::{AssetDownloader, DownloadSummary, Progress};
use crate::cli::context::CommandContext;
use crate::cli::runtime::interrupted;
use crate::clock::Clock;
use crate::config::Account;
use crate::model::{AccountName, counted};
use crate::wechat::Client;

/// How long pictures are collected after the last poll. The pictures of an ordinary change come within a few seconds; a cron job
/// that polls every minute must end before its next start, whatever the picture hosts do.
const GRACE: Duration = Duration::from_secs(30);

/// The collectors under way.
pub(super) struct Pictures {
    archive: WriterHandle,
    clock: Clock,
    stop: CancellationToken,
    collectors: JoinSet<(AccountName, Result<DownloadSummary, archive::Error>)>,
    /// Nobody sees it before the polls have ended.
    bar: ProgressBar,
}

impl Pictures {
    pub(super) fn new(archive: &WriterHandle, clock: &Clock) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        let (archive, clock) = (archive.clone(), clock.clone());
        Self { archive, clock, stop: CancellationToken::new(), collectors: JoinSet::new(), bar }
    }

    /// Begins with an account.
    pub(super) fn begin(&mut self, account: &Account, client: Client) {
        let mut collector = AssetDownloader::new(account, client, &self.archive, &self.clock);
        let (account, stop, bar) = (account.name.clone(), self.stop.clone(), self.bar.clone());
        self.collectors.spawn(async move {
            let on_progress = |progress| match progress {
                Progress::Found(more) => bar.inc_length(more),
                Progress::Asked => bar.inc(1),
            };
            (account, collector.collect(&stop, &on_progress).await)
        });
    }

    /// Waits for the collectors for [`GRACE`] at most, and tells of each. A signal ends them at once.
    pub(super) async fn finish(mut self, context: &CommandContext) {
        if context.ui.shows_progress() && !self.collectors.is_empty() {
            self.show();
        }
        let (stop, mut collected) = (self.stop, Vec::new());
        let ends = async {
            tokio::select! {
                () = tokio::time::sleep(GRACE) => {}
                () = interrupted() => {}
            }
            stop.cancel();
            // A second one does not wait for what is written down.
            interrupted().await;
        };
        let mut ends = pin!(ends);
        loop {
            tokio::select! {
                ended = self.collectors.join_next() => match ended {
                    None => break,
                    Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
                    Some(Ok(ended)) => collected.push(ended),
                },
                () = &mut ends => break,
            }
        }
        self.bar.finish_and_clear();
        collected.into_iter().for_each(|(account, collected)| print_summary(context, &account, collected));
    }

    fn show(&self) {
        // The template is right; a bar of the usual look would do as well.
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos} of {len} pictures") {
            self.bar.set_style(style);
        }
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
    }
}

/// Tells of pictures on stderr: the poll's own lines are what was asked for. No picture makes a poll fail.
fn print_summary(context: &CommandContext, account: &AccountName, collected: Result<DownloadSummary, archive::Error>) {
    match collected.map(|collected| in_words(&collected)) {
        Ok(Some(summary)) => context.ui.status(&format!("{account}: {summary}")),
        Ok(None) => {}
        Err(error) => context.ui.warning(&format!("{account}: pictures could not be looked after: {error}")),
    }
}

/// Says in one line what was done and what is left; `None` if there was nothing to do.
fn in_words(DownloadSummary { stored, missed, left, unreachable, .. }: &DownloadSummary) -> Option<String> {
    if (*stored, *missed, *left) == (0, 0, 0) {
        return None;
    }
    let mut words = format!("{} stored", counted(*stored as u64, "picture"));
    if *missed > 0 {
        words += &format!(", {missed} could not be had");
    }
    if let Some(failure) = unreachable {
        words += &format!(" ({failure})");
    }
    if *left > 0 {
        words += &format!(", {left} still to come");
    }
    if *left > 0 || unreachable.is_some() {
        words += "; the daemon or the next poll collects the rest";
    }
    Some(words)
}

#[cfg(test)]
mod tests {

    use anstream::ColorChoice;

    use super::*;
    use crate::cli::output::Ui;
    use crate::invocation::Invocation;
    use crate::wechat::PictureError;

    fn unreachable() -> Option<PictureError> {
        Some(PictureError::Unreachable { host: "mmbiz.qpic.cn".to_owned(), reason: "no route".to_owned() })
    }

    #[test]
    fn one_line_says_what_is_left_and_who_sees_to_it() {
        for (collected, expected) in [
            (DownloadSummary::default(), None),
            (DownloadSummary { stored: 1, ..DownloadSummary::default() }, Some("1 picture stored")),
            (
                DownloadSummary { stored: 2, missed: 1, left: 4, ..DownloadSummary::default() },
                Some(
                    "2 pictures stored, 1 could not be had, 4 still to come; the daemon or the next poll collects the rest",
                ),
            ),
            (
                DownloadSummary { missed: 3, unreachable: unreachable(), ..DownloadSummary::default() },
                Some(
                    "0 pictures stored, 3 could not be had (the picture host mmbiz.qpic.cn cannot be reached: no route); \
                     the daemon or the next poll collects the rest",
                ),
            ),
        ] {
            assert_eq!(in_words(&collected).as_deref(), expected);
        }
    }

    /// Paused time moves on by itself while all wait.
    #[tokio::test(start_paused = true)]
    async fn pictures_that_never_end_are_ended_after_half_a_minute() {
        let directory = tempfile::tempdir().unwrap();
        let archive = WriterHandle::open(&directory.path().join("archive.db")).unwrap();
        let mut pictures = Pictures::new(&archive, &Clock::fixed(Default::default()));
        let (stop, began) = (pictures.stop.clone(), tokio::time::Instant::now());
        let (report, mut ended) = tokio::sync::oneshot::channel();
        pictures.collectors.spawn(async move {
            stop.cancelled().await;
            report.send(began.elapsed()).unwrap();
            ("mag".parse().unwrap(), Ok(DownloadSummary { left: 7, ..DownloadSummary::default() }))
        });
        let (ui, config) = (Ui::new(false, true, 0, ColorChoice::Never, Invocation::default()), "none.toml".into());
        pictures.finish(&CommandContext::new(ui, Clock::system(), config)).await;
        let elapsed = ended.try_recv().unwrap();
        assert!((GRACE..GRACE + Duration::from_millis(100)).contains(&elapsed), "{elapsed:?}");
    }
}
