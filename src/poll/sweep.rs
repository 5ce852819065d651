//! The whole draft box: page by page by `draft/batchget`, with content.

use super::Round;
use crate::archive;
use crate::model::Interface;
use crate::wechat::{Fetched, Listed, Listing};

/// Reads the box, and notes which drafts a complete list of it did not hold.
pub(super) async fn read(round: &mut Round<'_>) -> Result<(), archive::Error> {
    let mut listing = Listing::default();
    while !listing.is_at_end() && round.health.allows(Interface::DraftBatchget) {
        let page = match round.ask(round.client.draft_page(&listing)).await {
            Some(Ok(page)) => page,
            Some(Err(error)) => {
                round.failed(None, &error);
                break;
            }
            None => break,
        };
        for draft in listing.take(page) {
            if round.stop.is_cancelled() {
                return Ok(());
            }
            see(round, draft).await?;
        }
    }
    if listing.is_at_end() {
        note_absent(round, &listing);
    }
    Ok(())
}

async fn see(round: &mut Round<'_>, draft: Listed) -> Result<(), archive::Error> {
    match draft.document {
        Some(document) => {
            let (create_time, update_time) = (draft.create_time, draft.update_time);
            round.saw(draft.media_id, Fetched { document, create_time, update_time }).await
        }
        None => round.get(draft.media_id).await,
    }
}

/// Notes the absent drafts, where the list is complete.
fn note_absent(round: &mut Round<'_>, listing: &Listing) {
    if listing.is_complete() {
        round.unlisted = round.present().filter(|known| !listing.holds(known)).cloned().collect();
    } else {
        tracing::debug!(account = %round.name, "the box changed while it was read: nothing is concluded about absent drafts");
    }
}
