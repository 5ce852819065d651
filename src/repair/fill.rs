//! Versions that are lost or doubtful, from a copy that proves them.

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{Verdict, Verdicts, judge};
use super::source::Source;
use crate::archive::{
    AccountRow, Damage, DamageKind, DraftRow, Error, ImportedVersion, PrunedRange, Reader, Salvage, StoredDocument,
    Version,
};
use crate::canonical;
use crate::model::Hash;
use crate::verify;

/// A new archive that is filled from copies.
pub(super) struct Fill<'a> {
    pub(super) salvage: &'a mut Salvage,
    /// The verdicts on its versions, by draft.
    pub(super) drafts: &'a mut BTreeMap<i64, Verdicts>,
    /// What of the copies was not used.
    pub(super) unused: &'a mut Vec<Damage>,
}

impl Fill<'_> {
    /// Takes from a copy what it proves and the new archive does not have. Returns how many versions.
    pub(super) fn from(&mut self, source: &Source) -> Result<u64, Error> {
        for skipped in &source.skipped {
            let reason = format!("{}: {}", skipped.path.display(), skipped.reason);
            self.unused.push(Damage::new(DamageKind::Draft, source.path.display().to_string(), reason));
        }
        let mut filled = 0;
        each_draft(source.reader(), |account, row| {
            filled += self.fill_draft(source, account, row)?;
            Ok(())
        })?;
        Ok(filled)
    }

    fn fill_draft(&mut self, source: &Source, account: &AccountRow, row: &DraftRow) -> Result<u64, Error> {
        let reader = source.reader();
        let found = rows(reader, row.id)?;
        let hashes: Vec<(u64, Hash)> = found.iter().map(|version| (version.number, version.hash)).collect();
        let ours = self.salvage.find_draft(account, row, &hashes)?;
        let known = match ours {
            Some(draft) => self.hashes(draft)?,
            None => BTreeMap::new(),
        };
        let verdicts = ours.and_then(|draft| self.drafts.get(&draft)).cloned().unwrap_or_default();
        if let Some(number) = conflict(&found, &known, &verdicts) {
            let reason = format!(
                "its version {number} is another one than in the damaged archive, so nothing of this draft is taken"
            );
            let id = format!("{}: {}/#{}", source.path.display(), account.name, row.id);
            self.unused.push(Damage::new(DamageKind::Draft, id, reason));
            return Ok(0);
        }
        let wanted: Vec<Version> =
            found.into_iter().filter(|version| is_wanted(version, verdicts.get(&version.number), &known)).collect();
        self.put(reader, ours, account, row, &wanted)
    }

    /// Enters what a copy knows to be pruned, and of which nothing is left here. This comes when every copy has given its versions: what
    /// one copy pruned, another may have. What is lost stays lost.
    pub(super) fn prunings_from(&mut self, source: &Source) -> Result<(), Error> {
        let reader = source.reader();
        each_draft(reader, |account, row| self.prunings_of_draft(reader, account, row))
    }

    fn prunings_of_draft(&mut self, reader: &Reader, account: &AccountRow, row: &DraftRow) -> Result<(), Error> {
        let ranges = reader.pruned_ranges(row.id)?;
        if ranges.is_empty() {
            return Ok(());
        }
        let found = rows(reader, row.id)?;
        let hashes: Vec<(u64, Hash)> = found.iter().map(|version| (version.number, version.hash)).collect();
        let Some(draft) = self.salvage.find_draft(account, row, &hashes)? else { return Ok(()) };
        let known = self.hashes(draft)?;
        let verdicts = self.drafts.entry(draft).or_default();
        if conflict(&found, &known, verdicts).is_some() {
            return Ok(());
        }
        for range in ranges {
            let mut numbers = Vec::new();
            for (number, verdict) in verdicts.range(range.first..=range.last) {
                if *verdict == Verdict::Missing && !self.salvage.has_trace(draft, *number)? {
                    numbers.push(*number);
                }
            }
            for part in numbers.chunk_by(|number, next| number + 1 == *next) {
                self.salvage
                    .put_pruned(draft, &PrunedRange { first: part[0], last: part[part.len() - 1], ..range.clone() })?;
            }
            verdicts.extend(numbers.into_iter().map(|number| (number, Verdict::Pruned)));
        }
        Ok(())
    }

    /// Puts versions that the copy proves into the draft, which is entered where it is new. Returns how many.
    fn put(
        &mut self,
        reader: &Reader,
        ours: Option<i64>,
        account: &AccountRow,
        row: &DraftRow,
        wanted: &[Version],
    ) -> Result<u64, Error> {
        let (mut draft, mut count) = (ours, 0);
        let salvage = &mut *self.salvage;
        reader.documents(wanted, |version, document| {
            let Some(document) = proven(version, document)? else { return Ok(()) };
            let Ok(canonical) = canonical::canonicalise(&document) else { return Ok(()) };
            let draft = match draft {
                Some(draft) => draft,
                None => *draft.insert(salvage.put_draft(account, row)?),
            };
            let imported = ImportedVersion {
                number: version.number,
                pruned: &[],
                hash: version.hash,
                hash_version: version.hash_version,
                observed_at: version.observed_at,
                update_time: version.update_time.map(|time| time.timestamp()),
                document: &document,
                canonical: &canonical,
            };
            salvage.put_version(draft, &imported)?;
            count += 1;
            Ok(())
        })?;
        if let Some(draft) = draft.filter(|_| count > 0) {
            self.salvage.recode(draft)?;
            let judged = judge(self.salvage, &self.salvage.reader()?, draft)?;
            self.drafts.insert(draft, judged);
        }
        Ok(count)
    }

    fn hashes(&self, draft: i64) -> Result<BTreeMap<u64, Hash>, Error> {
        let reader = self.salvage.reader()?;
        Ok(rows(&reader, draft)?.into_iter().map(|version| (version.number, version.hash)).collect())
    }
}

/// Calls `each` for every draft of a copy whose row can be read, with the row of its account.
fn each_draft(reader: &Reader, mut each: impl FnMut(&AccountRow, &DraftRow) -> Result<(), Error>) -> Result<(), Error> {
    let accounts: BTreeMap<String, AccountRow> =
        reader.account_rows()?.into_iter().map(|account| (account.name.clone(), account)).collect();
    let mut at = 0;
    while let Some(draft) = reader.next_draft_id(at)? {
        at = draft;
        match reader.draft_row(draft) {
            Ok((account, row)) => {
                if let Some(account) = accounts.get(&account) {
                    each(account, &row)?;
                }
            }
            Err(error) => drop(error.damage_reason()?),
        }
    }
    Ok(())
}

/// Returns the document of a version where the copy proves it.
fn proven(version: &Version, document: Result<StoredDocument<'_>, Error>) -> Result<Option<Vec<u8>>, Error> {
    match document {
        Ok(document) if verify::prove(version, &document).is_ok() => Ok(Some(document.raw.to_vec())),
        Ok(_) => Ok(None),
        Err(error) => error.damage_reason().map(|_| None),
    }
}

/// Returns the versions of a draft whose rows can be read, newest first.
fn rows(reader: &Reader, draft: i64) -> Result<Vec<Version>, Error> {
    let mut rows = Vec::new();
    for number in reader.version_numbers(draft)? {
        match reader.version(draft, number) {
            Ok(row) => rows.push(row),
            Err(error) => drop(error.damage_reason()?),
        }
    }
    Ok(rows)
}

/// Returns the first version that both have and that is not the same: then one of the histories is another one.
fn conflict(found: &[Version], known: &BTreeMap<u64, Hash>, verdicts: &Verdicts) -> Option<u64> {
    let proven: BTreeSet<u64> =
        verdicts.iter().filter(|(_, verdict)| verdict.is_there()).map(|(number, _)| *number).collect();
    let is_another = |version: &&Version| {
        proven.contains(&version.number) && known.get(&version.number).is_some_and(|hash| *hash != version.hash)
    };
    found.iter().find(is_another).map(|version| version.number)
}

fn is_wanted(version: &Version, verdict: Option<&Verdict>, known: &BTreeMap<u64, Hash>) -> bool {
    match verdict {
        Some(Verdict::Proven | Verdict::Pruned) => false,
        Some(Verdict::Doubtful(_)) => known.get(&version.number) == Some(&version.hash),
        Some(Verdict::Lost(_) | Verdict::Missing) | None => true,
    }
}
