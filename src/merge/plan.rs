//! What a merge would bring, before it brings it.

use std::collections::BTreeMap;

use super::align::{Place, Seen, align};
use crate::archive::{AccountPlace, AccountRow, DraftRow, Error, HistoryEntry, Reader};

/// What a merge would bring.
#[derive(Debug, Default)]
pub struct MergePlan {
    /// Accounts that would be new here, by their names here.
    pub new_accounts: Vec<String>,
    /// Accounts that have another name here: there, and here.
    pub renamed: Vec<(String, String)>,
    /// The drafts of which something would come over or stay behind.
    pub drafts: Vec<DraftPlan>,
    /// How many drafts there are.
    pub of: u64,
}

/// What a merge would bring of a draft.
#[derive(Clone, Debug)]
pub struct DraftPlan {
    /// The name of its account here.
    pub account: String,
    pub media_id: String,
    /// Of its newest version there.
    pub title: String,
    /// Its number here; `None` where it is new.
    pub id: Option<i64>,
    /// The number of its newest version here, 0 where it is new.
    pub newest: u64,
    /// How many versions would come over.
    pub versions: u64,
    /// The numbers there of those that would stay behind: they belong before the newest version here.
    pub left: Vec<u64>,
}

impl MergePlan {
    /// Returns how many versions would come over.
    pub fn versions(&self) -> u64 {
        self.drafts.iter().map(|draft| draft.versions).sum()
    }

    /// Returns how many versions would stay behind.
    pub fn left(&self) -> u64 {
        self.drafts.iter().map(|draft| draft.left.len() as u64).sum()
    }
}

/// Plans a merge of `there` into `here`, which need not be there yet.
///
/// # Errors
///
/// Where one of the archives cannot be read.
pub fn plan(here: Option<&Reader>, there: &Reader) -> Result<MergePlan, Error> {
    let rows = accounts(there)?;
    let mut plan = MergePlan { of: count(there)?, ..MergePlan::default() };
    let mut at = 0;
    while let Some(id) = there.next_draft_id(at)? {
        at = id;
        let found = compare(here, there, id, &rows)?;
        plan.note_account(&found);
        let draft = found.plan();
        if draft.versions > 0 || !draft.left.is_empty() {
            plan.drafts.push(draft);
        }
    }
    Ok(plan)
}

impl MergePlan {
    fn note_account(&mut self, found: &Comparison<'_>) {
        let (there, here) = (&found.account.name, found.place.name());
        if matches!(found.place, AccountPlace::New(_)) && !self.new_accounts.iter().any(|name| name == here) {
            self.new_accounts.push(here.to_owned());
        }
        if there != here && !self.renamed.iter().any(|(name, _)| name == there) {
            self.renamed.push((there.clone(), here.to_owned()));
        }
    }
}

/// A draft there, beside the same draft here.
pub(super) struct Comparison<'a> {
    pub(super) account: &'a AccountRow,
    pub(super) row: DraftRow,
    pub(super) place: AccountPlace,
    id: Option<i64>,
    pub(super) ours: Vec<HistoryEntry>,
    pub(super) theirs: Vec<HistoryEntry>,
    /// Where each of theirs belongs.
    pub(super) places: Vec<Place>,
}

impl Comparison<'_> {
    fn plan(&self) -> DraftPlan {
        let are = |wanted: Place| {
            self.theirs.iter().zip(&self.places).filter(move |(_, place)| **place == wanted).map(|(their, _)| their)
        };
        DraftPlan {
            account: self.place.name().to_owned(),
            media_id: self.row.media_id.as_str().to_owned(),
            title: self.theirs.last().map(|newest| newest.version.title.clone()).unwrap_or_default(),
            id: self.id,
            newest: self.ours.last().map_or(0, |newest| newest.version.number),
            versions: are(Place::After).count() as u64,
            left: are(Place::Between).map(|their| their.version.number).collect(),
        }
    }
}

/// Compares a draft there with the same draft here.
pub(super) fn compare<'a>(
    here: Option<&Reader>,
    there: &Reader,
    id: i64,
    rows: &'a BTreeMap<String, AccountRow>,
) -> Result<Comparison<'a>, Error> {
    let (name, row) = there.draft_row(id)?;
    let account = rows.get(&name).ok_or_else(|| Error::Damaged(format!("the account {name} has no row")))?;
    let place = match here {
        Some(here) => here.account_place(account)?,
        None => AccountPlace::New(name),
    };
    let (mut known, mut ours) = (None, Vec::new());
    if let (Some(here), AccountPlace::Known(name)) = (here, &place) {
        known = here.draft_id(name, &row.media_id)?;
        ours = known.map_or(Ok(Vec::new()), |id| here.history(id))?;
    }
    let theirs = there.history(id)?;
    let seen = |entries: &[HistoryEntry]| -> Vec<Seen> {
        let seen = |entry: &HistoryEntry| Seen {
            hash: entry.hash,
            observed_at: entry.version.observed_at,
            update_time: entry.version.update_time,
        };
        entries.iter().map(seen).collect()
    };
    let places = align(&seen(&ours), &seen(&theirs));
    Ok(Comparison { account, row, place, id: known, ours, theirs, places })
}

/// Returns the accounts of an archive by their names.
pub(super) fn accounts(there: &Reader) -> Result<BTreeMap<String, AccountRow>, Error> {
    Ok(there.account_rows()?.into_iter().map(|account| (account.name.clone(), account)).collect())
}

/// Counts the drafts of an archive.
pub(super) fn count(there: &Reader) -> Result<u64, Error> {
    let (mut count, mut at) = (0, 0);
    while let Some(id) = there.next_draft_id(at)? {
        (at, count) = (id, count + 1);
    }
    Ok(count)
}
