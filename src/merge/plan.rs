//! What a merge would bring, before it brings it.

use std::collections::BTreeMap;

use super::align::{Place, Seen, align};
use crate::archive::{AccountPlace, AccountRow, DraftRow, Error, HistoryEntry, MergedVersion, Reader, Version};

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
        let found = compare(here, there, OtherDraft::find(there, id, &rows)?)?;
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
        let (there, here) = (&found.there.account.name, found.place.name());
        if matches!(found.place, AccountPlace::New(_)) && !self.new_accounts.iter().any(|name| name == here) {
            self.new_accounts.push(here.to_owned());
        }
        if there != here && !self.renamed.iter().any(|(name, _)| name == there) {
            self.renamed.push((there.clone(), here.to_owned()));
        }
    }
}

/// A draft of the other archive.
#[derive(Clone)]
pub(super) struct OtherDraft<'a> {
    pub(super) account: &'a AccountRow,
    pub(super) row: DraftRow,
}

impl<'a> OtherDraft<'a> {
    /// Finds the draft of that number, and its account.
    pub(super) fn find(there: &Reader, id: i64, rows: &'a BTreeMap<String, AccountRow>) -> Result<Self, Error> {
        let (name, row) = there.draft_row(id)?;
        let account = rows.get(&name).ok_or_else(|| Error::Damaged(format!("the account {name} has no row")))?;
        Ok(Self { account, row })
    }
}

/// A draft there, beside the same draft here.
pub(super) struct Comparison<'a> {
    pub(super) there: OtherDraft<'a>,
    place: AccountPlace,
    id: Option<i64>,
    ours: Vec<HistoryEntry>,
    theirs: Vec<HistoryEntry>,
    /// Where each of theirs belongs.
    places: Vec<Place>,
}

impl Comparison<'_> {
    fn plan(&self) -> DraftPlan {
        let left = self.places_of_theirs().filter(|(_, place)| *place == Place::Between);
        DraftPlan {
            account: self.place.name().to_owned(),
            media_id: self.there.row.media_id.as_str().to_owned(),
            title: self.theirs.last().map(|newest| newest.version.title.clone()).unwrap_or_default(),
            id: self.id,
            newest: self.ours.last().map_or(0, |newest| newest.version.number),
            versions: self.coming().count() as u64,
            left: left.map(|(their, _)| their.number).collect(),
        }
    }

    fn places_of_theirs(&self) -> impl Iterator<Item = (&Version, Place)> {
        self.theirs.iter().zip(&self.places).map(|(their, place)| (&their.version, *place))
    }

    /// Returns the versions that come over: all the newest ones there.
    pub(super) fn coming(&self) -> impl Iterator<Item = &Version> {
        self.places_of_theirs().filter(|(_, place)| *place == Place::After).map(|(their, _)| their)
    }

    /// Returns the versions that are here as well.
    pub(super) fn same(&self) -> Vec<MergedVersion> {
        let same = |(their, place)| match (place, self.id) {
            (Place::Same(at), Some(id)) => Some(MergedVersion::new(their, id, self.ours[at].version.number)),
            _ => None,
        };
        self.places_of_theirs().filter_map(same).collect()
    }

    pub(super) fn is_new(&self) -> bool {
        self.id.is_none()
    }
}

/// Compares a draft there with the same draft here.
pub(super) fn compare<'a>(
    here: Option<&Reader>,
    there: &Reader,
    draft: OtherDraft<'a>,
) -> Result<Comparison<'a>, Error> {
    let place = match here {
        Some(here) => here.account_place(draft.account)?,
        None => AccountPlace::New(draft.account.name.clone()),
    };
    let (mut id, mut ours) = (None, Vec::new());
    if let (Some(here), AccountPlace::Known(name)) = (here, &place) {
        id = here.draft_id(name, &draft.row.media_id)?;
        ours = id.map_or(Ok(Vec::new()), |id| here.history(id))?;
    }
    let theirs = there.history(draft.row.id)?;
    let seen = |entries: &[HistoryEntry]| -> Vec<Seen> {
        let seen = |entry: &HistoryEntry| Seen {
            hash: entry.hash,
            observed_at: entry.version.observed_at,
            update_time: entry.version.update_time,
        };
        entries.iter().map(seen).collect()
    };
    let places = align(&seen(&ours), &seen(&theirs));
    Ok(Comparison { there: draft, place, id, ours, theirs, places })
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
