//! One poll: the whole story, from the platform to the archive.
//!
//! A configured list is read with `draft/get`, a few requests at a time; the whole box is swept page by page with
//! `draft/batchget`. Each draft that was read is canonicalised, hashed and recorded at once, so that a failure later in
//! the poll loses nothing. A draft that was not there is concluded about last, and only if nothing speaks against it; why it
//! left is read from what was published.

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
pub use self::report::{NewVersion, Note, Report};
use self::run::PollRun;
use crate::archive::{self, Failure, PollLog, WriterHandle};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::Timestamp;
use crate::wechat::Client;

/// What is wanted of a poll that somebody asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub allowance: Allowance,
    /// Whether drafts that `draft/get` does not have are gone, however many vanished at once.
    pub accept_absences: bool,
}

/// Polls one account once, at `now`, because somebody asked for it: all of it, as far as the allowance goes. When `stop` is
/// cancelled the poll ends after the write at hand and concludes nothing more.
///
/// # Errors
///
/// Only where the archive fails. What the platform or the network does is told in the report.
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

/// Leaves the row of a poll that broke before it could write one.
///
/// # Errors
///
/// Where the archive fails.
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
