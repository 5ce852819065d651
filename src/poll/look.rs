//! A look at one page of the list: which drafts were saved since the last one, and which are not there any more.

use super::order;
use super::round::Round;
use crate::archive::{self, Known};
use crate::model::{DraftState, Interface, ListOrder, MediaId};
use crate::wechat::{Content, Fetched, Listed, Page};

/// Drafts on a page, the most that are allowed (官方文档 获取草稿列表).
pub(super) const PAGE: u32 = 20;

/// Drafts that a page should have held and did not are asked for at once, but no more than so many of them: more than that
/// is a list that is sorted otherwise.
const MOST_ABSENT: usize = 5;

/// What is reported of entries of the list whose `media_id` is missing or no text.
pub(super) const NAMELESS: &str =
    "the draft list has an entry without a usable media_id: that draft cannot be kept, the others are";

/// Looks at the page that begins at `offset`, and reads what has changed on it; at the pages behind it as well, as long as
/// they end with a draft that is new: what is new stands together.
pub(super) async fn look(round: &mut Round<'_>, offset: u64) -> Result<(), archive::Error> {
    let mut next = Some(offset);
    while let Some(offset) = next {
        next = look_at(round, offset).await?;
    }
    Ok(())
}

/// Looks at one page; returns where the next one begins where that is to be looked at too.
async fn look_at(round: &mut Round<'_>, offset: u64) -> Result<Option<u64>, archive::Error> {
    if !round.may_once_asked(Interface::DraftBatchget).await? {
        return Ok(None);
    }
    let client = round.client;
    let page = match round.ask(client.draft_batchget(offset, PAGE, Content::Without)).await {
        Some(Ok(page)) => page,
        Some(Err(error)) => {
            round.failed(None, &error);
            return Ok(None);
        }
        None => return Ok(None),
    };
    turned(round, offset, &page);
    let times: Vec<_> = page.drafts.iter().map(|draft| (draft.create_time, draft.update_time)).collect();
    round.memory.list_order = order::observed(&times, round.memory.list_order);
    let absent = absent(round, offset, page.total_count, &page.drafts);
    let end = page.end(offset);
    let is_new = |draft: &Listed| round.is_watched(&draft.media_id) && !round.known.contains_key(&draft.media_id);
    let goes_on = end < page.total_count && page.drafts.last().is_some_and(is_new);
    let mut changed = Vec::new();
    for draft in page.drafts {
        let is_left_alone = round.is_left_alone(&draft.media_id, draft.update_time);
        if round.is_watched(&draft.media_id) && round.listed(&draft) && !is_left_alone {
            changed.push((draft.place, draft.media_id));
        }
    }
    read(round, changed).await?;
    for media_id in absent {
        round.get(media_id).await?;
    }
    Ok((goes_on && !round.is_halted()).then_some(end))
}

/// Takes note of a page.
pub(super) fn turned(round: &mut Round<'_>, offset: u64, page: &Page) {
    round.opened(Interface::DraftBatchget);
    round.habits.listed(offset == 0, page.total_count, round.now);
    if page.nameless > 0 {
        round.note(None, NAMELESS);
    }
}

/// Reads drafts that have changed, given with their places on the list: several neighbours by one page with content, else
/// each by `draft/get`, or by a page of one where gets have run out.
pub(super) async fn read(round: &mut Round<'_>, changed: Vec<(u64, MediaId)>) -> Result<(), archive::Error> {
    let mut left = changed;
    let may_list = round.may_once_asked(Interface::DraftBatchget).await?;
    if let ([(first, _), .., (last, _)], true) = (&left[..], may_list) {
        let (first, count) = (*first, last - first + 1);
        let read = read_page(round, first, count as u32).await?;
        left.retain(|(_, media_id)| !read.contains(media_id));
    }
    for (place, media_id) in left {
        if round.may_once_asked(Interface::DraftGet).await? {
            round.habits.read(round.now);
            round.get(media_id).await?;
        } else if round.may_once_asked(Interface::DraftBatchget).await? {
            read_page(round, place, 1).await?;
        }
    }
    Ok(())
}

/// Reads neighbours with their content, and returns which ones were read: the list may have moved on.
async fn read_page(round: &mut Round<'_>, first: u64, count: u32) -> Result<Vec<MediaId>, archive::Error> {
    let mut read = Vec::new();
    let client = round.client;
    let page = match round.ask(client.draft_batchget(first, count.min(PAGE), Content::With)).await {
        Some(Ok(page)) => page,
        Some(Err(error)) => {
            round.failed(None, &error);
            return Ok(read);
        }
        None => return Ok(read),
    };
    for draft in page.drafts {
        if !round.is_watched(&draft.media_id) {
            continue;
        }
        let Listed { media_id, create_time, update_time, document, has_no_articles, .. } = draft;
        if has_no_articles {
            read.push(media_id.clone());
            round.saw_no_articles(media_id, create_time, update_time);
        } else if let Some(document) = document {
            read.push(media_id.clone());
            round.saw(media_id, Fetched { document, create_time, update_time }).await?;
        }
    }
    Ok(read)
}

/// Returns the drafts that would stand on the page if they were in the box: made after its last draft and before its first.
/// That is a suspicion and no more; `draft/get` tells.
fn absent(round: &Round<'_>, offset: u64, total: u64, page: &[Listed]) -> Vec<MediaId> {
    let (Some(first), Some(last)) = (page.first(), page.last()) else { return Vec::new() };
    if round.memory.list_order != Some(ListOrder::Created) {
        return Vec::new();
    }
    let is_at_end = offset + page.len() as u64 >= total;
    let is_on_page = |known: &&Known| {
        let within = |bound: Option<i64>| known.create_time.zip(bound);
        (offset == 0 || within(first.create_time).is_some_and(|(made, first)| made < first))
            && (is_at_end || within(last.create_time).is_some_and(|(made, last)| made > last))
    };
    let is_left_alone = |known: &&Known| round.is_left_alone(&known.media_id, known.update_time);
    let is_listed = |known: &&Known| page.iter().any(|draft| draft.media_id == known.media_id);
    let live =
        round.known.values().filter(|known| known.state == DraftState::Live && round.is_watched(&known.media_id));
    let absent: Vec<MediaId> = live
        .filter(is_on_page)
        .filter(|known| !is_listed(known) && !is_left_alone(known))
        .map(|known| known.media_id.clone())
        .collect();
    if absent.len() > MOST_ABSENT { Vec::new() } else { absent }
}
