//! Finds the draft and the version that a person names.
//!
//! A person types a number, a `media_id` or its beginning, or a title ([`DraftRef`]); a program that calls these functions passes the
//! same. If nothing or too much is found, [`LookupError`] holds what can be offered instead.

mod draft_ref;
mod similar;

pub use self::draft_ref::{DraftKey, DraftRef, SHORTEST_PREFIX, VersionKey, VersionRef};
pub use self::similar::common_prefix_len;
use crate::archive::{Draft, Error, Filter, Reader, Version};
use crate::model::{AccountName, Timestamp, rfc3339};

/// Why no draft or version was found.
#[derive(Debug, thiserror::Error)]
pub enum LookupError {
    #[error("the archive has no account {name}")]
    UnknownAccount {
        name: AccountName,
        /// The accounts that the archive has.
        known: Vec<String>,
    },
    /// Too short for the beginning of a `media_id`, and no title holds it.
    #[error("no title holds {0:?}, and it is too short for the beginning of a media_id")]
    TooShort(String),
    #[error("the archive has no draft {meant}")]
    NoDraft {
        meant: DraftRef,
        /// Drafts that may have been meant, the most similar first.
        similar: Vec<Draft>,
    },
    #[error("{meant} is the beginning or the title of {} drafts", .drafts.len())]
    Ambiguous { meant: DraftRef, drafts: Vec<Draft> },
    #[error("draft {draft} has {}, none is {version}", versions(.numbers))]
    NoVersion {
        draft: DraftRef,
        version: VersionKey,
        /// The versions that the draft has, newest first.
        numbers: Vec<u64>,
    },
    /// It was there.
    #[error("{label} was pruned at {}", rfc3339(*.pruned_at))]
    Pruned {
        /// As it is typed.
        label: String,
        /// The number of its draft.
        draft: i64,
        number: u64,
        pruned_at: Timestamp,
    },
    /// It was there, and the archive was damaged.
    #[error("{label} is lost: the repair at {} did not find it", rfc3339(*.repaired_at))]
    Lost {
        /// As it is typed.
        label: String,
        /// The number of its draft.
        draft: i64,
        number: u64,
        repaired_at: Timestamp,
    },
    /// The archive is damaged there.
    #[error("{account}/{id}@{version} cannot be read: {reason}")]
    Unreadable { account: String, id: i64, version: u64, reason: String },
    #[error(transparent)]
    Archive(#[from] Error),
}

/// Finds a draft by its number or `media_id`, else by its title, else by a title that it had.
///
/// # Errors
///
/// If none or more than one is found; see [`LookupError`].
pub fn find_draft(reader: &Reader, meant: &DraftRef) -> Result<Draft, LookupError> {
    let (mut found, damaged) = reader.readable_drafts(&filter(meant))?;
    if let DraftKey::Text(text) = &meant.draft {
        found = with_text(reader, found, text)?;
        if found.is_empty() && text.is_ascii() && text.len() < SHORTEST_PREFIX {
            check_account(reader, meant)?;
            return Err(LookupError::TooShort(text.clone()));
        }
    }
    match found.len() {
        0 => match damaged.into_iter().next() {
            Some(damage) => {
                Err(Error::Damaged(format!("draft {} cannot be read: {}", damage.typed_id(), damage.reason)).into())
            }
            None => Err(no_draft(reader, meant)?),
        },
        1 => Ok(found.remove(0)),
        _ => Err(LookupError::Ambiguous { meant: meant.clone(), drafts: found }),
    }
}

/// Finds a draft and one of its versions.
///
/// # Errors
///
/// As [`find_draft`] and [`version_number`]; [`LookupError::Unreadable`] if the version's row is damaged.
pub fn find_version(reader: &Reader, meant: &VersionRef) -> Result<(Draft, Version), LookupError> {
    let draft = find_draft(reader, &meant.draft)?;
    let numbers = reader.version_numbers(draft.id)?;
    let number = version_number(reader, &draft, &numbers, meant.version, &meant.draft)?;
    let version = read_version(reader, &draft, number)?;
    Ok((draft, version))
}

/// Returns the number of the version that is meant. `numbers` are those of the draft, newest first; other versions may be damaged.
///
/// # Errors
///
/// [`LookupError::NoVersion`], [`LookupError::Pruned`] and [`LookupError::Lost`]; [`Error::Damaged`] where it may be one whose number is damaged.
pub fn version_number(
    reader: &Reader,
    draft: &Draft,
    numbers: &[u64],
    meant: VersionKey,
    of: &DraftRef,
) -> Result<u64, LookupError> {
    let found = match meant {
        VersionKey::Number(number) => numbers.iter().find(|&&each| each == u64::from(number)),
        VersionKey::Back(back) => numbers.get(back as usize),
    };
    if let (None, VersionKey::Number(number)) = (found, meant)
        && let Some(pruned_at) = reader.pruned_at(draft.id, number.into())?
    {
        return Err(LookupError::Pruned {
            label: version_label(draft, number.into()),
            draft: draft.id,
            number: number.into(),
            pruned_at,
        });
    }
    if let (None, VersionKey::Number(number)) = (found, meant)
        && let Some(lost) = reader.lost_versions(draft.id)?.into_iter().find(|lost| lost.number == u64::from(number))
    {
        let label = version_label(draft, lost.number);
        return Err(LookupError::Lost { label, draft: draft.id, number: lost.number, repaired_at: lost.repaired_at });
    }
    let none = || match draft.unnumbered {
        0 => LookupError::NoVersion { draft: of.clone(), version: meant, numbers: numbers.to_vec() },
        _ => Error::Damaged(unnumbered(draft)).into(),
    };
    found.copied().ok_or_else(none)
}

/// Names a version among those that a draft has. After pruning, numbers are higher than the count.
pub fn version_of(draft: &Draft, number: u64) -> String {
    match number > draft.versions {
        true => format!("version {number} ({} kept)", draft.versions),
        false => format!("version {number} of {}", draft.versions),
    }
}

/// Says that versions of a draft have damaged numbers.
pub fn unnumbered(draft: &Draft) -> String {
    let Draft { account, id, unnumbered, .. } = draft;
    let (versions, these) = match unnumbered {
        1 => ("1 version".to_owned(), "it"),
        many => (format!("{many} versions"), "each of them"),
    };
    format!("the number of {versions} of {account}/{id} is damaged; {these} may be any version, also the newest")
}

/// Reads a version's row.
///
/// # Errors
///
/// [`LookupError::Unreadable`] if it is damaged.
pub fn read_version(reader: &Reader, draft: &Draft, number: u64) -> Result<Version, LookupError> {
    reader.version(draft.id, number).map_err(|error| unreadable(draft, number, error))
}

/// Reads a version's document as received.
///
/// # Errors
///
/// [`LookupError::Unreadable`] if it is damaged.
pub fn read_document(reader: &Reader, draft: &Draft, version: &Version) -> Result<Vec<u8>, LookupError> {
    reader.document(version).map_err(|error| unreadable(draft, version.number, error))
}

/// Adds to an error which version it is about, if the archive is damaged there.
pub fn unreadable(draft: &Draft, number: u64, error: Error) -> LookupError {
    match error {
        Error::Damaged(reason) => {
            LookupError::Unreadable { account: draft.account.clone(), id: draft.id, version: number, reason }
        }
        error => error.into(),
    }
}

/// Returns a version's name as it is typed: `mag/3@2`.
pub fn version_label(draft: &Draft, number: u64) -> String {
    format!("{}/{}@{number}", draft.account, draft.id)
}

/// Checks that the archive has an account; a name that was never polled was probably mistyped. An archive without accounts accepts
/// every name.
///
/// # Errors
///
/// [`LookupError::UnknownAccount`].
pub fn check_known(reader: &Reader, name: &AccountName) -> Result<(), LookupError> {
    let known = reader.accounts()?;
    if known.is_empty() || known.iter().any(|account| account == name.as_str()) {
        return Ok(());
    }
    Err(LookupError::UnknownAccount { name: name.clone(), known })
}

/// Returns the drafts whose `media_id` is `text`; else those whose `media_id` begins with it, whose title is it, whose title holds it,
/// or whose title once held it: the first group that is not empty.
fn with_text(reader: &Reader, drafts: Vec<Draft>, text: &str) -> Result<Vec<Draft>, LookupError> {
    let is_prefix = text.chars().count() >= SHORTEST_PREFIX;
    let ways: [&dyn Fn(&Draft) -> bool; 4] = [
        &|draft| draft.media_id == text,
        &|draft| is_prefix && draft.media_id.starts_with(text),
        &|draft| draft.title == text,
        &|draft| draft.title.contains(text),
    ];
    for is_meant in ways {
        if drafts.iter().any(is_meant) {
            return Ok(drafts.into_iter().filter(is_meant).collect());
        }
    }
    let ids = reader.drafts_once_titled(text)?;
    Ok(drafts.into_iter().filter(|draft| ids.contains(&draft.id)).collect())
}

fn filter(meant: &DraftRef) -> Filter {
    let account = meant.account.as_ref().map(ToString::to_string);
    let id = match &meant.draft {
        DraftKey::Id(id) => Some(*id),
        DraftKey::Text(_) => None,
    };
    Filter { account, id, prefix: None }
}

fn check_account(reader: &Reader, meant: &DraftRef) -> Result<(), LookupError> {
    meant.account.as_ref().map_or(Ok(()), |name| check_known(reader, name))
}

fn no_draft(reader: &Reader, meant: &DraftRef) -> Result<LookupError, LookupError> {
    check_account(reader, meant)?;
    let drafts = reader.drafts(&Filter::default())?;
    Ok(LookupError::NoDraft { meant: meant.clone(), similar: similar::similar(meant, drafts) })
}

fn versions(newest_first: &[u64]) -> String {
    match newest_first {
        [] => "no version".to_owned(),
        [only] => format!("version {only} only"),
        [newest, .., oldest] => format!("versions {oldest} to {newest}"),
    }
}
