//! Verifies a whole archive in one read transaction, while a daemon may go on.
//!
//! First everything that SQL can check, and the bytes of every picture. Then draft by draft, every document from the newest to
//! the oldest: rebuilt once, canonicalised, hashed and compared with its row. Damage is reported and never stops the rest.
//! Memory holds two documents and the numbers of one draft's versions, however large the archive is.

mod document;
mod one_version;

use std::ops::ControlFlow;
use std::slice::SliceIndex;

use crate::archive::{
    CheckReport, Damage, DamageKind, DraftLabel, Error, MOST_DAMAGES, NumberingFault, Reader, Version, numbering_faults,
};

pub use self::document::prove;
pub use self::one_version::{VersionNumber, choose_version, damage_of};

/// The share of drafts whose documents are checked; at least one draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleRate {
    Whole,
    /// This many per cent of the drafts, chosen at random with the seed.
    Sample {
        percent: u8,
        seed: u64,
    },
}

/// The progress of a check.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// The number of the current draft, 0 before the first.
    pub draft: u64,
    /// The number of the last draft.
    pub last: u64,
    /// Versions verified so far.
    pub proven: u64,
    /// Bytes of their documents.
    pub bytes: u64,
}

/// What was verified, and what is damaged.
#[derive(Debug, Default)]
pub struct VerifyReport {
    pub drafts: u64,
    /// How many versions there are.
    pub versions: u64,
    /// Versions whose document could be read and has the version's hash.
    pub proven: u64,
    /// Of the documents of these, as received.
    pub bytes: u64,
    pub polls: u64,
    /// Pictures whose bytes could be read and have their hash.
    pub assets: u64,
    pub damaged: Vec<Damage>,
    /// Objects that somebody added to the schema, by name.
    pub added: Vec<String>,
    /// What is wrong with the index of the search, which is no part of the archive.
    pub search_index: Option<String>,
    /// Drafts with damaged versions whose newest version is intact.
    pub newest_whole: Vec<String>,
}

impl VerifyReport {
    pub fn is_ok(&self) -> bool {
        self.damaged.is_empty()
    }
}

/// Verifies the archive; `on_progress` is called before the first draft and after every version.
///
/// # Errors
///
/// If the archive cannot be read for another reason than damage.
pub fn verify(
    reader: &Reader,
    share: SampleRate,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<VerifyReport, Error> {
    verify_while(reader, share, &mut |progress| {
        on_progress(progress);
        ControlFlow::Continue(())
    })
}

/// Does the same for as long as `on_progress`, which is called after every picture as well, says to go on.
///
/// # Errors
///
/// As [`verify`]; [`Error::Interrupted`] where it was not to go on.
pub fn verify_while(
    reader: &Reader,
    share: SampleRate,
    on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<VerifyReport, Error> {
    reader.with_snapshot(|reader| {
        go_on(on_progress(Progress::default()))?;
        let CheckReport { polls, damaged, added } = reader.check()?;
        let report = VerifyReport { polls, damaged, added, ..VerifyReport::default() };
        let mut verifier = Verifier { reader, share, on_progress, last: 0, always: 0, report };
        if reader.is_cut_off() {
            verifier.add_damage(DamageKind::Database, "file", "its end is missing");
        } else if reader.is_in_part() {
            verifier.add_damage(DamageKind::Database, "file", "its first page is damaged");
        }
        verifier.assets()?;
        verifier.drafts()?;
        verifier.rows_beside_versions()?;
        Ok(verifier.report)
    })
}

/// A running check.
struct Verifier<'a> {
    reader: &'a Reader,
    share: SampleRate,
    on_progress: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    last: i64,
    /// The draft that is in every sample.
    always: i64,
    report: VerifyReport,
}

impl Verifier<'_> {
    /// Hashes every picture. If one cannot be found, those after it cannot either.
    fn assets(&mut self) -> Result<(), Error> {
        let mut at = 0;
        loop {
            let after = format!("after {at}");
            let Some(Some((id, sha256))) = self.found(DamageKind::Asset, after, self.reader.asset_after(at))? else {
                return Ok(());
            };
            at = id;
            go_on((self.on_progress)(Progress::default()))?;
            if self.share.holds(id)
                && self.found(DamageKind::Asset, sha256.to_string(), self.reader.asset(sha256))?.is_some()
            {
                self.report.assets += 1;
            }
        }
    }

    /// Exports draft by draft. If one cannot be read, the one with the next number may be readable.
    fn drafts(&mut self) -> Result<(), Error> {
        let Some(last) = self.found(DamageKind::Draft, "draft", self.reader.max_draft_id())? else { return Ok(()) };
        self.last = last;
        self.always = match self.reader.next_draft_id(self.share.somewhere_below(last)) {
            Ok(draft) => draft.unwrap_or(0),
            // It is reported with the drafts.
            Err(error) => error.damage_reason().map(|_| 0)?,
        };
        let mut at = 0;
        while at < last {
            if self.report.damaged.len() > MOST_DAMAGES {
                self.report.damaged.push(Damage::not_looked_at(at));
                break;
            }
            at = match self.found(DamageKind::Draft, format!("#{}", at + 1), self.reader.next_draft_id(at))? {
                Some(Some(id)) => {
                    self.draft(id)?;
                    id
                }
                Some(None) => break,
                None => at + 1,
            };
        }
        Ok(())
    }

    fn draft(&mut self, id: i64) -> Result<(), Error> {
        self.report.drafts += 1;
        let Some(name) = self.found(DamageKind::Draft, format!("#{id}"), self.reader.draft_label(id))? else {
            return Ok(());
        };
        let numbers = self.reader.version_numbers(id);
        let Some(numbers) = self.found(DamageKind::Draft, name.to_string(), numbers)? else { return Ok(()) };
        let unnumbered = self.found(DamageKind::Draft, name.to_string(), self.reader.unnumbered_versions(id))?;
        let unnumbered = unnumbered.unwrap_or_default();
        self.report.versions += (numbers.len() + unnumbered.len()) as u64;
        let known = self.report.damaged.len();
        self.report.damaged.extend(unnumbered.iter().map(|version| version.damage(&name)));
        let pruned =
            self.found(DamageKind::Draft, name.to_string(), self.reader.pruned_ranges(id))?.unwrap_or_default();
        let lost = self.found(DamageKind::Draft, name.to_string(), self.reader.lost_versions(id))?.unwrap_or_default();
        if numbers.is_empty() && unnumbered.is_empty() && lost.is_empty() {
            self.add_damage(DamageKind::Draft, name.to_string(), "it has no version");
        }
        self.numbers(&name, &numbering_faults(&numbers, &pruned, &lost));
        let versions = self.rows(&name, &numbers)?;
        let is_sampled = id == self.always || self.share.holds(id);
        let newest_is_whole = is_sampled && self.documents(&name, numbers.first(), &versions)?;
        self.checksums(&name, is_sampled, known)?;
        let damaged = &self.report.damaged[known..];
        let newest = format!("{name}@{}", numbers.first().unwrap_or(&0));
        // One whose number is damaged may be the newest.
        if newest_is_whole
            && unnumbered.is_empty()
            && !damaged.is_empty()
            && damaged.iter().all(|damage| damage.id != newest)
        {
            self.report.newest_whole.push(format!("{}/{}", name.account, name.id));
        }
        Ok(())
    }

    /// Reports versions of a draft that differ from what was written, if nothing more precise was reported.
    fn checksums(&mut self, draft: &DraftLabel, with_documents: bool, known: usize) -> Result<(), Error> {
        let altered = match self.reader.altered_versions(draft.id, with_documents) {
            // What keeps the rows from being read was told of the versions already.
            Err(Error::Damaged(_)) if self.report.damaged.len() > known => Ok(Vec::new()),
            altered => altered,
        };
        for number in self.found(DamageKind::Draft, draft.to_string(), altered)?.unwrap_or_default() {
            self.add_damage_once(Damage::altered_version(format!("{draft}@{number}")), known..);
        }
        Ok(())
    }

    /// Reports other rows that differ from what was written, if nothing more precise was reported.
    fn rows_beside_versions(&mut self) -> Result<(), Error> {
        let reported = self.report.damaged.len();
        let altered = self.found(DamageKind::Database, "checksum", self.reader.altered_rows())?;
        for damage in altered.unwrap_or_default() {
            self.add_damage_once(damage, ..reported);
        }
        Ok(())
    }

    /// Adds damage that is not yet among those `within` a part of the damage.
    fn add_damage_once(&mut self, damage: Damage, within: impl SliceIndex<[Damage], Output = [Damage]>) {
        if !self.report.damaged[within].iter().any(|reported| reported.is_of_the_same_as(&damage)) {
            self.report.damaged.push(damage);
        }
    }

    /// Reports numbers that do not run 1, 2, 3 ….
    fn numbers(&mut self, draft: &DraftLabel, faults: &[NumberingFault]) {
        for fault in faults {
            let (number, reason) = match fault {
                NumberingFault::Missing { first, last } if first == last => (first, "it is missing".to_owned()),
                NumberingFault::Missing { first, last } => (first, format!("it is missing, and all to {last}")),
                NumberingFault::Pruned(number) => (number, "it was pruned, and is there".to_owned()),
            };
            self.add_damage(DamageKind::Version, format!("{draft}@{number}"), reason);
        }
    }

    /// Reads the rows of a draft's versions, without those that are damaged.
    fn rows(&mut self, draft: &DraftLabel, newest_first: &[u64]) -> Result<Vec<Version>, Error> {
        let mut versions = Vec::with_capacity(newest_first.len());
        for &number in newest_first {
            let row = self.reader.version(draft.id, number);
            versions.extend(self.found(DamageKind::Version, format!("{draft}@{number}"), row)?);
        }
        Ok(versions)
    }

    /// Verifies the documents of a draft; returns whether the newest version's is intact.
    fn documents(&mut self, draft: &DraftLabel, newest: Option<&u64>, newest_first: &[Version]) -> Result<bool, Error> {
        let reader = self.reader;
        let mut newest_is_whole = false;
        let walked = reader.documents(newest_first, |version, document| {
            let is_newest = newest == Some(&version.number);
            let proven = document.and_then(|document| {
                prove(version, &document).map_err(Error::Damaged)?;
                if is_newest {
                    reader.compare_with_view(draft, version, document.normalized)?;
                }
                Ok(document.raw.len() as u64)
            });
            if let Some(bytes) = self.found(DamageKind::Version, format!("{draft}@{}", version.number), proven)? {
                self.report.proven += 1;
                self.report.bytes += bytes;
                newest_is_whole |= is_newest;
            }
            let VerifyReport { proven, bytes, .. } = self.report;
            let progress = Progress { draft: draft.id as u64, last: self.last as u64, proven, bytes };
            go_on((self.on_progress)(progress))
        });
        self.found(DamageKind::Draft, draft.to_string(), walked)?;
        Ok(newest_is_whole)
    }

    fn add_damage(&mut self, kind: DamageKind, id: impl Into<String>, reason: impl Into<String>) {
        self.report.damaged.push(Damage::new(kind, id, reason));
    }

    /// Returns what was found, or reports the damage.
    fn found<T>(
        &mut self,
        kind: DamageKind,
        id: impl Into<String>,
        found: Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error) => {
                let reason = error.damage_reason()?;
                self.add_damage(kind, id, reason);
                Ok(None)
            }
        }
    }
}

impl SampleRate {
    /// Returns a number below the last draft's; the draft after it is in the share whatever chance says.
    fn somewhere_below(self, last: i64) -> i64 {
        match self {
            Self::Sample { seed, .. } if last > 0 => (scattered(seed) % last as u64) as i64,
            _ => 0,
        }
    }

    /// Returns whether the documents of a draft are checked.
    fn holds(self, draft: i64) -> bool {
        match self {
            Self::Whole => true,
            Self::Sample { percent, seed } => scattered(seed ^ draft as u64) % 100 < u64::from(percent),
        }
    }
}

fn go_on(answer: ControlFlow<()>) -> Result<(), Error> {
    if answer.is_continue() { Ok(()) } else { Err(Error::Interrupted) }
}

/// Spreads numbers that lie side by side over all there are (the finaliser of SplitMix64).
fn scattered(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
