//! The whole draft box: page by page by `draft/batchget`, with content.

use std::collections::HashSet;

use super::Round;
use crate::archive;
use crate::model::{Interface, MediaId};
use crate::wechat::{Content, Fetched, Kind, Listed, Page};

/// Drafts on a page, the most that are allowed (官方文档 获取草稿列表).
const PAGE: u32 = 20;

/// Reads the box, and notes which drafts a complete list of it did not hold.
pub(super) async fn read(round: &mut Round<'_>) -> Result<(), archive::Error> {
    let mut listed: HashSet<MediaId> = HashSet::new();
    let (mut offset, mut totals) = (0, Vec::new());
    while let Some(page) = page(round, offset).await {
        offset += page.drafts.len() as u64;
        totals.push(page.total_count);
        let before = listed.len();
        for draft in page.drafts {
            if round.stop.is_cancelled() {
                return Ok(());
            }
            if listed.insert(draft.media_id.clone()) {
                see(round, draft).await?;
            }
        }
        // A page that brings nothing new is the end as well, whatever the total says.
        if listed.len() == before || offset >= page.total_count {
            conclude(round, &listed, &totals);
            break;
        }
    }
    Ok(())
}

/// Gets a page with content; one too large for an answer is listed without, to be read draft by draft.
async fn page(round: &mut Round<'_>, offset: u64) -> Option<Page> {
    if !round.health.allows(Interface::DraftBatchget) {
        return None;
    }
    let page = match round.ask(round.client.draft_batchget(offset, PAGE, Content::With)).await? {
        Err(error) if error.kind == Kind::Oversize => {
            round.ask(round.client.draft_batchget(offset, PAGE, Content::Without)).await?
        }
        answer => answer,
    };
    page.map_err(|error| round.failed(None, &error)).ok()
}

async fn see(round: &mut Round<'_>, draft: Listed) -> Result<(), archive::Error> {
    match draft.document {
        Some(document) => round.saw(draft.media_id, Fetched { document, update_time: draft.update_time }).await,
        None => round.get(draft.media_id).await,
    }
}

/// Notes the absent drafts, where the list is complete: a draft added or removed between two pages shifts the rest, and
/// one may have been skipped.
fn conclude(round: &mut Round<'_>, listed: &HashSet<MediaId>, totals: &[u64]) {
    if totals.iter().all(|&total| total == listed.len() as u64) {
        round.unlisted = round.present().filter(|known| !listed.contains(known)).cloned().collect();
    } else {
        tracing::debug!(account = %round.name, "the box changed while it was read: nothing is concluded about absent drafts");
    }
}
