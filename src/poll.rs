//! One poll of an account, from the platform to the archive.
//!
//! The drafts of a configured list are read with `draft/get`, a few requests at a time. The whole box is read page by page with
//! `draft/batchget`. The content of each draft is canonicalised, hashed and recorded at once, so that a later failure loses
//! nothing. What became of the drafts that were not there is decided at the end (`absence`). Why they left follows from what was
//! published (`departure`).

mod absence;
mod accumulator;
mod adaptive;
mod all_drafts;
mod allowance;
mod backoff;
mod calls;
mod circuit;
mod conclude;
mod context;
mod departure;
mod draft_answer;
mod due;
mod endpoint_blocks;
mod fetch_drafts;
mod finish;
mod full_scan;
mod known;
mod list_order;
mod observe;
mod outcome;
mod page_scan;
mod prove_drafts;
mod publication_match;
mod quota_refresh;
mod quota_tracker;
mod report;
mod run;
mod volatile_fields;

use tokio_util::sync::CancellationToken;

pub use self::adaptive::{AdaptivePoller, RETRY_DELAY, StepResult};
use self::all_drafts::poll_all_drafts;
pub use self::allowance::Allowance;
use self::allowance::Trigger;
pub use self::outcome::call_failure;
pub use self::prove_drafts::DraftsProof;
pub use self::report::{NewVersion, Note, Report};
use self::run::PollRun;
use crate::archive::{self, Failure, PollLog, WriterHandle};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::Timestamp;
use crate::wechat::Client;

/// The options of a poll that somebody asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub allowance: Allowance,
    /// Whether drafts that `draft/get` does not have are gone, however many vanished at once.
    pub accept_absences: bool,
}

/// Polls all drafts of an account once, at `now`, because somebody asked for it. If `stop` is cancelled, the poll ends after the
/// current write and concludes nothing about absent drafts.
///
/// # Errors
///
/// Only if the archive fails. Failures of the platform and the network are in the report.
pub async fn poll(
    account: &Account,
    client: &Client,
    archive: &WriterHandle,
    clock: &Clock,
    now: Timestamp,
    stop: &CancellationToken,
    options: Options,
) -> Result<Report, archive::Error> {
    let trigger = Trigger::Manual(options.allowance);
    let mut run = PollRun::begin(account, client, archive, clock, now, stop, trigger).await?;
    run.context.accept_absences = options.accept_absences;
    quota_refresh::refresh_lost_counts(&mut run).await?;
    poll_all_drafts(&mut run).await?;
    finish::finish(&mut run).await
}

/// Records a poll that broke before it could write its row.
///
/// # Errors
///
/// If the archive fails.
pub async fn record_broken(
    account: &Account,
    archive: &WriterHandle,
    started_at: Timestamp,
    finished_at: Timestamp,
    failure: Failure,
) -> Result<(), archive::Error> {
    let (name, appid, strategy) = (account.name.clone(), account.appid.clone(), account.drafts.strategy());
    let poll = PollLog { finished_at, failures: vec![failure], ..PollLog::begin(strategy, started_at) };
    archive.run(move |writer| writer.record_broken(&name, &appid, &poll)).await
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use chrono::TimeDelta;

    use super::*;
    use crate::simulator::Article;
    use crate::usage::tests::simulated;

    /// Once, fewer statements were kept than a poll has, and each was planned anew each time.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_poll_plans_no_statement_that_earlier_ones_had() {
        let directory = tempfile::tempdir().unwrap();
        let (platform, config) = simulated(directory.path()).await;
        let (account, archive) = (&config.accounts[0], WriterHandle::open(&config.archive).unwrap());
        let clock = Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap());
        let client = Client::new(account, clock.clone()).unwrap();
        platform.world().set_now(clock.now().timestamp());
        let draft = platform.world().account(platform.appid()).create(vec![Article::news("早市", "<p>灯</p>")]);
        let planned = archive.run(|writer| Ok(writer.count_planned())).await.unwrap();
        for round in 0..6 {
            clock.advance(TimeDelta::minutes(20).to_std().unwrap());
            let now = clock.now();
            platform.world().set_now(now.timestamp());
            let change = |article: &mut Article| article.set("title", format!("早市 {round}"));
            platform.world().account(platform.appid()).edit(&draft, 0, change).unwrap();
            planned.store(0, Ordering::Relaxed);
            let stop = CancellationToken::new();
            let report = poll(account, &client, &archive, &clock, now, &stop, Options::default()).await.unwrap();
            assert_eq!(report.versions.len(), 1, "{report:?}");
        }
        assert_eq!(planned.load(Ordering::Relaxed), 0);
    }
}
