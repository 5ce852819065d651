//! What a write that waits would do, for whoever is to say yes.

use serde_json::json;

use super::error::GateError;
use super::request::GateRequest;
use crate::archive::{Draft, Error, Filter, GateRecord, Reader, unless_damaged};
use crate::canonical;
use crate::diff::{self, Content, Diff};
use crate::render;

/// What a write that waits would do.
#[derive(Debug)]
pub struct Proposal {
    pub request: GateRequest,
    /// The draft that it is about; `None` for a new one.
    pub draft: Option<Draft>,
    /// The number of the newest version of that draft.
    pub newest: Option<u64>,
    /// What it would change in that version; `None` where it writes no content of its own, or this cannot be told.
    pub diff: Option<Diff>,
    /// The text of a new draft.
    pub text: Option<String>,
}

impl Proposal {
    /// Reads it; `None` where the write has ended.
    ///
    /// # Errors
    ///
    /// If the archive cannot be read.
    pub fn read(record: &GateRecord, reader: &Reader) -> Result<Option<Self>, Error> {
        let Some(request) = GateRequest::of(record) else { return Ok(None) };
        let draft = match record.draft {
            Some(id) => reader.drafts(&Filter { id: Some(id), ..Filter::default() })?.pop(),
            None => None,
        };
        let newest = match &draft {
            Some(draft) => reader.version_numbers(draft.id)?.first().copied(),
            None => None,
        };
        let live = match (&draft, newest) {
            (Some(draft), Some(newest)) => unless_damaged(document(reader, draft.id, newest).map(Some))?,
            _ => None,
        };
        let outcome = request.outcome(live.as_deref()).ok().flatten();
        let text = outcome.as_deref().filter(|_| draft.is_none()).and_then(text);
        let diff = live.as_deref().zip(outcome.as_deref()).and_then(|(live, outcome)| between(live, outcome));
        Ok(Some(Self { request, draft, newest, diff, text }))
    }

    /// Returns the title of the draft, or that which a new one is to have.
    pub fn title(&self) -> Option<&str> {
        self.draft.as_ref().map(|draft| draft.title.as_str()).or(self.request.new_title())
    }
}

fn document(reader: &Reader, draft: i64, number: u64) -> Result<Vec<u8>, Error> {
    reader.document(&reader.version(draft, number)?)
}

fn between(live: &[u8], outcome: &[u8]) -> Option<Diff> {
    Some(diff::between(&Content::read(live).ok()?, &Content::read(outcome).ok()?))
}

fn text(outcome: &[u8]) -> Option<String> {
    Some(render::text(&canonical::articles(outcome).ok()?))
}

impl GateRequest {
    /// Returns what a write that waits or runs is to do; `None` once it has ended.
    pub fn of(record: &GateRecord) -> Option<Self> {
        serde_json::from_str(record.request.as_deref()?).ok()
    }

    /// Returns the title of the first article of a new draft.
    pub fn new_title(&self) -> Option<&str> {
        let Self::Create { articles } = self else { return None };
        articles.first()?.get("title")?.as_str()
    }

    /// Returns the document of a draft, which is now `live`, as this would leave it; `None` for what writes no content of its own.
    fn outcome(&self, live: Option<&[u8]>) -> Result<Option<Vec<u8>>, GateError> {
        let articles = match (self, live) {
            (Self::Create { articles }, _) => articles.clone(),
            (Self::Update { change, .. }, Some(live)) => {
                let now = canonical::fields(live).map_err(|error| GateError::Bad(error.to_string()))?;
                change.articles(&now)?
            }
            _ => return Ok(None),
        };
        Ok(Some(json!({ "news_item": articles }).to_string().into_bytes()))
    }
}
