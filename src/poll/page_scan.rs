//! Reads one page of the list, to find out which drafts were saved and which have left.

use super::draft_answer::fetch_draft;
use super::list_order;
use super::observe::{is_read, observe_listed, observe_no_articles, record_content};
use super::quota_refresh::can_call_once_refreshed;
use super::run::PollRun;
use crate::archive::{self, DraftSnapshot};
use crate::model::{DraftState, Endpoint, ListOrder, MediaId};
use crate::wechat::{DraftListItem, DraftResponse, Error, ErrorKind, IncludeContent, PAGE, Page};

/// The sizes of pages that are tried if a page with content is too large for an answer.
const SIZES: [u32; 3] = [10, 5, 1];

/// At most so many drafts that should be on a page and are not are asked for at once. If there are more, the list is sorted in
/// another order.
const MOST_ABSENT: usize = 5;

/// The note on entries of the list whose `media_id` is missing or no text.
pub(super) const NAMELESS: &str =
    "the draft list has an entry without a usable media_id: that draft cannot be kept, the others are";

/// Reads the page that begins at `offset`, and the changed drafts on it; and the pages after it while they end with a new draft,
/// because new drafts are neighbours on the list.
pub(super) async fn scan_pages(run: &mut PollRun<'_>, offset: u64) -> Result<(), archive::Error> {
    let mut next = Some(offset);
    while let Some(offset) = next {
        next = scan_page(run, offset).await?;
    }
    Ok(())
}

/// Reads one page. Returns where the next one begins if that must be read too.
async fn scan_page(run: &mut PollRun<'_>, offset: u64) -> Result<Option<u64>, archive::Error> {
    if !can_call_once_refreshed(run, Endpoint::DraftBatchget).await? {
        return Ok(None);
    }
    let client = run.context.client;
    let page = match run.cancellable(client.draft_batchget(offset, PAGE, IncludeContent::No)).await {
        Some(Ok(page)) => page,
        Some(Err(error)) => {
            run.on_call_failed(None, &error);
            return Ok(None);
        }
        None => return Ok(None),
    };
    note_page(run, offset, &page);
    let times: Vec<_> = page.drafts.iter().map(|draft| (draft.create_time, draft.update_time)).collect();
    run.known.state.list_order = list_order::infer_list_order(&times, run.known.state.list_order);
    let absent = suspected_missing(run, offset, page.total_count, &page.drafts);
    let end = page.end(offset);
    // A page that was read before says nothing new: the platform may ignore the offset.
    let is_new = |draft: &DraftListItem| {
        run.known.is_watched(&draft.media_id)
            && !run.known.drafts.contains_key(&draft.media_id)
            && !run.outcome.has_seen(&draft.media_id)
    };
    let goes_on = end < page.total_count && page.drafts.last().is_some_and(is_new);
    let mut changed = Vec::new();
    for draft in page.drafts {
        if !run.known.is_watched(&draft.media_id) {
            continue;
        }
        let is_to_read = !is_read(run, &draft) && !run.is_backing_off(&draft.media_id, draft.update_time);
        observe_listed(run, &draft);
        if is_to_read {
            changed.push((draft.place, draft.media_id));
        }
    }
    fetch_changed(run, changed).await?;
    for media_id in absent {
        fetch_draft(run, media_id).await?;
    }
    Ok((goes_on && !run.is_halted()).then_some(end))
}

/// Records that a page was read.
pub(super) fn note_page(run: &mut PollRun<'_>, offset: u64, page: &Page) {
    run.on_call_succeeded(Endpoint::DraftBatchget);
    run.known.activity.note_page(offset == 0, page.total_count, run.now);
    if page.entries_without_id > 0 {
        run.outcome.add_note(None, NAMELESS);
    }
}

/// Reads changed drafts, given with their places on the list: neighbours by pages with content, others with `draft/get`, or by a page
/// of one draft if `draft/get` is used up.
pub(super) async fn fetch_changed(run: &mut PollRun<'_>, changed: Vec<(u64, MediaId)>) -> Result<(), archive::Error> {
    let left = if changed.len() > 1 { read_pages(run, changed).await? } else { changed };
    for (place, media_id) in left {
        if can_call_once_refreshed(run, Endpoint::DraftGet).await? {
            run.known.activity.note_fetch(run.now);
            fetch_draft(run, media_id.clone()).await?;
        }
        let is_answered = run.outcome.fetched.contains(&media_id) || run.outcome.not_found.contains(&media_id);
        // That call may have been refused because the daily limit is used up.
        if is_answered || run.is_halted() || run.can_call(Endpoint::DraftGet) {
            continue;
        }
        if can_call_once_refreshed(run, Endpoint::DraftBatchget).await?
            && let PageRead::TooLarge(error) = read_page(run, place, 1).await?
        {
            run.on_call_failed(Some(media_id), &error);
        }
    }
    Ok(())
}

/// Reads drafts by pages with content, and by smaller pages if they are too large for an answer. Returns the drafts that no page
/// had.
async fn read_pages(
    run: &mut PollRun<'_>,
    changed: Vec<(u64, MediaId)>,
) -> Result<Vec<(u64, MediaId)>, archive::Error> {
    let (mut waiting, mut left) = (changed, Vec::new());
    while let Some((first, _)) = waiting.first()
        && can_call_once_refreshed(run, Endpoint::DraftBatchget).await?
    {
        let first = *first;
        let count = waiting.partition_point(|(place, _)| *place < first + u64::from(run.page_size));
        let length = (waiting[count - 1].0 - first + 1) as u32;
        match read_page(run, first, length).await? {
            PageRead::TooLarge(_) if length > 1 => run.page_size = smaller(length),
            PageRead::TooLarge(_) => left.push(waiting.remove(0)),
            PageRead::Read(read) => {
                left.extend(waiting.drain(..count).filter(|(_, media_id)| !read.contains(media_id)));
            }
            PageRead::Failed => break,
        }
    }
    left.extend(waiting);
    Ok(left)
}

/// Returns the next smaller size of a page.
pub(super) fn smaller(size: u32) -> u32 {
    SIZES.into_iter().find(|smaller| *smaller < size).unwrap_or(1)
}

/// What became of a page with content.
enum PageRead {
    /// These drafts were read.
    Read(Vec<MediaId>),
    TooLarge(Error),
    /// The failure is recorded, or the poll was stopped.
    Failed,
}

/// Reads neighbours with their content. Some may not be on the page: the list may have changed.
async fn read_page(run: &mut PollRun<'_>, first: u64, count: u32) -> Result<PageRead, archive::Error> {
    let mut read = Vec::new();
    let client = run.context.client;
    let page = match run.cancellable(client.draft_batchget(first, count.min(PAGE), IncludeContent::Yes)).await {
        Some(Ok(page)) => page,
        Some(Err(error)) if error.kind == ErrorKind::Oversize => return Ok(PageRead::TooLarge(error)),
        Some(Err(error)) => {
            run.on_call_failed(None, &error);
            return Ok(PageRead::Failed);
        }
        None => return Ok(PageRead::Failed),
    };
    let answered_at = run.now;
    for draft in page.drafts {
        if !run.known.is_watched(&draft.media_id) {
            continue;
        }
        let DraftListItem { media_id, create_time, update_time, document, has_no_articles, .. } = draft;
        if has_no_articles {
            read.push(media_id.clone());
            observe_no_articles(run, media_id, create_time, update_time);
        } else if let Some(document) = document {
            read.push(media_id.clone());
            record_content(run, media_id, DraftResponse { document, create_time, update_time }, answered_at).await?;
        }
    }
    Ok(PageRead::Read(read))
}

/// Returns the drafts that should be on the page: created after its last draft and before its first. They may be missing; `draft/get`
/// decides.
fn suspected_missing(run: &PollRun<'_>, offset: u64, total: u64, page: &[DraftListItem]) -> Vec<MediaId> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Vec::new() };
    if run.known.state.list_order != Some(ListOrder::Created) {
        return Vec::new();
    }
    let is_at_end = offset + page.len() as u64 >= total;
    let is_on_page = |known: &&DraftSnapshot| {
        let within = |bound: Option<i64>| known.create_time.zip(bound);
        (offset == 0 || within(first.create_time).is_some_and(|(made, first)| made < first))
            && (is_at_end || within(last.create_time).is_some_and(|(made, last)| made > last))
    };
    let is_left_alone = |known: &&DraftSnapshot| run.is_backing_off(&known.media_id, known.update_time);
    let is_listed = |known: &&DraftSnapshot| page.iter().any(|draft| draft.media_id == known.media_id);
    let live = run
        .known
        .drafts
        .values()
        .filter(|known| known.state == DraftState::Live && run.known.is_watched(&known.media_id));
    let absent: Vec<MediaId> = live
        .filter(is_on_page)
        .filter(|known| !is_listed(known) && !is_left_alone(known) && known.held_back.is_none())
        .map(|known| known.media_id.clone())
        .collect();
    if absent.len() > MOST_ABSENT { Vec::new() } else { absent }
}
