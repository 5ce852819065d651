//! One poll: the whole story, from the platform to the archive.
//!
//! A configured list is read with `draft/get`, a few requests at a time; the whole box is swept page by page with
//! `draft/batchget`. Each draft that was read is canonicalised, hashed and recorded at once, so that a failure later in
//! the poll loses nothing. A draft that was not there is concluded about last, and only if nothing speaks against it; why it
//! left is read from what was published.

mod absence;
mod allowance;
mod answer;
mod backoff;
mod books;
mod cause;
mod closing;
mod conclude;
mod due;
mod explain;
mod health;
mod intake;
mod list;
mod look;
mod order;
mod round;
mod stretch;
mod sweep;
mod volatile;
mod watch;

use tokio_util::sync::CancellationToken;

pub use self::allowance::Allowance;
use self::allowance::Manner;
use self::round::Round;
pub use self::watch::{Stepped, Watch};
use crate::archive::{self, Failure, MissingDraft, PollLog, WriterHandle};
use crate::clock::Clock;
use crate::config::{Account, DraftSelection};
use crate::model::{AccountName, Endpoint, MediaId, Timestamp};
use crate::wechat::{Client, IncludeContent};

/// What a poll did.
#[derive(Clone, Debug)]
pub struct Report {
    pub account: AccountName,
    /// `list`, `sweep` or `watch`.
    pub strategy: &'static str,
    /// Calls made to the platform, refused ones and those for tokens included.
    pub calls: u64,
    /// Drafts that were found in the box.
    pub seen: u64,
    /// Drafts that are watched and in the box, as far as is known.
    pub in_box: u64,
    pub new_versions: u64,
    /// Drafts known before that were not there this time.
    pub missing: u64,
    /// Which ones, and what they are from now on.
    pub absences: Vec<MissingDraft>,
    /// Drafts about which nothing is concluded yet because too many vanished at once.
    pub held_back: u64,
    pub errors: Vec<Failure>,
    /// The versions that were recorded.
    pub versions: Vec<NewVersion>,
    /// What is odd about the platform's answers. Nothing of it is a failure.
    pub notes: Vec<Note>,
    /// Whether the platform turned the account away, so that nothing could be read.
    pub refused: bool,
}

/// Something odd about the platform's answers that holds nothing else up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The draft it is about; none where it is about the list.
    pub media_id: Option<MediaId>,
    pub message: String,
}

impl Report {
    /// Tells whether something failed and nothing was read. That drafts are held back is no failure of the poll.
    pub fn came_to_nothing(&self) -> bool {
        self.seen == 0 && self.errors.iter().any(|failure| !failure.is_held_back())
    }
}

/// A version that a poll recorded.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub media_id: MediaId,
    /// The number that people type as `#ID`.
    pub draft: i64,
    pub version: u64,
    /// Of its first article.
    pub title: String,
}

/// What is wanted of a poll that somebody asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub allowance: Allowance,
    /// Whether drafts that `draft/get` does not have are believed to be gone, however many vanished at once.
    pub believe: bool,
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
    let manner = Manner::Asked(options.allowance);
    let mut round = Round::begin(account, client, archive, clock, now, stop, manner).await?;
    round.believes = options.believe;
    pass(&mut round).await?;
    round.finish().await
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
    message: String,
) -> Result<(), archive::Error> {
    let (name, appid, strategy) = (account.name.clone(), account.appid.clone(), account.drafts.strategy());
    let failures = vec![Failure { media_id: None, code: None, message }];
    let poll = PollLog { finished_at, failures, ..PollLog::begin(strategy, started_at) };
    archive.run(move |writer| writer.record_broken(&name, &appid, &poll)).await
}

/// One pass over the account. Where one endpoint is closed or its limit spent, the other one does what it can: a page
/// of the list holds the drafts of a configured list too, and the drafts that are known can be read one by one.
async fn pass(round: &mut Round<'_>) -> Result<(), archive::Error> {
    match round.drafts.clone() {
        DraftSelection::Listed(media_ids) => {
            list::read(round, &media_ids).await?;
            if !round.is_halted() && !round.may_once_asked(Endpoint::DraftGet).await? {
                sweep::read(round, IncludeContent::Yes).await?;
            }
        }
        DraftSelection::All => {
            sweep::read(round, IncludeContent::Yes).await?;
            if !round.is_halted() && !round.may_once_asked(Endpoint::DraftBatchget).await? {
                list::read(round, &round.unseen()).await?;
            }
        }
    }
    round.conclude().await
}
