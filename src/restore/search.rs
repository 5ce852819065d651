//! Which draft of the box is the one that a lost answer of `draft/add` was about.
//!
//! The platform takes no key of the client's, so a draft is known by what it says: saved since, never seen before, the
//! same titles and the same text.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::report;
use super::sent::Sent;
use crate::model::{MediaId, Timestamp};
use crate::wechat::{Client, Content, Error, Kind, Listed};

/// Drafts on a page, the most that are allowed (官方文档 获取草稿列表).
const PAGE: u32 = 20;
/// How much this machine's clock may be ahead of the platform's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);
/// So many of the drafts that were saved last are looked into: each costs one of the day's 500 calls.
const MOST_LOOKED_INTO: usize = 8;

/// Finds the draft of these articles that was made since `began_at`, and is none of the `known` ones.
pub(super) async fn find(
    client: &Client,
    articles: &[Sent],
    known: &[MediaId],
    began_at: Timestamp,
) -> Result<Option<MediaId>, Error> {
    let known: HashSet<&MediaId> = known.iter().collect();
    let earliest = (began_at - CLOCKS_DIFFER).timestamp();
    let mut candidates = listed(client).await?;
    candidates
        .retain(|draft| !known.contains(&draft.media_id) && draft.update_time.is_none_or(|saved| saved >= earliest));
    candidates.sort_by_key(|draft| std::cmp::Reverse(draft.update_time));
    for candidate in candidates.into_iter().take(MOST_LOOKED_INTO) {
        match client.draft_get(&candidate.media_id).await {
            Ok(fetched) if report::is_made_of(articles, &fetched.document) => return Ok(Some(candidate.media_id)),
            Ok(_) => {}
            // It left the box while we looked.
            Err(error) if error.kind == Kind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Lists the whole box; which drafts there are, whatever their order.
async fn listed(client: &Client) -> Result<Vec<Listed>, Error> {
    let (mut all, mut seen) = (Vec::new(), HashSet::new());
    loop {
        let page = client.draft_batchget(all.len() as u64, PAGE, Content::Without).await?;
        let is_last = page.drafts.is_empty();
        let before = seen.len();
        for draft in page.drafts {
            seen.insert(draft.media_id.clone());
            all.push(draft);
        }
        if is_last || seen.len() == before || all.len() as u64 >= page.total_count {
            return Ok(all);
        }
    }
}
