//! Merging: what another archive knows comes into this one. A plan says first what would come.
//!
//! Versions of this archive keep their numbers for ever: links, events and exports name them. So a version comes over where it is newer than the
//! newest that is here, with the next number; what belongs between two versions, or before the first, stays where it is, and the plan says so.
//! Each version is one transaction, proven before its commit, and records follow their versions. A merge that was cut off is completed by
//! the next one: what came over is known then.

mod align;
mod plan;

use std::collections::BTreeMap;

use self::plan::{Comparison, compare};
pub use self::plan::{DraftPlan, MergePlan, plan};
use crate::archive::{
    AccountId, AccountPlace, AccountRow, DraftRow, Error, ImportedVersion, MergedRecords, MergedVersion, PrunedRange,
    Reader, Version, Writer,
};
use crate::canonical;
use crate::model::Timestamp;

/// What came over.
#[derive(Debug, Default)]
pub struct Merged {
    pub accounts: u64,
    pub drafts: u64,
    pub versions: u64,
    pub pictures: u64,
    pub records: MergedRecords,
}

/// How far it is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    pub drafts: u64,
    pub of: u64,
    /// How many versions came over.
    pub versions: u64,
}

/// Brings what is new in `there` into an archive, of which `here` reads and `writer` writes. `there` must have been proven. `on_progress` is
/// called before each draft.
///
/// # Errors
///
/// Where one of the archives fails. What came over before stays, and the next merge goes on.
pub fn merge(
    there: &Reader,
    here: &Reader,
    writer: &mut Writer,
    now: Timestamp,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Merged, Error> {
    let mut merge = Merge {
        there,
        here,
        writer,
        last: there.max_draft_id()?,
        accounts: BTreeMap::new(),
        versions: Vec::new(),
        merged: Merged::default(),
    };
    let rows = plan::accounts(there)?;
    let of = plan::count(there)?;
    let (mut at, mut done) = (0, 0);
    while let Some(draft) = there.next_draft_id(at)? {
        on_progress(Progress { drafts: done, of, versions: merge.merged.versions });
        merge.draft(draft, &rows)?;
        (at, done) = (draft, done + 1);
    }
    merge.rest(now)?;
    Ok(merge.merged)
}

/// A running merge.
struct Merge<'a> {
    there: &'a Reader,
    here: &'a Reader,
    writer: &'a mut Writer,
    /// The greatest number of a draft there: what cannot keep its own gets a greater one.
    last: i64,
    /// The accounts that drafts came to, by their names there.
    accounts: BTreeMap<String, AccountId>,
    /// What is here of the versions there.
    versions: Vec<MergedVersion>,
    merged: Merged,
}

impl Merge<'_> {
    fn draft(&mut self, id: i64, rows: &BTreeMap<String, AccountRow>) -> Result<(), Error> {
        let Comparison { account, row, place, ours, theirs, places, .. } =
            compare(Some(self.here), self.there, id, rows)?;
        let account_id = match self.accounts.get(&account.name) {
            Some(id) => *id,
            None => self.account(account)?,
        };
        let mut draft = self.here.draft_id(place.name(), &row.media_id)?;
        let is_new = draft.is_none();
        let (pruned, mut newest) =
            (self.there.pruned_ranges(id)?, self.writer.newest_number(account_id, &row.media_id)?);
        let mut has_own_numbers = true;
        let mut versions = Vec::new();
        for (their, place) in theirs.iter().zip(&places) {
            let number = match place {
                align::Place::Between => continue,
                align::Place::Same(at) => ours[*at].version.number,
                align::Place::After => {
                    let own = their.version.number;
                    has_own_numbers = has_own_numbers && follows(newest, own, &pruned);
                    newest = if has_own_numbers { own } else { newest + 1 };
                    let pruned = if has_own_numbers { &pruned[..] } else { &[] };
                    draft = Some(self.version(account_id, &row, &their.version, newest, pruned)?);
                    newest
                }
            };
            has_own_numbers &= number == their.version.number;
            versions.extend(draft.map(|draft| MergedVersion::new(&their.version, draft, number)));
        }
        if draft.is_some() {
            self.writer.import_presence(account_id, &row)?;
        }
        self.merged.drafts += u64::from(is_new && draft.is_some());
        let records = self.writer.merge_draft_records(self.there, account_id, id, &versions)?;
        self.merged.records.pins += records.pins;
        self.merged.records.events += records.events;
        self.versions.append(&mut versions);
        Ok(())
    }

    fn account(&mut self, row: &AccountRow) -> Result<AccountId, Error> {
        let is_new = matches!(self.here.account_place(row)?, AccountPlace::New(_));
        let (id, _) = self.writer.merge_account(row)?;
        self.merged.accounts += u64::from(is_new);
        self.accounts.insert(row.name.clone(), id);
        Ok(id)
    }

    /// Brings a version over; returns the number of its draft.
    fn version(
        &mut self,
        account: AccountId,
        row: &DraftRow,
        version: &Version,
        number: u64,
        pruned: &[PrunedRange],
    ) -> Result<i64, Error> {
        let document = self.there.document(version)?;
        let canonical = canonical::canonicalise(&document).map_err(|error| Error::Damaged(error.to_string()))?;
        let imported = ImportedVersion {
            number,
            pruned,
            lost: &[],
            hash: version.hash,
            hash_version: version.hash_version,
            observed_at: version.observed_at,
            update_time: version.update_time.map(|time| time.timestamp()),
            document: &document,
            canonical: &canonical,
        };
        let draft = self.writer.import(account, row, &imported, self.last)?;
        self.merged.versions += 1;
        Ok(draft)
    }

    /// Brings over what belongs to several drafts: restores and pictures.
    fn rest(&mut self, now: Timestamp) -> Result<(), Error> {
        let restores = self.writer.merge_restores(self.there, &self.versions, &self.accounts)?;
        self.merged.records =
            MergedRecords { restores: restores.restores, restores_left: restores.restores_left, ..self.merged.records };
        for account in self.accounts.values() {
            while self.writer.extract_pictures(*account, now)? > 0 {}
        }
        self.merged.pictures = self.writer.take_pictures(self.there, now)?;
        Ok(())
    }
}

/// Returns whether a version comes next, or next but what was pruned.
fn follows(newest: u64, number: u64, pruned: &[PrunedRange]) -> bool {
    (newest + 1..number).all(|between| pruned.iter().any(|range| range.contains(between))) && number > newest
}
