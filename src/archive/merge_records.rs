//! What another archive has recorded of a draft beside its versions: pins and events. Each comes over once, however often the archives are
//! merged, and with the version that it is about: one transaction, so that no merge that is cut off leaves a version without them. Polls,
//! calls and conditions do not come over: they tell of the other archive's daemon.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Transaction;

use super::account_id::AccountId;
use super::error::Error;
use super::event::{self, Event, NewEvent};
use super::export_rows::DraftRow;
use super::import_rows::{ImportedVersion, append_next, warn_of_damage};
use super::pin::{self, Pin};
use super::reader::{Reader, Version};
use super::version;
use super::writer::Writer;
use crate::model::{ConditionDetails, EventKind, rfc3339};

/// A version of another archive, and what it is here.
#[derive(Clone, Copy, Debug)]
pub struct MergedVersion {
    /// The id of its row there.
    pub(super) there: i64,
    /// Its number there.
    number: u64,
    /// The number of its draft here.
    pub(super) draft: i64,
    /// Its number here.
    pub(super) here: u64,
}

impl MergedVersion {
    /// Says that a version is version `here` of a draft.
    pub fn new(there: &Version, draft: i64, here: u64) -> Self {
        Self { there: there.id, number: there.number, draft, here }
    }

    /// Returns whether it has the number that it has there.
    pub fn has_own_number(&self) -> bool {
        self.number == self.here
    }
}

/// How many records came over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergedRecords {
    pub pins: u64,
    pub events: u64,
    /// Events of versions that are not here: they stay behind.
    pub events_left: u64,
    pub restores: u64,
    /// Restores that had not ended there, or whose versions are not here: they stay behind.
    pub restores_left: u64,
    /// Writes of programs.
    pub writes: u64,
    /// Writes that had not ended there, or whose drafts are not here: they stay behind.
    pub writes_left: u64,
}

impl MergedRecords {
    /// Adds up.
    pub fn add(&mut self, other: Self) {
        let Self { pins, events, events_left, restores, restores_left, writes, writes_left } = other;
        self.pins += pins;
        self.events += events;
        self.events_left += events_left;
        self.restores += restores;
        self.restores_left += restores_left;
        self.writes += writes;
        self.writes_left += writes_left;
    }
}

/// What another archive has recorded of a draft beside its versions.
#[derive(Debug)]
pub struct DraftRecords {
    /// By the number of the version there.
    pins: BTreeMap<u64, Pin>,
    /// Likewise. Those without a version are about the draft before it had one.
    events: BTreeMap<Option<u64>, Vec<Event>>,
}

/// A version that comes over.
#[derive(Debug)]
pub struct ComingVersion<'a> {
    pub there: &'a Version,
    pub imported: ImportedVersion<'a>,
    /// The number of the newest version here when the histories were compared.
    pub newest: u64,
    pub records: &'a DraftRecords,
}

impl Reader {
    /// Returns what is recorded of a draft beside its versions.
    pub fn draft_records(&self, draft: i64) -> Result<DraftRecords, Error> {
        let mut events: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let happened = self.find_events("event.draft = ?1 ORDER BY event.id", [draft])?;
        // A write that waits there is nobody's matter here.
        for event in happened.into_iter().filter(|event| event.kind != EventKind::GateHeld) {
            events.entry(event.version).or_default().push(event);
        }
        Ok(DraftRecords { pins: self.pins(draft)?, events })
    }
}

impl DraftRecords {
    /// Returns how many events are about none of these versions.
    pub fn events_left(&self, versions: &[MergedVersion]) -> u64 {
        let here: BTreeSet<_> = versions.iter().map(|version| Some(version.number)).collect();
        let left = self.events.iter().filter(|(number, _)| !here.contains(number));
        left.map(|(_, events)| events.len() as u64).sum()
    }

    fn events_of(&self, version: &MergedVersion) -> &[Event] {
        self.events.get(&Some(version.number)).map_or(&[], Vec::as_slice)
    }

    fn has_any_of(&self, version: &MergedVersion) -> bool {
        self.pins.contains_key(&version.number) || !self.events_of(version).is_empty()
    }
}

impl Writer {
    /// Adds the version that comes next to a draft, as [`Writer::import`] does, with what is recorded of it. Targets are not told of its
    /// events: they happened before, elsewhere. Writes nothing and returns `None` where another process has added a version since the
    /// histories were compared.
    pub fn merge_version(
        &mut self,
        account: AccountId,
        draft: &DraftRow,
        coming: &ComingVersion<'_>,
        last: i64,
    ) -> Result<Option<(MergedVersion, MergedRecords)>, Error> {
        let (merged, damage) = self.transaction_beside_damage(|transaction, older| {
            if version::newest_number(transaction, account, &draft.media_id)? != coming.newest {
                return Ok(None);
            }
            let id = append_next(transaction, account, draft, &coming.imported, last, older)?;
            let version = MergedVersion::new(coming.there, id, coming.imported.number);
            // No event is about a number that nothing had.
            let records = put_records(transaction, account, &version, coming.records, &mut KnownEvents::default())?;
            Ok(Some((version, records)))
        })?;
        warn_of_damage(draft, damage);
        Ok(merged)
    }

    /// Brings over what is recorded of versions of a draft that both archives have.
    pub fn merge_records(
        &mut self,
        account: AccountId,
        versions: &[MergedVersion],
        records: &DraftRecords,
    ) -> Result<MergedRecords, Error> {
        let versions: Vec<_> = versions.iter().filter(|version| records.has_any_of(version)).collect();
        let Some(draft) = versions.first().map(|version| version.draft) else { return Ok(MergedRecords::default()) };
        self.transaction(|transaction| {
            let mut known = KnownEvents::read(transaction, draft)?;
            let mut merged = MergedRecords::default();
            for version in versions {
                merged.add(put_records(transaction, account, version, records, &mut known)?);
            }
            Ok(merged)
        })
    }
}

/// The events of a draft here, before others come.
#[derive(Default)]
struct KnownEvents {
    /// Kind, version and time: no two events of a draft have all three in common.
    all: BTreeSet<(String, u64, String)>,
    /// The versions of which it is known what they changed.
    judged: BTreeSet<u64>,
}

impl KnownEvents {
    fn read(transaction: &Transaction<'_>, draft: i64) -> rusqlite::Result<Self> {
        let all: BTreeSet<(String, u64, String)> = transaction
            .prepare_cached("SELECT kind, version, at FROM event WHERE draft = ?1 AND version >= 0")?
            .query_map([draft], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let is_of_content = |kind: &str| kind.parse().is_ok_and(EventKind::is_of_content);
        let judged = all.iter().filter(|(kind, ..)| is_of_content(kind)).map(|(_, version, _)| *version).collect();
        Ok(Self { all, judged })
    }

    /// Notes an event; returns whether it is new. What a version changed is told once, whoever saw it first.
    fn note(&mut self, event: &Event, version: &MergedVersion) -> bool {
        let is_judged = event.kind.is_of_content() && !self.judged.insert(version.here);
        !is_judged && self.all.insert((event.kind.as_str().to_owned(), version.here, rfc3339(event.at)))
    }
}

/// Writes the pin and the events of a version that are not known here.
fn put_records(
    transaction: &Transaction<'_>,
    account: AccountId,
    version: &MergedVersion,
    records: &DraftRecords,
    known: &mut KnownEvents,
) -> rusqlite::Result<MergedRecords> {
    let mut merged = MergedRecords::default();
    if let Some(pin) = records.pins.get(&version.number) {
        merged.pins += u64::from(pin::import(transaction, version.draft, version.here, pin)?);
    }
    for event in records.events_of(version) {
        if known.note(event, version) {
            event::add(transaction, Some(account), &merged_event(event, version))?;
            merged.events += 1;
        }
    }
    Ok(merged)
}

fn merged_event(event: &Event, version: &MergedVersion) -> NewEvent {
    NewEvent {
        kind: event.kind,
        draft: Some(version.draft),
        at: event.at,
        version: Some(version.here),
        sizes: event.sizes,
        details: ConditionDetails { reason: Some(event::MERGED.to_owned()), ..event.details.clone() },
    }
}
