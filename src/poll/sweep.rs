//! The whole draft box, page by page, by `draft/batchget`.
//!
//! A draft that is added or removed between two pages shifts the rest, so that one is listed twice or skipped. Such a list
//! says nothing about drafts that it does not hold; the box is swept again.

use super::round::Round;
use super::{look, order};
use crate::archive;
use crate::model::Interface;
use crate::wechat::{Client, Content, Error, Fetched, Listed, Listing, Page};

/// How often the box is swept for a complete list: who works in it does not add a draft every second.
const SWEEPS: u32 = 3;

/// Reads the box, and notes which drafts a complete list of it did not hold.
pub(super) async fn read(round: &mut Round<'_>, content: Content) -> Result<(), archive::Error> {
    round.habits.swept(round.now);
    let (mut content, mut before) = (content, None);
    for _ in 0..SWEEPS {
        let Some(listing) = sweep(round, content).await? else { return Ok(()) };
        if listing.is_complete() {
            round.unlisted =
                round.present().filter(|known| round.is_watched(known) && !listing.holds(known)).cloned().collect();
            return Ok(());
        }
        // Once more would not help where the platform's numbers are wrong.
        if before.as_ref() == Some(&listing) {
            break;
        }
        // What the first list held was read; the next one is for what it did not.
        (content, before) = (Content::Without, Some(listing));
    }
    tracing::debug!(account = %round.name, "the box changes while it is read: nothing is concluded about absent drafts");
    Ok(())
}

/// Reads the list to its end; `None` where that was not reached.
async fn sweep(round: &mut Round<'_>, content: Content) -> Result<Option<Listing>, archive::Error> {
    let (mut listing, mut times) = (Listing::default(), Vec::new());
    while !listing.is_at_end() {
        if !round.may_or_tell(Interface::DraftBatchget).await? {
            return Ok(None);
        }
        let offset = listing.offset();
        let page = match round.ask(page(round.client, &listing, content)).await {
            Some(Ok(page)) => page,
            Some(Err(error)) => {
                round.failed(None, &error);
                return Ok(None);
            }
            None => return Ok(None),
        };
        look::turned(round, offset, page.total_count);
        times.extend(page.drafts.iter().map(|draft| (draft.create_time, draft.update_time)));
        let drafts = listing.take(page);
        if !take_in(round, offset, drafts, content).await? {
            return Ok(None);
        }
    }
    if listing.is_complete() {
        round.memory.list_order = order::observed(&times, round.memory.list_order);
    }
    Ok(Some(listing))
}

async fn page(client: &Client, listing: &Listing, content: Content) -> Result<Page, Error> {
    match content {
        Content::With => client.draft_page(listing).await,
        Content::Without => client.draft_batchget(listing.offset(), look::PAGE, content).await,
    }
}

/// Takes in the drafts of a page; tells whether that was done to its end.
async fn take_in(
    round: &mut Round<'_>,
    offset: u64,
    drafts: Vec<Listed>,
    content: Content,
) -> Result<bool, archive::Error> {
    let (mut changed, mut withheld) = (Vec::new(), Vec::new());
    for (place, draft) in drafts.into_iter().enumerate() {
        if round.stop.is_cancelled() {
            return Ok(false);
        }
        if !round.is_watched(&draft.media_id) {
            continue;
        }
        let (create_time, update_time) = (draft.create_time, draft.update_time);
        match draft.document {
            Some(document) => round.saw(draft.media_id, Fetched { document, create_time, update_time }).await?,
            // The page would have been too large.
            None if content == Content::With => withheld.push(draft.media_id),
            None if round.listed(&draft) => changed.push((offset + place as u64, draft.media_id)),
            None => {}
        }
    }
    look::read(round, changed).await?;
    for media_id in withheld {
        round.get(media_id).await?;
    }
    Ok(!round.stop.is_cancelled())
}
