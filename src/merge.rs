//! Merging: what another archive knows comes into this one. A plan says first what would come.
//!
//! Versions of this archive keep their numbers for ever: links, events and exports name them. So a version comes over where it is newer than the
//! newest that is here, with the next number; what belongs between two versions, or before the first, stays where it is, and the plan says so.
//! Each version is one transaction with its pin and its events, proven before its commit. A merge that was cut off is completed by the next
//! one: what came over is known then.

mod align;
mod plan;

use std::collections::BTreeMap;

use self::plan::{Comparison, OtherDraft, compare};
pub use self::plan::{DraftPlan, MergePlan, plan};
use crate::archive::{
    AccountId, AccountPlace, AccountRow, ComingVersion, DraftRecords, DraftRow, Error, ImportedVersion, MergedRecords,
    MergedVersion, PrunedRange, Reader, Version, Writer,
};
use crate::canonical;
use crate::model::Timestamp;

/// So often a draft is compared anew, where others add versions to it meanwhile.
const TRIES: u32 = 5;

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

/// Brings what is new in `there` into an archive, of which `here` reads and `writer` writes. `there` must have been proven. `on_step` is
/// called before each draft and before each version.
///
/// # Errors
///
/// Where one of the archives fails, or [`Error::Overtaken`]. What came over before stays, and the next merge goes on.
pub fn merge(
    there: &Reader,
    here: &Reader,
    writer: &mut Writer,
    now: Timestamp,
    on_step: &mut dyn FnMut(Progress),
) -> Result<Merged, Error> {
    let rows = plan::accounts(there)?;
    let mut merge = Merge {
        there,
        here,
        writer,
        last: there.max_draft_id()?,
        accounts: BTreeMap::new(),
        versions: Vec::new(),
        done: 0,
        of: plan::count(there)?,
        on_step,
        merged: Merged::default(),
    };
    let mut at = 0;
    while let Some(draft) = there.next_draft_id(at)? {
        merge.tell();
        merge.draft(draft, &rows)?;
        (at, merge.done) = (draft, merge.done + 1);
    }
    merge.rest(now)?;
    Ok(merge.merged)
}

/// Where a version goes that comes over.
struct NextPlace<'a> {
    number: u64,
    /// The number of the newest version here before.
    newest: u64,
    /// What was pruned of the draft there, where its numbers are those of here.
    pruned: &'a [PrunedRange],
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
    /// How many drafts are done, and how many there are.
    done: u64,
    of: u64,
    on_step: &'a mut dyn FnMut(Progress),
    merged: Merged,
}

impl Merge<'_> {
    fn draft(&mut self, id: i64, rows: &BTreeMap<String, AccountRow>) -> Result<(), Error> {
        let draft = OtherDraft::find(self.there, id, rows)?;
        let account = match self.accounts.get(&draft.account.name) {
            Some(id) => *id,
            None => self.account(draft.account)?,
        };
        let records = self.there.draft_records(id)?;
        let mut versions = self.versions_of(account, &draft, &records)?;
        self.writer.import_presence(account, &draft.row)?;
        self.merged.records.events_left += records.events_left(&versions);
        self.versions.append(&mut versions);
        Ok(())
    }

    /// Brings over the versions of a draft and what is recorded of them. Returns all that are here then. Where another process adds a version
    /// meanwhile, the histories are compared anew.
    fn versions_of(
        &mut self,
        account: AccountId,
        draft: &OtherDraft<'_>,
        records: &DraftRecords,
    ) -> Result<Vec<MergedVersion>, Error> {
        for _ in 0..TRIES {
            // Before the histories: a version that comes in between is one that they may lack.
            let newest = self.writer.newest_number(account, &draft.row.media_id)?;
            let found = compare(Some(self.here), self.there, draft.clone())?;
            let mut versions = found.same();
            let same = self.writer.merge_records(account, &versions, records)?;
            self.merged.records.add(same);
            if self.bring(account, &found, records, newest, &mut versions)? {
                return Ok(versions);
            }
        }
        Err(Error::Overtaken(draft.row.media_id.clone()))
    }

    /// Brings over the versions that are newer than the newest one here; `versions` are those that are here already, and get them. Returns
    /// `false` where another process has added a version.
    fn bring(
        &mut self,
        account: AccountId,
        found: &Comparison<'_>,
        records: &DraftRecords,
        mut newest: u64,
        versions: &mut Vec<MergedVersion>,
    ) -> Result<bool, Error> {
        let pruned = self.there.pruned_ranges(found.there.row.id)?;
        let mut has_own_numbers = versions.iter().all(MergedVersion::has_own_number);
        let mut is_new = found.is_new();
        for version in found.coming() {
            has_own_numbers = has_own_numbers && follows(newest, version.number, &pruned);
            let number = if has_own_numbers { version.number } else { newest + 1 };
            let place = NextPlace { number, newest, pruned: if has_own_numbers { &pruned } else { &[] } };
            let Some(version) = self.version(account, &found.there.row, version, &place, records)? else {
                return Ok(false);
            };
            versions.push(version);
            self.merged.drafts += u64::from(std::mem::take(&mut is_new));
            newest = number;
        }
        Ok(true)
    }

    fn account(&mut self, row: &AccountRow) -> Result<AccountId, Error> {
        let is_new = matches!(self.here.account_place(row)?, AccountPlace::New(_));
        let (id, _) = self.writer.merge_account(row)?;
        self.merged.accounts += u64::from(is_new);
        self.accounts.insert(row.name.clone(), id);
        Ok(id)
    }

    /// Brings a version over; `None` where another process has added one.
    fn version(
        &mut self,
        account: AccountId,
        row: &DraftRow,
        version: &Version,
        place: &NextPlace<'_>,
        records: &DraftRecords,
    ) -> Result<Option<MergedVersion>, Error> {
        self.tell();
        let document = self.there.document(version)?;
        let canonical = canonical::canonicalise(&document).map_err(|error| Error::Damaged(error.to_string()))?;
        let imported = ImportedVersion {
            number: place.number,
            pruned: place.pruned,
            lost: &[],
            hash: version.hash,
            hash_version: version.hash_version,
            observed_at: version.observed_at,
            update_time: version.update_time.map(|time| time.timestamp()),
            document: &document,
            canonical: &canonical,
        };
        let coming = ComingVersion { there: version, imported, newest: place.newest, records };
        let Some((version, records)) = self.writer.merge_version(account, row, &coming, self.last)? else {
            return Ok(None);
        };
        self.merged.versions += 1;
        self.merged.records.add(records);
        Ok(Some(version))
    }

    fn tell(&mut self) {
        (self.on_step)(Progress { drafts: self.done, of: self.of, versions: self.merged.versions });
    }

    /// Brings over what belongs to several drafts: restores and pictures.
    fn rest(&mut self, now: Timestamp) -> Result<(), Error> {
        let restores = self.writer.merge_restores(self.there, &self.versions, &self.accounts)?;
        self.merged.records.add(restores);
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
