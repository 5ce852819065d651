//! From what was typed to the draft and the version that are meant.

use super::draft_ref::{DraftKey, DraftRef, SHORTEST_PREFIX, VersionKey};
use super::list::{common_prefix_len, title};
use super::{ArchivePath, CommandContext, CommandError, Exit};
use crate::archive::{Draft, Error, Filter, Identity, Reader, Version};
use crate::config::{self, Account, Config};
use crate::invocation::for_the_shell;
use crate::model::AccountName;
use crate::sanitize;

/// How many drafts are told where one was meant.
const MOST_CANDIDATES: usize = 8;

/// Finds the draft that is meant: by its number or media_id, else by its title, else by a title that it had.
///
/// # Errors
///
/// [`Exit::NotFound`] where there is none, [`Exit::Usage`] where there are several; both tell candidates.
pub(super) fn draft(reader: &Reader, meant: &DraftRef) -> Result<Draft, CommandError> {
    let (mut found, damaged) = reader.readable_drafts(&filter(meant))?;
    if let DraftKey::Text(text) = &meant.draft {
        found = named(reader, found, text)?;
        if found.is_empty() && text.is_ascii() && text.len() < SHORTEST_PREFIX {
            return Err(too_short(reader, meant, text)?);
        }
    }
    match found.len() {
        0 => match damaged.into_iter().next() {
            Some(damage) => {
                Err(Error::Damaged(format!("draft {} cannot be read: {}", damage.typed_id(), damage.reason)).into())
            }
            None => Err(unknown(reader, meant)?),
        },
        1 => Ok(found.remove(0)),
        _ => Err(ambiguous(meant, &found)),
    }
}

/// Returns the drafts whose media_id is `text`, or else begins so; or else whose title is `text`, or else holds it; or else
/// those that once had such a title.
fn named(reader: &Reader, drafts: Vec<Draft>, text: &str) -> Result<Vec<Draft>, CommandError> {
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

/// Makes sure that the archive knows an account; one that was never polled was probably mistyped. An archive without any
/// account has nothing to compare with.
fn account(reader: &Reader, name: &AccountName) -> Result<(), CommandError> {
    let accounts = reader.accounts()?;
    let known: Vec<_> = accounts.iter().map(String::as_str).collect();
    if known.is_empty() || known.contains(&name.as_str()) {
        return Ok(());
    }
    Err(unknown_account("the archive has", name.as_str(), &known))
}

/// Returns the name by which the archive knows an account of the configuration: one that was renamed since the last poll has
/// its old name there.
pub(super) fn known_as(
    reader: &Reader,
    name: &AccountName,
    archive: &ArchivePath,
    context: &CommandContext,
) -> Result<AccountName, CommandError> {
    let renamed = if archive.archive.is_none() { renamed_from(reader, name, context)? } else { None };
    match renamed {
        Some(from) => Ok(from),
        None => account(reader, name).map(|()| name.clone()),
    }
}

fn renamed_from(
    reader: &Reader,
    name: &AccountName,
    context: &CommandContext,
) -> Result<Option<AccountName>, CommandError> {
    let config = Config::load_without_secrets(&context.config)?;
    let Some(account) = config.accounts.iter().find(|account| account.name == *name) else { return Ok(None) };
    match reader.identity(name, &account.appid)? {
        // A name of the archive keeps the rules of names.
        Identity::Renamed { from } => Ok(from.parse().ok()),
        _ => Ok(None),
    }
}

/// Finds an account of the configuration.
pub(super) fn find_account<'a>(config: &'a Config, name: &str) -> Result<&'a Account, CommandError> {
    config.accounts.iter().find(|account| account.name.as_str() == name).ok_or_else(|| {
        let known: Vec<_> = config.accounts.iter().map(|account| account.name.as_str()).collect();
        unknown_account("the configuration has", name, &known)
    })
}

/// Tells that `there is` no account of this name, and which there are.
pub(super) fn unknown_account(there_is: &str, name: &str, known: &[&str]) -> CommandError {
    let error = CommandError::new(Exit::NotFound, format!("{there_is} no account {name}"));
    let error = match config::suggest(name, known.iter().copied()) {
        Some(meant) => error.hint(format!("Did you mean {meant}?")),
        None => error,
    };
    let more = known.len().saturating_sub(MOST_CANDIDATES);
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    error.hint(format!("There are: {}{and_more}", known[..known.len() - more].join(", ")))
}

/// Finds the number of the version that is meant, in those of a draft, newest first. Only its own row need be sound.
pub(super) fn number(newest_first: &[u64], meant: VersionKey, of: &DraftRef) -> Result<u64, CommandError> {
    let found = match meant {
        VersionKey::Number(number) => newest_first.iter().find(|&&each| each == u64::from(number)),
        VersionKey::Back(back) => newest_first.get(back as usize),
    };
    found.copied().ok_or_else(|| {
        let there = match newest_first {
            [] => "no version".to_owned(),
            [only] => format!("version {only} only"),
            [newest, .., oldest] => format!("versions {oldest} to {newest}"),
        };
        let typed = match meant {
            VersionKey::Number(number) => format!("@{number}"),
            VersionKey::Back(back) => format!("@-{back}"),
        };
        CommandError::new(Exit::NotFound, format!("draft {of} has {there}, none is {typed}"))
            .hint(format!("See its versions: draftkeep log {}", for_the_shell(&of.to_string())))
    })
}

/// Reads a version's row.
pub(super) fn version(reader: &Reader, draft: &Draft, number: u64) -> Result<Version, CommandError> {
    reader.version(draft.id, number).map_err(|error| unreadable(draft, number, error))
}

/// Reads a version's document as received.
pub(super) fn document(reader: &Reader, draft: &Draft, version: &Version) -> Result<Vec<u8>, CommandError> {
    reader.document(version).map_err(|error| unreadable(draft, version.number, error))
}

/// Tells which version it is that cannot be read, where the archive is damaged.
pub(super) fn unreadable(draft: &Draft, number: u64, error: Error) -> CommandError {
    let Error::Damaged(reason) = error else { return error.into() };
    CommandError::new(Exit::Damaged, format!("{} cannot be read: {reason}", version_label(draft, number)))
        .hint(format!("See which of its versions can be: draftkeep log {}/{}", draft.account, draft.id))
        .with_ways_out()
}

/// Returns a version's name, as it is typed.
pub(super) fn version_label(draft: &Draft, number: u64) -> String {
    format!("{}/{}@{number}", draft.account, draft.id)
}

fn filter(meant: &DraftRef) -> Filter {
    let account = meant.account.as_ref().map(ToString::to_string);
    let id = match &meant.draft {
        DraftKey::Id(id) => Some(*id),
        DraftKey::Text(_) => None,
    };
    Filter { account, id, prefix: None }
}

fn too_short(reader: &Reader, meant: &DraftRef, text: &str) -> Result<CommandError, CommandError> {
    if let Some(name) = &meant.account {
        account(reader, name)?;
    }
    let message = format!("no title holds {text:?}, and it is too short for the beginning of a media_id");
    Ok(CommandError::new(Exit::NotFound, message).hint("See what there is: draftkeep list"))
}

fn ambiguous(meant: &DraftRef, found: &[Draft]) -> CommandError {
    let error =
        CommandError::new(Exit::Usage, format!("{meant} is the beginning or the title of {} drafts", found.len()));
    let error = found.iter().take(MOST_CANDIDATES).fold(error, |error, draft| error.hint(candidate(draft)));
    match found.len().saturating_sub(MOST_CANDIDATES) {
        0 => error,
        more => error.hint(format!("Or one of {more} more; see them all: draftkeep list")),
    }
}

fn unknown(reader: &Reader, meant: &DraftRef) -> Result<CommandError, CommandError> {
    if let Some(name) = &meant.account {
        account(reader, name)?;
    }
    let drafts = reader.drafts(&Filter::default())?;
    let error = CommandError::new(Exit::NotFound, format!("the archive has no draft {meant}"));
    let near = nearest(meant, &drafts);
    Ok(match near.is_empty() {
        true => error.hint("See what there is: draftkeep list"),
        false => near.into_iter().fold(error, |error, draft| error.hint(candidate(draft))),
    })
}

/// Returns the drafts that may have been meant: their titles hold what was typed, or their ids are half alike.
fn nearest<'a>(meant: &DraftRef, drafts: &'a [Draft]) -> Vec<&'a Draft> {
    let likeness = |draft: &Draft| match &meant.draft {
        DraftKey::Text(text) if draft.title.contains(text.as_str()) => usize::MAX,
        DraftKey::Text(text) if draft.media_id == *text => usize::MAX,
        DraftKey::Text(text) => {
            let common = common_prefix_len(text, &draft.media_id) + common_suffix_len(text, &draft.media_id);
            if 2 * common >= text.len() { common } else { 0 }
        }
        // The number is right, the account is not.
        DraftKey::Id(id) => usize::from(draft.id == *id),
    };
    let mut near: Vec<_> =
        drafts.iter().map(|draft| (likeness(draft), draft)).filter(|(score, _)| *score > 0).collect();
    near.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    near.into_iter().take(3).map(|(_, draft)| draft).collect()
}

/// Counts the characters at the end that `text` has in common with `id`, or with the beginning of it that was probably
/// meant: as long as `text`, or one character off.
fn common_suffix_len(text: &str, id: &str) -> usize {
    let typed = text.chars().count();
    let meant = [typed.saturating_sub(1), typed, typed + 1, usize::MAX].map(|length| {
        let end = id.char_indices().nth(length).map_or(id.len(), |(at, _)| at);
        let backwards = |text: &str| text.chars().rev().collect::<String>();
        common_prefix_len(&backwards(text), &backwards(&id[..end]))
    });
    meant.into_iter().max().unwrap_or(0)
}

fn candidate(draft: &Draft) -> String {
    format!("Did you mean {}/{}? {} {}", draft.account, draft.id, draft.media_id, sanitize::line(&title(&draft.title)))
}
