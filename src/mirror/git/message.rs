//! The messages of commits: the draft, the account, and what changed, as `draftkeep log` says it.

use std::collections::{BTreeSet, HashMap};

use super::changes::NEWEST;
use super::draft::MirroredDraft;
use crate::archive::{Draft, Error, Filter, Reader};
use crate::export::DRAFT_FILE;
use crate::model::{rfc3339, shortened};
use crate::sanitize;
use crate::timeline::{self, Marks};

/// So many characters of a title are in the first line.
const LONGEST_TITLE: usize = 40;

/// What the versions of a draft changed, read once for all of its commits.
#[derive(Default)]
pub(super) struct Summaries(HashMap<(i64, u64), String>);

/// Says which version it is, and what it changed.
pub(super) fn of_version(
    reader: &Reader,
    draft: &MirroredDraft,
    number: u64,
    summaries: &mut Summaries,
) -> Result<String, Error> {
    let row = row(reader, draft)?;
    let version = reader.version(draft.id, number)?;
    if !summaries.0.contains_key(&(draft.id, number)) {
        read(reader, &row, number, summaries)?;
    }
    let changed = summaries.0.remove(&(draft.id, number)).unwrap_or_default();
    let subject = format!("{}/#{}@{number} {}: {changed}", draft.account, draft.id, title(&version.title));
    let saved = version.update_time.map_or_else(String::new, |saved| format!("Saved: {}\n", rfc3339(saved)));
    let body = format!(
        "Account: {}\nDraft: #{}, {}\nVersion: {number}, {}\nObserved: {}\n{saved}",
        draft.account,
        draft.id,
        row.media_id,
        version.hash,
        rfc3339(version.observed_at)
    );
    Ok(format!("{}\n\n{}", sanitize::line(&subject), sanitize::lines(&body)))
}

/// Says what else changed of a draft.
pub(super) fn of_draft(reader: &Reader, draft: &MirroredDraft, files: &BTreeSet<String>) -> Result<String, Error> {
    let row = row(reader, draft)?;
    let is_row = |file: &String| file.ends_with(&format!("/{DRAFT_FILE}"));
    let is_other = |file: &&String| !is_row(file) && !file.ends_with(NEWEST);
    let state = files.iter().any(is_row).then(|| row.state.as_str().to_owned());
    let pictures = files.iter().any(|file| is_other(&file)).then(|| "pictures arrived".to_owned());
    let what: Vec<String> = [state, pictures].into_iter().flatten().collect();
    let subject = format!("{}/#{} {}: {}", draft.account, draft.id, title(&row.title), what.join(", "));
    let body = format!("Account: {}\nDraft: #{}, {}\n", draft.account, draft.id, row.media_id);
    Ok(format!("{}\n\n{}", sanitize::line(&subject), sanitize::lines(&body)))
}

/// Reads what this version and all newer ones changed.
fn read(reader: &Reader, draft: &Draft, from: u64, summaries: &mut Summaries) -> Result<(), Error> {
    let numbers = reader.version_numbers(draft.id)?;
    let shown = numbers.iter().filter(|number| **number >= from).count();
    let (pruned, lost) = (reader.pruned_ranges(draft.id)?, reader.lost_versions(draft.id)?);
    let marks = Marks { pruned, lost, ..Marks::default() };
    for entry in timeline::entries(reader, draft, &numbers, shown, &marks, false)? {
        let changed = entry.changed.unwrap_or_else(|why| format!("what changed is not known: {why}"));
        summaries.0.insert((draft.id, entry.number), changed);
    }
    Ok(())
}

fn row(reader: &Reader, draft: &MirroredDraft) -> Result<Draft, Error> {
    let filter = Filter { id: Some(draft.id), ..Filter::default() };
    reader.drafts(&filter)?.pop().ok_or_else(|| Error::Damaged(format!("draft #{} is missing", draft.id)))
}

fn title(title: &str) -> String {
    match title {
        "" => "(no title)".to_owned(),
        title => format!("《{}》", shortened(title, LONGEST_TITLE)),
    }
}
