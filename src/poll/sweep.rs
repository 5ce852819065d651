//! The whole draft box, page by page, by `draft/batchget`.
//!
//! A draft that is added or removed between two pages shifts the rest, so that one is listed twice or skipped. Such a list
//! says nothing about drafts that it does not hold; the box is swept again. Where the second list holds the same drafts as
//! the first, nothing was shifted: the platform's total is wrong. What such a list does not hold may be absent, and only
//! `draft/get` can tell.

use super::absence::Unlisted;
use super::round::Round;
use super::{look, order};
use crate::archive::{self, Failure};
use crate::model::{Endpoint, MediaId};
use crate::wechat::{BoxListing, DraftListItem, DraftResponse, ErrorKind, IncludeContent, PAGE};

/// Creation and last save of a draft, in Unix seconds.
type Times = (Option<i64>, Option<i64>);

/// How often the box is swept for a complete list: who works in it does not add a draft every second.
const SWEEPS: u32 = 3;

/// Reads the box, and notes which drafts a complete list of it did not hold.
pub(super) async fn read(round: &mut Round<'_>, content: IncludeContent) -> Result<(), archive::Error> {
    round.activity.note_full_scan(round.now);
    let (mut content, mut before): (_, Option<BoxListing>) = (content, None);
    for _ in 0..SWEEPS {
        let began = round.now;
        let Some((listing, times)) = sweep(round, content).await? else { return Ok(()) };
        let is_proven = listing.is_complete();
        if is_proven || before.as_ref().is_some_and(|before| listing.settles(before)) {
            round.memory.list_order = order::observed(&times, round.memory.list_order);
            let absent = |known: &&MediaId| round.is_watched(known) && !listing.holds(known);
            let media_ids: Vec<MediaId> = round.present().filter(absent).cloned().collect();
            round.missed_at.extend(media_ids.iter().map(|media_id| (media_id.clone(), began)));
            round.unlisted = Unlisted { media_ids, is_proven };
            if !is_proven {
                note(round, &listing);
            }
            return Ok(());
        }
        // What the first list held was read; the next one is for what it did not.
        (content, before) = (IncludeContent::No, Some(listing));
    }
    tracing::debug!(account = %round.name, "the box changes while it is read: nothing is concluded about absent drafts");
    Ok(())
}

/// Takes note of what is wrong with a list that is the same each time.
fn note(round: &mut Round<'_>, listing: &BoxListing) {
    let (drafts, entries, total) = (listing.drafts(), listing.drafts() + listing.nameless(), listing.total());
    if drafts == 0 && entries > 0 {
        let message =
            "draft/batchget: no entry of the draft list has a usable media_id: nothing can be kept".to_owned();
        round.poll.failures.push(Failure { media_id: None, code: None, message });
    }
    if entries != total {
        round.note(
            None,
            &format!("the platform says that there are {total} drafts, and lists {entries}, twice the same"),
        );
    }
}

/// Reads the list to its end, with the times of its drafts; `None` where that was not reached.
async fn sweep(
    round: &mut Round<'_>,
    content: IncludeContent,
) -> Result<Option<(BoxListing, Vec<Times>)>, archive::Error> {
    let (mut listing, mut times) = (BoxListing::default(), Vec::new());
    while !listing.is_at_end() {
        if !round.may_or_tell(Endpoint::DraftBatchget).await? {
            return Ok(None);
        }
        let offset = listing.offset();
        // Where one page was too large, the others are not tried with content: what has changed is read by smaller ones.
        let content = if round.page_size < PAGE { IncludeContent::No } else { content };
        let client = round.client;
        let page = match round.ask(client.draft_batchget(offset, PAGE, content)).await {
            Some(Ok(page)) => page,
            Some(Err(error)) if error.kind == ErrorKind::Oversize && content == IncludeContent::Yes => {
                round.page_size = look::smaller(PAGE);
                continue;
            }
            Some(Err(error)) => {
                round.failed(None, &error);
                return Ok(None);
            }
            None => return Ok(None),
        };
        look::turned(round, offset, &page);
        times.extend(page.drafts.iter().map(|draft| (draft.create_time, draft.update_time)));
        let drafts = listing.push_page(page);
        if !take_in(round, drafts).await? {
            return Ok(None);
        }
    }
    Ok(Some((listing, times)))
}

/// Takes in the drafts of a page; tells whether that was done to its end. Of those that came without content only what was
/// saved since it was read is read.
async fn take_in(round: &mut Round<'_>, drafts: Vec<DraftListItem>) -> Result<bool, archive::Error> {
    let (mut changed, answered_at) = (Vec::new(), round.now);
    for draft in drafts {
        if round.stop.is_cancelled() {
            return Ok(false);
        }
        if !round.is_watched(&draft.media_id) {
            continue;
        }
        let (create_time, update_time) = (draft.create_time, draft.update_time);
        match draft.document {
            Some(document) => {
                let fetched = DraftResponse { document, create_time, update_time };
                round.saw(draft.media_id, fetched, answered_at).await?;
            }
            None if draft.has_no_articles => round.saw_no_articles(draft.media_id, create_time, update_time),
            None if round.listed(&draft) && !round.is_left_alone(&draft.media_id, update_time) => {
                changed.push((draft.place, draft.media_id));
            }
            None => {}
        }
    }
    look::read(round, changed).await?;
    Ok(!round.stop.is_cancelled())
}
