//! If drafts have left their box, asks the platform what was published, and concludes why they left.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::outcome::call_failure;
use super::publication_match::{self, PublishedWindow};
use super::run::PollRun;
use crate::archive::{self, MissingDraft, MissingDraftContent};
use crate::model::{CLOCK_TOLERANCE, DraftState, Endpoint, MediaId, Timestamp};
use crate::wechat::{Error, ErrorKind};

/// The cause of an absence may be asked for so long after the draft was first missed.
const EXPLAIN_WITHIN: TimeDelta = TimeDelta::days(1);

/// Messages on a page: the maximum (官方文档 获取已发布的消息列表).
const PAGE: u32 = 20;

/// Pages that are read at most. A day has 100 calls, and the messages of an hour or two are wanted.
const MOST_PAGES: u32 = 5;

/// Whether the platform can be asked what was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PublishListAccess {
    Available,
    /// Not now, but later.
    Later,
    /// The account may not see it, so the cause cannot be known.
    NotPermitted,
}

impl PublishListAccess {
    /// Returns how long after its first absence a draft is gone: `otherwise`, or longer if its cause may be known later.
    pub(super) fn confirm_gap(self, otherwise: TimeDelta) -> TimeDelta {
        if self == Self::Later { EXPLAIN_WITHIN } else { otherwise }
    }
}

/// What the platform said.
enum PublishLookup {
    Found(PublishedWindow),
    /// The account may not see it.
    NotPermitted,
    /// It did not answer.
    Unavailable,
}

/// Returns whether the platform can be asked what was published.
pub(super) fn publish_list_access(run: &PollRun<'_>) -> PublishListAccess {
    let block = run.calls.block_of(Endpoint::FreepublishBatchget, run.now);
    match block.map(|block| ErrorKind::of(Endpoint::FreepublishBatchget, block.code)) {
        None if run.can_call(Endpoint::FreepublishBatchget) => PublishListAccess::Available,
        Some(ErrorKind::Permission) => PublishListAccess::NotPermitted,
        _ => PublishListAccess::Later,
    }
}

/// Sets the cause of confirmed absences. Nothing is concluded from an error: such a draft stays missing for a day.
pub(super) async fn explain_departures(run: &mut PollRun<'_>, access: PublishListAccess) -> Result<(), archive::Error> {
    let is_confirmed = |absence: &&mut MissingDraft| absence.state == DraftState::Gone;
    if access != PublishListAccess::Available
        || !run.outcome.log.absences.iter_mut().any(|absence| is_confirmed(&absence))
    {
        return Ok(());
    }
    let now = run.now;
    let departed = departed(run).await?;
    let states = match fetch_published_since(run, &departed).await? {
        PublishLookup::Found(published) => publication_match::infer_departures(&departed, &published, now),
        PublishLookup::NotPermitted => return Ok(()),
        PublishLookup::Unavailable => departed.iter().map(|draft| state_without_evidence(draft, now)).collect(),
    };
    let causes: BTreeMap<&MediaId, DraftState> = departed.iter().map(|draft| &draft.media_id).zip(states).collect();
    for absence in run.outcome.log.absences.iter_mut().filter(is_confirmed) {
        absence.state = causes.get(&absence.media_id).copied().unwrap_or(absence.state);
    }
    Ok(())
}

fn state_without_evidence(draft: &MissingDraftContent, now: Timestamp) -> DraftState {
    let is_old = draft.missing_since.is_some_and(|since| now - since >= EXPLAIN_WITHIN);
    if is_old { DraftState::Gone } else { DraftState::Missing }
}

/// Returns the drafts that this poll did not find, and published ones whose messages the list may still show.
async fn departed(run: &PollRun<'_>) -> Result<Vec<MissingDraftContent>, archive::Error> {
    let (account, now) = (run.context.account, run.now);
    let mut media_ids: Vec<MediaId> = run.outcome.log.absences.iter().map(|absence| absence.media_id.clone()).collect();
    run.context
        .archive
        .run(move |writer| {
            media_ids.extend(writer.published_since(account, now - EXPLAIN_WITHIN - publication_match::SLACK)?);
            writer.missing_draft_contents(account, &media_ids)
        })
        .await
}

/// Reads what was published since the drafts were last seen.
async fn fetch_published_since(
    run: &mut PollRun<'_>,
    departed: &[MissingDraftContent],
) -> Result<PublishLookup, archive::Error> {
    let missed = departed.iter().filter(|draft| draft.state != DraftState::Published);
    let Some(last_seen) = missed.map(|draft| draft.last_seen).min() else { return Ok(PublishLookup::Unavailable) };
    let since = (last_seen - publication_match::SLACK).timestamp();
    let agrees = |ahead: TimeDelta| ahead.abs() <= CLOCK_TOLERANCE;
    let mut published =
        PublishedWindow { clocks_agree: run.outcome.clock_ahead.is_some_and(agrees), ..PublishedWindow::default() };
    let (mut offset, mut unreadable) = (0, 0);
    for _ in 0..MOST_PAGES {
        if !run.can_call(Endpoint::FreepublishBatchget) {
            return Ok(PublishLookup::Unavailable);
        }
        let client = run.context.client;
        let page = match run.cancellable(client.freepublish_batchget(offset, PAGE)).await {
            Some(Ok(page)) => page,
            Some(Err(error)) => return Ok(on_refusal(run, &error)),
            None => return Ok(PublishLookup::Unavailable),
        };
        let goes_back = page.published.iter().any(|message| message.update_time.is_some_and(|time| time < since));
        // A page without messages is the end, whatever the total says.
        let is_empty = page.end(offset) == offset;
        let is_at_end = goes_back || page.end(offset) >= page.total_count || (is_empty && offset > 0);
        offset = page.end(offset);
        unreadable += page.unreadable;
        // A message that cannot be read may be the one that is looked for.
        published.is_complete = is_at_end && unreadable == 0;
        // A message that is published meanwhile moves the others to the next page.
        for message in page.published {
            if published.messages.iter().all(|listed| listed.article_id != message.article_id) {
                published.messages.push(message);
            }
        }
        if is_at_end || is_empty {
            break;
        }
    }
    run.calls.blocks.unblock(Endpoint::FreepublishBatchget);
    Ok(PublishLookup::Found(published))
}

/// Records that the platform did not say what was published. A missing permission is no failure of the poll.
fn on_refusal(run: &mut PollRun<'_>, error: &Error) -> PublishLookup {
    let is_new = run.calls.blocks.block(error, run.now);
    if error.kind != ErrorKind::Permission {
        run.outcome.log.failures.push(call_failure(None, error));
        return PublishLookup::Unavailable;
    }
    if is_new {
        let account = &run.context.name;
        tracing::info!(%account, code = error.code, %error, "the cause of departures cannot be known");
    }
    PublishLookup::NotPermitted
}
