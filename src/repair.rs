//! Repair: a new archive from what is left of a damaged one, and from copies.
//!
//! Every row that the damaged file still has is brought into a new archive. Then each version is judged by its document: the hash proves what
//! it says, checksums prove the rest byte by byte. What is lost or doubtful is taken from the copies, as far as they prove it. What is
//! lost for good is written down, the new archive is proven as `verify` does, and only then gets its name. The damaged file and the copies
//! are never written.

mod fill;
mod judge;
mod progress;
mod request;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use self::fill::Fill;
use self::judge::{Verdict, Verdicts, judge};
use self::progress::read;
use self::source::Source;
use crate::archive::{Damage, DamageKind, Error, Reader, Salvage};
use crate::model::Timestamp;
use crate::verify::{self, SampleRate, VerifyReport};

pub use self::progress::Progress;
pub use self::request::RepairRequest;
pub use self::source::SourceError;

/// What came back, and what did not.
#[derive(Debug, Default)]
pub struct RepairReport {
    /// What the new archive holds.
    pub proof: VerifyReport,
    /// How many versions each copy gave.
    pub filled: Vec<u64>,
    /// How many pictures the copies gave.
    pub filled_pictures: u64,
    /// How many rows of other things the copies gave: pins, restores, polls, events.
    pub filled_rows: u64,
    /// How many pins are lost, as far as is known.
    pub lost_pins: u64,
    /// How many pictures are lost.
    pub lost_pictures: u64,
    /// Versions that are lost for good, by name.
    pub lost: Vec<Damage>,
    /// Versions of which nothing is known but that they were there.
    pub unnamed: u64,
    /// Versions whose content is proven, and something beside it is not; and accounts and drafts of which something is not known.
    pub doubtful: Vec<Damage>,
    /// Accounts of which nobody knows which ones they are.
    pub unnamed_accounts: Vec<String>,
    /// Rows of other things that are left out.
    pub left_out: Vec<Damage>,
    /// How many copies could not be used, or not to their end.
    pub broken_copies: u64,
    /// What of the copies was not used, and why.
    pub unused: Vec<Damage>,
    /// Whether the rows of the damaged archive had checksums, which older programs did not write.
    pub had_checksums: bool,
}

impl RepairReport {
    /// Returns whether everything came back as it was.
    pub fn is_complete(&self) -> bool {
        self.lost.is_empty()
            && self.lost_pictures == 0
            && self.unnamed == 0
            && self.broken_copies == 0
            && self.doubtful.is_empty()
            && self.left_out.is_empty()
    }
}

/// Why an archive could not be repaired.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    #[error(transparent)]
    Archive(#[from] Error),
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Nothing is left of it.
    #[error("no version can be read from {}", .0.display())]
    Nothing(PathBuf),
    /// What was made is not sound.
    #[error("the new archive could not be proven, so it was not kept: {0}")]
    Unproven(String),
}

/// Makes a new archive. Nothing is at [`RepairRequest::to`] before it is complete.
///
/// # Errors
///
/// Where a file cannot be read or written, or is none of ours; where nothing can be read from any of them.
pub fn repair(
    request: &RepairRequest<'_>,
    now: Timestamp,
    on_progress: &mut dyn FnMut(Progress<'_>),
) -> Result<RepairReport, RepairError> {
    let salvage = read(request.damaged, request.to, on_progress)?;
    let mut repair =
        Repair { salvage, drafts: BTreeMap::new(), lost: BTreeSet::new(), report: RepairReport::default() };
    repair.report.had_checksums = repair.salvage.has_checksums();
    repair.report.lost_pictures = repair.salvage.lost_pictures()?;
    repair.report.left_out.extend(repair.salvage.journal_damage().cloned());
    repair.salvage.drop_unproven()?;
    let mut doubtful = repair.salvage.name_drafts(request.accounts)?;
    repair.judge_all(on_progress)?;
    let mut sources = Vec::new();
    for (place, path) in request.from.iter().enumerate() {
        repair.report.filled.push(0);
        match Source::open(path, request, place, now, on_progress) {
            Ok(source) => {
                repair.report.broken_copies += u64::from(source.is_cut_off);
                sources.push((place, source));
            }
            Err(error) if error.ends_the_repair() => return Err(error.into()),
            Err(error) => {
                repair.report.broken_copies += 1;
                repair.report.unused.push(error.into_unused());
            }
        }
    }
    for (place, source) in &sources {
        let Repair { salvage, drafts, report, .. } = &mut repair;
        report.filled[*place] = Fill { salvage, drafts, unused: &mut report.unused }.from(source)?;
    }
    let sources: Vec<Source> = sources.into_iter().map(|(_, source)| source).collect();
    for source in &sources {
        let Repair { salvage, drafts, report, .. } = &mut repair;
        report.filled_rows += Fill { salvage, drafts, unused: &mut report.unused }.rows_from(source)?;
    }
    repair.report.left_out.extend(repair.salvage.left_out()?);
    repair.report.lost_pins = repair.salvage.count_lost_pins()?;
    repair.count_unnamed()?;
    doubtful.splice(0..0, repair.salvage.doubtful_accounts()?);
    repair.note_doubtful(&mut doubtful)?;
    repair.report.unnamed_accounts = repair.salvage.unnamed_accounts()?;
    repair.drop_lost()?;
    if !repair.drafts.values().flat_map(Verdicts::values).any(Verdict::is_there) {
        return Err(RepairError::Nothing(request.damaged.to_owned()));
    }
    repair.complete(&sources, now, on_progress)
}

/// A running repair.
struct Repair {
    salvage: Salvage,
    drafts: BTreeMap<i64, Verdicts>,
    /// The versions that are lost for good.
    lost: BTreeSet<(i64, u64)>,
    report: RepairReport,
}

impl Repair {
    fn judge_all(&mut self, on_progress: &mut dyn FnMut(Progress<'_>)) -> Result<(), Error> {
        let reader = self.salvage.reader()?;
        let (mut at, last) = (0, reader.max_draft_id()?);
        while let Some(draft) = reader.next_draft_id(at)? {
            on_progress(Progress::Drafts { done: draft as u64, of: last as u64 });
            self.drafts.insert(draft, judge(&self.salvage, &reader, draft)?);
            at = draft;
        }
        Ok(())
    }

    fn count_unnamed(&mut self) -> Result<(), Error> {
        // Of those that are missing, the number within their draft is known, and what is counted here is not.
        let named =
            self.drafts.values().flat_map(Verdicts::values).filter(|verdict| **verdict == Verdict::Missing).count();
        self.report.unnamed = self.salvage.versions_without_row()?.saturating_sub(named as u64);
        Ok(())
    }

    fn note_doubtful(&mut self, of_drafts: &mut Vec<Damage>) -> Result<(), Error> {
        let reader = self.salvage.reader()?;
        self.report.doubtful.append(of_drafts);
        for (draft, versions) in &self.drafts {
            let label = reader.draft_label(*draft)?;
            for (number, verdict) in versions {
                let id = format!("{label}@{number}");
                let (found, reason): (_, &str) = match verdict {
                    Verdict::Proven | Verdict::Pruned => continue,
                    Verdict::Doubtful(reason) => (&mut self.report.doubtful, reason),
                    Verdict::Lost(reason) => (&mut self.report.lost, reason),
                    Verdict::Missing if self.salvage.has_trace(*draft, *number)? => {
                        (&mut self.report.lost, "its row and its document are lost")
                    }
                    Verdict::Missing => {
                        (&mut self.report.lost, "nothing of it is left: it is lost, or was pruned before")
                    }
                };
                found.push(Damage::new(DamageKind::Version, id, reason));
            }
        }
        Ok(())
    }

    fn drop_lost(&mut self) -> Result<(), Error> {
        for (draft, versions) in &self.drafts {
            let dropped: BTreeSet<u64> =
                versions.iter().filter(|(_, verdict)| !verdict.is_there()).map(|(number, _)| *number).collect();
            if !dropped.is_empty() {
                self.salvage.drop_versions(*draft, &dropped)?;
                self.salvage.recode(*draft)?;
            }
            let lost = versions.iter().filter(|(_, verdict)| verdict.is_lost());
            self.lost.extend(lost.map(|(number, _)| (*draft, *number)));
        }
        Ok(())
    }

    fn complete(
        mut self,
        sources: &[Source],
        now: Timestamp,
        on_progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<RepairReport, RepairError> {
        let lost: Vec<_> = self.lost.iter().copied().collect();
        self.report.left_out.extend(self.salvage.seal(&lost, now)?);
        let readers: Vec<&Reader> = sources.iter().map(Source::reader).collect();
        self.report.filled_pictures = self.salvage.fill_pictures(&readers, now)?;
        self.report.lost_pictures = self.report.lost_pictures.saturating_sub(self.report.filled_pictures);
        let reader = self.salvage.reader()?;
        let proof = verify::verify(&reader, SampleRate::Whole, &mut |progress| on_progress(Progress::Proof(progress)))?;
        drop(reader);
        if let Some(damage) = proof.damaged.first() {
            return Err(RepairError::Unproven(format!(
                "{} {}: {}",
                damage.kind.as_str(),
                damage.typed_id(),
                damage.reason
            )));
        }
        self.report.proof = proof;
        self.salvage.finish()?;
        Ok(self.report)
    }
}
