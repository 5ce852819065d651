//! Which draft of the box is the one that a lost answer of `draft/add` was about.
//!
//! The platform takes no key of the client's, so a draft is known by what it says: saved since, not seen before, the
//! same titles and the same text.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::report;
use super::sent::Sent;
use crate::model::{Interface, MediaId, Timestamp};
use crate::wechat::{Client, Error, Kind, Listed, Listing};

/// How much this machine's clock may be ahead of the platform's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);

/// How often the box is listed anew when it changes while it is listed.
const MOST_LISTINGS: usize = 3;

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub(super) articles: &'a [Sent],
    /// When the restore began that may have made it.
    pub(super) began_at: Timestamp,
    /// Drafts that cannot be it: they were there before.
    pub(super) known: HashSet<MediaId>,
}

impl Wanted<'_> {
    /// Looks through the whole box; `None` where the draft is surely not in it.
    ///
    /// # Errors
    ///
    /// Where the box could not be read to its end, which says nothing about the draft.
    pub(super) async fn find(&self, client: &Client) -> Result<Option<MediaId>, Error> {
        let mut before = None;
        for _ in 0..MOST_LISTINGS {
            let mut listing = Listing::default();
            while !listing.is_at_end() {
                for draft in listing.take(client.draft_page(&listing).await?) {
                    let media_id = draft.media_id.clone();
                    if self.is_it(draft, client).await? {
                        return Ok(Some(media_id));
                    }
                }
            }
            // An entry without a usable `media_id` may be the draft.
            let is_settled = before.as_ref().is_some_and(|before| listing.settles(before)) && listing.nameless() == 0;
            if listing.is_complete() || is_settled {
                return Ok(None);
            }
            before = Some(listing);
        }
        Err(Error::call(Interface::DraftBatchget, Kind::Busy, "the draft box kept changing while it was listed"))
    }

    async fn is_it(&self, draft: Listed, client: &Client) -> Result<bool, Error> {
        let earliest = (self.began_at - CLOCKS_DIFFER).timestamp();
        if self.known.contains(&draft.media_id) || draft.update_time.is_some_and(|saved| saved < earliest) {
            return Ok(false);
        }
        let document = match draft.document {
            Some(document) => document,
            None => match client.draft_get(&draft.media_id).await {
                Ok(fetched) => fetched.document,
                // It left the box while we looked.
                Err(error) if error.kind == Kind::NotFound => return Ok(false),
                Err(error) if error.kind == Kind::NoArticles => return Ok(false),
                Err(error) => return Err(error),
            },
        };
        Ok(report::is_made_of(self.articles, &document))
    }
}
