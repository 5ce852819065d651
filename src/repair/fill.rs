//! Versions that are lost or doubtful, from a copy that proves them.

use std::collections::BTreeMap;

use super::judge::{Verdict, Verdicts, judge};
use super::source::Source;
use crate::archive::{
    AccountRow, Damage, DamageKind, DraftRow, Error, ImportedVersion, Proof, ProvenParts, PrunedRange, Reader, Salvage,
    StoredDocument, Version, VersionProof,
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
        self.unused.extend(source.unused.iter().cloned());
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
            Some(draft) => self.known(draft)?,
            None => Known::default(),
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
        let proofs = source.proofs(row.id)?;
        let proven = |number: u64| match &proofs {
            Some(proofs) => proofs.get(&number).map(parts).unwrap_or_default(),
            None => ProvenParts { row: true, document: true },
        };
        let mut wanted = Wanted::default();
        for version in found {
            let here = known.get(&version.number).filter(|(ours, _)| ours.hash == version.hash);
            let proven = merged(here.map(|(_, proven)| *proven), proven(version.number));
            if is_wanted(verdicts.get(&version.number), here.map(|(_, proven)| *proven), proven) {
                // A row of ours that holds stays: its times are proven.
                let ours = here.filter(|(_, proven)| proven.row).map(|(ours, _)| ours.clone());
                wanted.parts.insert(version.number, (ours, proven));
                wanted.versions.push(version);
            }
        }
        self.put(source, ours, account, row, &wanted)
    }

    /// Takes other rows that are lost here from a copy. This comes when every copy has given its versions: what one copy pruned, another may
    /// have. What is lost stays lost. Returns how many rows came back.
    pub(super) fn rows_from(&mut self, source: &Source) -> Result<u64, Error> {
        let mut count = match source.salvage() {
            Some(copy) => self.salvage.take_rows(copy)?,
            None => 0,
        };
        each_draft(source.reader(), |account, row| {
            count += self.rows_of_draft(source.reader(), account, row)?;
            Ok(())
        })?;
        Ok(count)
    }

    fn rows_of_draft(&mut self, reader: &Reader, account: &AccountRow, row: &DraftRow) -> Result<u64, Error> {
        let (ranges, pins) = (reader.pruned_ranges(row.id)?, reader.pins(row.id)?);
        if ranges.is_empty() && pins.is_empty() {
            return Ok(0);
        }
        let found = rows(reader, row.id)?;
        let hashes: Vec<(u64, Hash)> = found.iter().map(|version| (version.number, version.hash)).collect();
        let Some(draft) = self.salvage.find_draft(account, row, &hashes)? else { return Ok(0) };
        let known = self.known(draft)?;
        let verdicts = self.drafts.entry(draft).or_default();
        if conflict(&found, &known, verdicts).is_some() {
            return Ok(0);
        }
        let mut count = 0;
        for (number, pin) in &pins {
            if let Some((_, hash)) = hashes.iter().find(|(of, _)| of == number) {
                count += u64::from(self.salvage.put_pin(draft, (*number, *hash), pin)?);
            }
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
        Ok(count)
    }

    /// Puts versions that the copy proves into the draft, which is entered where it is new. Returns how many.
    fn put(
        &mut self,
        source: &Source,
        ours: Option<i64>,
        account: &AccountRow,
        row: &DraftRow,
        wanted: &Wanted,
    ) -> Result<u64, Error> {
        let (mut draft, mut count) = (ours, 0);
        let salvage = &mut *self.salvage;
        source.reader().documents(&wanted.versions, |version, document| {
            let Some(document) = proven(version, document)? else { return Ok(()) };
            let Ok(canonical) = canonical::canonicalise(&document) else { return Ok(()) };
            let draft = match draft {
                Some(draft) => draft,
                None => *draft.insert(salvage.put_draft(account, row)?),
            };
            let (of_ours, proven) = &wanted.parts[&version.number];
            let row = of_ours.as_ref().unwrap_or(version);
            let imported = ImportedVersion {
                number: row.number,
                pruned: &[],
                lost: &[],
                hash: row.hash,
                hash_version: row.hash_version,
                observed_at: row.observed_at,
                update_time: row.update_time.map(|time| time.timestamp()),
                document: &document,
                canonical: &canonical,
            };
            salvage.put_version(draft, &imported, version, *proven)?;
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

    /// Returns the versions of a draft that the new archive has, and what its checksums say of them.
    fn known(&self, draft: i64) -> Result<Known, Error> {
        let proofs = self.salvage.version_proofs(draft)?;
        let proofs: BTreeMap<u64, ProvenParts> = proofs.iter().map(|proof| (proof.number, parts(proof))).collect();
        let versions = rows(&self.salvage.reader()?, draft)?;
        let proven = |number: u64| proofs.get(&number).copied().unwrap_or_default();
        Ok(versions.into_iter().map(|version| (version.number, (version.clone(), proven(version.number)))).collect())
    }
}

/// The versions that the new archive has of a draft, by number.
type Known = BTreeMap<u64, (Version, ProvenParts)>;

/// The versions of a draft that a copy is to give, newest first; by number, the row of ours that is kept, and what is proven of the
/// version then.
#[derive(Default)]
struct Wanted {
    versions: Vec<Version>,
    parts: BTreeMap<u64, (Option<Version>, ProvenParts)>,
}

fn parts(proof: &VersionProof) -> ProvenParts {
    ProvenParts { row: proof.row == Proof::Holds, document: proof.document == Proof::Holds }
}

/// What is proven of a version whose document comes from a copy, and its row too where ours does not hold.
fn merged(ours: Option<ProvenParts>, copy: ProvenParts) -> ProvenParts {
    ProvenParts { row: copy.row || ours.is_some_and(|ours| ours.row), document: copy.document }
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
fn conflict(found: &[Version], known: &Known, verdicts: &Verdicts) -> Option<u64> {
    let is_another = |version: &&Version| {
        let number = version.number;
        let is_there = verdicts.get(&number).is_some_and(Verdict::is_there);
        known.get(&number).is_some_and(|(ours, proven)| (is_there || proven.row) && ours.hash != version.hash)
    };
    found.iter().find(is_another).map(|version| version.number)
}

/// Returns whether a copy gives more than there is. `ours` is what is proven of the same version here, `then` what would be.
fn is_wanted(verdict: Option<&Verdict>, ours: Option<ProvenParts>, then: ProvenParts) -> bool {
    match verdict {
        Some(Verdict::Proven | Verdict::Pruned) => false,
        Some(Verdict::Doubtful(_)) => ours.is_some_and(|ours| ours != then && (then.document || !ours.document)),
        Some(Verdict::Lost(_) | Verdict::Missing) | None => true,
    }
}
