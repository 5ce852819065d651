//! Compares two versions of one draft.

use crate::archive::{Draft, Error, Reader, Version};
use crate::diff::{self, Content, Diff};
use crate::lookup::{self, LookupError, VersionKey, VersionRef};
use crate::model::Article;

/// Two versions of one draft and their difference.
#[derive(Debug)]
pub struct Comparison {
    pub draft: Draft,
    pub from: Version,
    pub to: Version,
    /// Of the two versions, as received.
    pub articles: [Vec<Article>; 2],
    pub diff: Diff,
    /// Why what is told of the draft and of the two versions may be wrong, beside what they say.
    pub doubt: Option<String>,
}

/// Why two versions cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// Nothing was said but the draft, and it has one version.
    #[error("draft {} has version {number} only, and none to compare it with", .meant.draft)]
    OnlyVersion { meant: VersionRef, number: u64 },
    #[error(transparent)]
    Lookup(#[from] LookupError),
}

impl From<Error> for CompareError {
    fn from(error: Error) -> Self {
        Self::Lookup(error.into())
    }
}

/// Compares `from` with the version `to` of the same draft, by default the newest. A draft alone compares its last two versions.
///
/// # Errors
///
/// If a version is not found or cannot be read; see [`CompareError`].
pub fn compare(reader: &Reader, from: &VersionRef, to: Option<VersionKey>) -> Result<Comparison, CompareError> {
    let draft = lookup::find_draft(reader, &from.draft)?;
    let (older, newer) = numbers(reader, &draft, from, to)?;
    let from = lookup::read_version(reader, &draft, older)?;
    let to = lookup::read_version(reader, &draft, newer)?;
    let read = |version| content(&draft, version, &lookup::read_document(reader, &draft, version)?);
    let [older, newer] = [read(&from)?, read(&to)?];
    let diff = diff::between(&older, &newer);
    let doubt = match reader.doubt_of_version(draft.id, from.number)? {
        None => reader.doubt_of_version(draft.id, to.number)?,
        doubt => doubt,
    };
    Ok(Comparison { draft, from, to, articles: [older.into_received(), newer.into_received()], diff, doubt })
}

/// Returns the numbers of the two versions that are meant.
fn numbers(
    reader: &Reader,
    draft: &Draft,
    from: &VersionRef,
    to: Option<VersionKey>,
) -> Result<(u64, u64), CompareError> {
    let all = reader.version_numbers(draft.id)?;
    let is_draft_alone = to.is_none() && from.version == VersionKey::Back(0);
    if let ([number], true, 0) = (&all[..], is_draft_alone, draft.unnumbered) {
        return Err(CompareError::OnlyVersion { meant: from.clone(), number: *number });
    }
    let older = if is_draft_alone { VersionKey::Back(1) } else { from.version };
    let number = |key| lookup::version_number(reader, draft, &all, key, &from.draft);
    Ok((number(older)?, number(to.unwrap_or(VersionKey::Back(0)))?))
}

fn content(draft: &Draft, version: &Version, document: &[u8]) -> Result<Content, LookupError> {
    let unreadable = |error: crate::canonical::Malformed| {
        lookup::unreadable(draft, version.number, Error::Damaged(error.to_string()))
    };
    Content::read(document).map_err(unreadable)
}
