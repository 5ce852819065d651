//! Searches the draft box for the draft that `draft/add` created when its answer was lost.
//!
//! The API has no idempotency key, so a draft is recognised by its content: saved since, not seen before, same titles and text.
//! The box is listed without content; only candidates are read, each once.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::payload::ArticlePayload;
use super::report;
use crate::model::{Endpoint, MediaId, Timestamp};
use crate::wechat::{BoxListing, Client, DraftListItem, Error, ErrorKind, IncludeContent, PAGE};

/// How much this machine's clock may be ahead of the platform's, beside what the platform's answers say.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);

/// How often the listing is repeated if the box changes meanwhile.
const MOST_LISTINGS: usize = 3;

/// The draft to search for.
pub(crate) struct DraftQuery<'a> {
    pub(crate) articles: &'a [ArticlePayload],
    /// When the restore began that may have created it.
    pub(crate) began_at: Timestamp,
    /// Drafts that are ruled out: they existed before, or have other content.
    pub(crate) ruled_out: HashSet<MediaId>,
}

impl DraftQuery<'_> {
    /// Searches the first page of the list: a new draft is there whether the platform sorts by creation or by last save. `None`
    /// proves nothing: the draft may be elsewhere or not appear yet.
    ///
    /// # Errors
    ///
    /// If the list or a draft cannot be read.
    pub(crate) async fn find_newest(&mut self, client: &Client) -> Result<Option<MediaId>, Error> {
        let page = client.draft_batchget(0, PAGE, IncludeContent::No).await?;
        self.find_among(0, page.drafts, client).await
    }

    /// Searches the whole box; `None` if the draft is certainly not in it.
    ///
    /// # Errors
    ///
    /// If the box cannot be read completely, which proves nothing about the draft.
    pub(crate) async fn find(&mut self, client: &Client) -> Result<Option<MediaId>, Error> {
        let mut before = None;
        for _ in 0..MOST_LISTINGS {
            let mut listing = BoxListing::default();
            while !listing.is_at_end() {
                let offset = listing.offset();
                let drafts = listing.push_page(client.draft_batchget(offset, PAGE, IncludeContent::No).await?);
                if let Some(media_id) = self.find_among(offset, drafts, client).await? {
                    return Ok(Some(media_id));
                }
            }
            // An entry without a usable `media_id` may be the draft.
            let is_settled =
                before.as_ref().is_some_and(|before| listing.matches(before)) && listing.entries_without_id() == 0;
            if listing.is_complete() || is_settled {
                return Ok(None);
            }
            before = Some(listing);
        }
        Err(Error::new(Endpoint::DraftBatchget, ErrorKind::Busy, "the draft box kept changing while it was listed"))
    }

    /// Searches the page that begins at `offset`. Several candidates are read with one call for the whole page.
    async fn find_among(
        &mut self,
        offset: u64,
        drafts: Vec<DraftListItem>,
        client: &Client,
    ) -> Result<Option<MediaId>, Error> {
        let mut left: Vec<MediaId> =
            drafts.into_iter().filter(|draft| self.is_candidate(draft, client)).map(|draft| draft.media_id).collect();
        if left.len() > 1 {
            let page = match client.draft_batchget(offset, PAGE, IncludeContent::Yes).await {
                // Too large for an answer: one by one.
                Err(error) if error.kind == ErrorKind::Oversize => Vec::new(),
                page => page?.drafts,
            };
            for DraftListItem { media_id, document, .. } in page {
                let Some(document) = document.filter(|_| left.contains(&media_id)) else { continue };
                if self.check_candidate(&media_id, &document) {
                    return Ok(Some(media_id));
                }
                left.retain(|other| *other != media_id);
            }
        }
        for media_id in left {
            if self.fetch_and_check(&media_id, client).await? {
                return Ok(Some(media_id));
            }
        }
        Ok(None)
    }

    fn is_candidate(&self, draft: &DraftListItem, client: &Client) -> bool {
        let ahead = client.clock_ahead().unwrap_or_default().max(TimeDelta::zero());
        let earliest = (self.began_at - ahead - CLOCKS_DIFFER).timestamp();
        !self.ruled_out.contains(&draft.media_id) && draft.update_time.is_none_or(|saved| saved >= earliest)
    }

    async fn fetch_and_check(&mut self, media_id: &MediaId, client: &Client) -> Result<bool, Error> {
        let fetched = match client.draft_get(media_id).await {
            Ok(fetched) => fetched,
            // It left the box meanwhile, or cannot be read yet; a later search may find it.
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::NoArticles) => return Ok(false),
            Err(error) => return Err(error),
        };
        Ok(self.check_candidate(media_id, &fetched.document))
    }

    /// Compares a document with the draft to search for; one that differs is ruled out.
    fn check_candidate(&mut self, media_id: &MediaId, document: &[u8]) -> bool {
        let is_found = report::is_made_of(self.articles, document);
        if !is_found {
            self.ruled_out.insert(media_id.clone());
        }
        is_found
    }
}
