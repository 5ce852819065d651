//! Versions and pictures, read from the archive and hashed: those that were proven longest ago.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::queue::{RECENT, Turn, add, join_similar, queue, share_of_night};
use crate::archive::{Error, ProofFinding, ProvenKind, ProvenRange, Reader, Version};
use crate::model::Timestamp;
use crate::verify::prove;

/// So many are proven within one read transaction, and so many stored bytes, or one that has more: none holds up the writer's checkpoints for long.
const AT_ONCE: u64 = 500;
const BYTES_AT_ONCE: u64 = 16 << 20;

/// A night ends after so many findings: `draftkeep verify` lists them all.
const MOST_FINDINGS: usize = 1_000;

/// What is known after a round.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct HashRound {
    /// Whether all that was due was looked at; else the round was stopped.
    pub complete: bool,
    pub ranges: Vec<ProvenRange>,
    /// All that is known to be damaged.
    pub findings: Vec<ProofFinding>,
    /// How many were looked at.
    pub checked: u64,
    /// How many were proven within the last 30 days, and are sound.
    pub recent: u64,
    /// How many there are.
    pub total: u64,
}

/// Proves what is due of one kind. `may_go_on` is asked between steps; what was proven until then counts.
///
/// # Errors
///
/// If the archive cannot be read as a whole. A damaged version or picture is a finding.
pub fn prove_hashes(
    reader: &Reader,
    kind: ProvenKind,
    now: Timestamp,
    may_go_on: &dyn Fn() -> bool,
) -> Result<HashRound, Error> {
    let total = reader.count_between(kind, 1, i64::MAX)?;
    let (ranges, known) = (reader.proven_ranges(kind)?, reader.proof_findings(kind)?);
    // What is known to be damaged stays so until it is looked at.
    let found = known.iter().map(|finding| (finding.id, finding.reason.clone())).collect();
    let mut round = Round { reader, kind, now, may_go_on, complete: true, ranges, known, found, checked: 0 };
    round.prove_known()?;
    round.prove_waiting(total)?;
    round.end(total)
}

/// A running round.
struct Round<'a> {
    reader: &'a Reader,
    kind: ProvenKind,
    now: Timestamp,
    may_go_on: &'a dyn Fn() -> bool,
    complete: bool,
    ranges: Vec<ProvenRange>,
    /// What earlier rounds found.
    known: Vec<ProofFinding>,
    /// What is damaged, by number.
    found: BTreeMap<i64, String>,
    checked: u64,
}

impl Round<'_> {
    /// Looks at what was damaged, as each night: only another archive in its place ends it.
    fn prove_known(&mut self) -> Result<(), Error> {
        let ids: Vec<i64> = self.known.iter().map(|finding| finding.id).collect();
        let mut left = &ids[..];
        while !left.is_empty() && self.goes_on() {
            let (step, rest) = left.split_at(self.step(left));
            self.prove(step)?;
            left = rest;
        }
        self.checked = 0;
        Ok(())
    }

    /// Looks at what comes next, as much of it as a night proves.
    fn prove_waiting(&mut self, total: u64) -> Result<(), Error> {
        let (share, mut never) = (share_of_night(total), 0);
        for waiting in queue(&self.ranges, self.reader.max_id(self.kind)?, self.now) {
            let mut first = waiting.first;
            while first <= waiting.last && self.found.len() < MOST_FINDINGS {
                let left = match waiting.turn {
                    Turn::Overdue => AT_ONCE,
                    Turn::Never => share.saturating_sub(never),
                    Turn::Rest => share.saturating_sub(self.checked),
                };
                let most = left.min(AT_ONCE);
                if most == 0 {
                    break;
                }
                if !self.goes_on() {
                    return Ok(());
                }
                let found = self.reader.ids_between(self.kind, first, waiting.last, most)?;
                let ids = &found[..self.step(&found)];
                self.prove(ids)?;
                never += if waiting.turn == Turn::Never { ids.len() as u64 } else { 0 };
                // Numbers of what was pruned count as proven with their neighbours.
                let is_end = (found.len() as u64) < most && ids.len() == found.len();
                // In a damaged tree, a row may come out of order.
                let last = if is_end { waiting.last } else { ids[ids.len() - 1].max(first) };
                add(&mut self.ranges, ProvenRange { first, last, proven_at: self.now });
                let Some(next) = last.checked_add(1) else { break };
                first = next;
            }
        }
        Ok(())
    }

    /// Returns how many of these numbers, which are not more than a step, are looked at together.
    fn step(&self, ids: &[i64]) -> usize {
        let mut bytes = 0;
        let is_within = |id: &&i64| {
            bytes += self.reader.stored_bytes(self.kind, **id);
            bytes <= BYTES_AT_ONCE
        };
        let count = ids.iter().take(AT_ONCE as usize).take_while(is_within).count();
        count.max(1).min(ids.len())
    }

    /// Asked before each step; a round that was stopped stays so.
    fn goes_on(&mut self) -> bool {
        self.complete = self.complete && (self.may_go_on)();
        self.complete
    }

    fn prove(&mut self, ids: &[i64]) -> Result<(), Error> {
        ids.iter().for_each(|id| drop(self.found.remove(id)));
        let reader = self.reader;
        reader.with_snapshot(|reader| match self.kind {
            ProvenKind::Version => self.versions(reader, ids),
            ProvenKind::Asset => self.assets(reader, ids),
        })?;
        self.checked += ids.len() as u64;
        Ok(())
    }

    fn assets(&mut self, reader: &Reader, ids: &[i64]) -> Result<(), Error> {
        for &id in ids {
            let hash = match reader.asset_by_id(id) {
                Ok(None) => continue,
                Ok(Some(hash)) => reader.asset(hash).map(|_| ()),
                Err(error) => Err(error),
            };
            if let Err(error) = hash {
                let reason = error.damage_reason()?;
                self.found.insert(id, format!("picture {id}: {reason}"));
            }
        }
        Ok(())
    }

    /// Draft by draft, so that a document is rebuilt from its neighbour.
    fn versions(&mut self, reader: &Reader, ids: &[i64]) -> Result<(), Error> {
        let mut drafts: BTreeMap<i64, Vec<(i64, Version)>> = BTreeMap::new();
        for &id in ids {
            match reader.version_by_id(id) {
                Ok(None) => {}
                Ok(Some((draft, version))) => drafts.entry(draft).or_default().push((id, version)),
                Err(error) => {
                    let reason = error.damage_reason()?;
                    self.found.insert(id, format!("row {id}: {reason}"));
                }
            }
        }
        for (draft, mut versions) in drafts {
            versions.sort_by_key(|(_, version)| Reverse(version.number));
            let (ids, newest_first): (Vec<i64>, Vec<Version>) = versions.into_iter().unzip();
            self.draft(reader, draft, &ids, &newest_first)?;
        }
        Ok(())
    }

    fn draft(&mut self, reader: &Reader, draft: i64, ids: &[i64], newest_first: &[Version]) -> Result<(), Error> {
        let name = match reader.draft_label(draft) {
            Ok(label) => format!("{}/{}", label.account, label.id),
            // `verify` tells what is wrong with its row.
            Err(error) => error.damage_reason().map(|_| format!("draft {draft}"))?,
        };
        let (found, mut ids) = (&mut self.found, ids.iter());
        reader.documents(newest_first, |version, document| {
            let proven = document.and_then(|document| prove(version, &document).map_err(Error::Damaged));
            if let (Some(id), Err(error)) = (ids.next(), proven) {
                let reason = error.damage_reason()?;
                found.insert(*id, format!("{name}@{}: {reason}", version.number));
            }
            Ok(())
        })
    }

    /// Counts what is proven, and gives each finding the time when it was first found.
    fn end(self, total: u64) -> Result<HashRound, Error> {
        let Self { reader, kind, now, may_go_on: _, complete, mut ranges, known, found, checked } = self;
        join_similar(&mut ranges);
        let found_at = |id: i64| known.iter().find(|finding| finding.id == id).map_or(now, |known| known.found_at);
        let is_recent = |range: &&ProvenRange| range.proven_at <= now && now - range.proven_at <= RECENT;
        let mut recent = 0;
        for range in ranges.iter().filter(is_recent) {
            let damaged = found.range(range.first..=range.last).count() as u64;
            recent += reader.count_between(kind, range.first, range.last)?.saturating_sub(damaged);
        }
        let findings = found.into_iter().map(|(id, reason)| ProofFinding { id, found_at: found_at(id), reason });
        Ok(HashRound { complete, findings: findings.collect(), ranges, checked, recent, total })
    }
}
