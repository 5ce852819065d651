//! Reads the whole draft box page by page with `draft/batchget`.
//!
//! A draft that is added or removed between two pages shifts the others, so that one is listed twice or skipped. From such a list
//! nothing follows for drafts that it does not have, and the box is read again. If the second list has the same drafts as the
//! first, nothing was shifted and the platform's total is wrong. A draft that is not on such a list may be absent; `draft/get`
//! decides.

use super::absence::Unlisted;
use super::observe::{is_read, observe_listed, observe_no_articles, record_content};
use super::quota_refresh::ensure_can_call;
use super::run::PollRun;
use super::{list_order, page_scan};
use crate::archive;
use crate::model::{Endpoint, MediaId};
use crate::wechat::{BoxListing, DraftListItem, DraftResponse, ErrorKind, IncludeContent, PAGE};

/// Creation and last save of a draft, in Unix seconds.
type Times = (Option<i64>, Option<i64>);

/// How often the box is read to get a complete list. Nobody adds a draft every second.
const MOST_SCANS: u32 = 3;

/// Reads the box, and records which drafts a complete list did not have.
pub(super) async fn scan_box(run: &mut PollRun<'_>, content: IncludeContent) -> Result<(), archive::Error> {
    run.known.activity.note_full_scan(run.now);
    let (mut content, mut before): (_, Option<BoxListing>) = (content, None);
    for _ in 0..MOST_SCANS {
        let began = run.now;
        let Some((listing, times)) = list_box(run, content).await? else { return Ok(()) };
        let is_proven = listing.is_complete();
        if is_proven || before.as_ref().is_some_and(|before| listing.matches(before)) {
            run.known.state.list_order = list_order::infer_list_order(&times, run.known.state.list_order);
            let present = run.known.present().map(|known| &known.media_id);
            let media_ids: Vec<MediaId> = present.filter(|media_id| !listing.holds(media_id)).cloned().collect();
            run.outcome.missed_at.extend(media_ids.iter().map(|media_id| (media_id.clone(), began)));
            run.outcome.unlisted = Unlisted { media_ids, is_proven };
            if !is_proven {
                note(run, &listing);
            }
            return Ok(());
        }
        // The drafts of the first list were read. The next list is only for those that it did not have.
        (content, before) = (IncludeContent::No, Some(listing));
    }
    tracing::debug!(account = %run.context.name, "the box changes while it is read; nothing is concluded about absent drafts");
    Ok(())
}

/// Notes what is wrong with a list that was the same twice.
fn note(run: &mut PollRun<'_>, listing: &BoxListing) {
    let (drafts, entries, total) = (listing.drafts(), listing.drafts() + listing.entries_without_id(), listing.total());
    if drafts == 0 && entries > 0 {
        let message = "draft/batchget: no entry of the draft list has a usable media_id: nothing can be kept";
        run.outcome.add_unusable_answer(None, message.to_owned());
    }
    if entries != total {
        run.outcome.add_note(
            None,
            &format!("the platform says that there are {total} drafts, and lists {entries}, twice the same"),
        );
    }
}

/// Reads the list to its end, with the times of its drafts; `None` if the end was not reached.
async fn list_box(
    run: &mut PollRun<'_>,
    content: IncludeContent,
) -> Result<Option<(BoxListing, Vec<Times>)>, archive::Error> {
    let (mut listing, mut times) = (BoxListing::default(), Vec::new());
    while !listing.is_at_end() {
        if !ensure_can_call(run, Endpoint::DraftBatchget).await? {
            return Ok(None);
        }
        let offset = listing.offset();
        // If one page was too large, the others are read without content; changed drafts are then read by smaller pages.
        let content = if run.page_size < PAGE { IncludeContent::No } else { content };
        let client = run.context.client;
        let page = match run.cancellable(client.draft_batchget(offset, PAGE, content)).await {
            Some(Ok(page)) => page,
            Some(Err(error)) if error.kind == ErrorKind::Oversize && content == IncludeContent::Yes => {
                run.page_size = page_scan::smaller(PAGE);
                continue;
            }
            Some(Err(error)) => {
                run.on_call_failed(None, &error);
                return Ok(None);
            }
            None => return Ok(None),
        };
        page_scan::note_page(run, offset, &page);
        times.extend(page.drafts.iter().map(|draft| (draft.create_time, draft.update_time)));
        let drafts = listing.push_page(page);
        if !record_page(run, drafts).await? {
            return Ok(None);
        }
    }
    Ok(Some((listing, times)))
}

/// Records the drafts of a page. Of drafts without content, those that were saved since their last reading are read. Returns
/// whether the end of the page was reached.
async fn record_page(run: &mut PollRun<'_>, drafts: Vec<DraftListItem>) -> Result<bool, archive::Error> {
    let (mut changed, answered_at) = (Vec::new(), run.now);
    for draft in drafts {
        if run.context.stop.is_cancelled() {
            return Ok(false);
        }
        if !run.known.is_watched(&draft.media_id) {
            continue;
        }
        let (create_time, update_time) = (draft.create_time, draft.update_time);
        match draft.document {
            Some(document) => {
                let fetched = DraftResponse { document, create_time, update_time };
                record_content(run, draft.media_id, fetched, answered_at).await?;
            }
            None if draft.has_no_articles => observe_no_articles(run, draft.media_id, create_time, update_time),
            None => {
                let is_to_read = !is_read(run, &draft) && !run.is_backing_off(&draft.media_id, update_time);
                observe_listed(run, &draft);
                if is_to_read {
                    changed.push((draft.place, draft.media_id));
                }
            }
        }
    }
    page_scan::fetch_changed(run, changed).await?;
    Ok(!run.context.stop.is_cancelled())
}
