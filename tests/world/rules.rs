//! The rules that hold after every step, whatever happens.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::TimeDelta;
use draftkeep::archive::Reader;
use draftkeep::config::{Config, DraftSelection, QuotaShare};
use draftkeep::model::Timestamp;
use draftkeep::poll::Report;
use draftkeep::prune::Pruned;
use draftkeep::simulator::SimulatorHandle;
use draftkeep::verify::{SampleRate, verify};
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest as _, Sha256};

use crate::quota::{Counted, Quota};
use crate::truth::{Key, Truth};
use crate::world::Broken;
use crate::{alarms, quota};

/// What was seen in the archive, and is to stay there.
pub(crate) struct Rules {
    accounts: Vec<Watched>,
    versions: BTreeMap<(Key, u64), Row>,
    quota: Quota,
    /// When the step began, by the program's clock.
    began: Timestamp,
    /// Reads the archive, until the program ends.
    archive: Option<Connection>,
    /// What SQLite says of the archive as it was when it was looked at, and how many states the drafts had had by then.
    looked_at: Option<(i64, usize)>,
}

/// An account of the configuration.
pub(crate) struct Watched {
    pub(crate) appid: String,
    pub(crate) drafts: DraftSelection,
    pub(crate) share: QuotaShare,
    pub(crate) is_adaptive: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Row {
    pub(crate) hash: String,
    observed_at: String,
}

impl Rules {
    pub(crate) fn new(config: &Config) -> Self {
        let watched = |account: &draftkeep::config::Account| Watched {
            appid: account.appid.clone(),
            drafts: account.drafts.clone(),
            share: account.quota_share,
            is_adaptive: account.poll_mode.schedule().is_none(),
        };
        let accounts = config.accounts.iter().map(watched).collect();
        Self {
            accounts,
            versions: BTreeMap::new(),
            quota: Quota::default(),
            began: Timestamp::default(),
            archive: None,
            looked_at: None,
        }
    }

    pub(crate) fn before_step(&mut self, platform: &SimulatorHandle, place: usize, now: Timestamp) {
        self.began = now;
        self.quota.before_step(platform, &self.accounts[place], now);
    }

    pub(crate) fn after_step(
        &mut self,
        platform: &SimulatorHandle,
        place: usize,
        clocks: (Timestamp, TimeDelta),
    ) -> Result<(), Broken> {
        self.quota.after_step(platform, place, &self.accounts[place], clocks)
    }

    pub(crate) fn after_restore(&mut self, platform: &SimulatorHandle, place: usize) {
        self.quota.after_restore(platform, place, &self.accounts[place]);
    }

    /// Some versions were pruned, so they may be lost; none of these is a draft's newest.
    pub(crate) fn pruned(&mut self, path: &Path, pruned: &Pruned) -> Result<(), Broken> {
        let sql =
            "SELECT account.name, media_id FROM draft JOIN account ON account.id = draft.account WHERE draft.id = ?1";
        for (draft, numbers) in &pruned.numbers {
            let of: Key = self.archive(path)?.query_row(sql, [draft], key).map_err(sql_error)?;
            for number in numbers {
                self.versions.remove(&(of.clone(), *number));
            }
            if self
                .versions
                .range((of.clone(), 0)..=(of.clone(), u64::MAX))
                .next_back()
                .is_none_or(|newest| newest.0.1 < *numbers.last().unwrap_or(&0))
            {
                return Err(format!("the newest version of {} was pruned", of.1));
            }
        }
        Ok(())
    }

    /// The program was killed, and runs again.
    pub(crate) fn on_kill(&mut self, path: &Path) -> Result<(), Broken> {
        self.quota.on_kill(counted(&open(path)?)?)
    }

    pub(crate) fn forget_refusals(&mut self) {
        self.quota.forget_refusals();
    }

    /// Returns what reads the archive.
    pub(crate) fn archive(&mut self, path: &Path) -> Result<&Connection, Broken> {
        match self.archive {
            Some(ref archive) => Ok(archive),
            None => Ok(self.archive.insert(open(path)?)),
        }
    }

    /// The program ends: whoever has the archive open would keep its journal beside it.
    pub(crate) fn close(&mut self) {
        (self.archive, self.looked_at) = (None, None);
    }

    /// What was reported is in the archive.
    pub(crate) fn reported(&mut self, path: &Path, report: &Report) -> Result<(), Broken> {
        let archive = self.archive(path)?;
        for new in &report.versions {
            let sql = "SELECT count(*) FROM version_view WHERE account = ?1 AND media_id = ?2 AND version = ?3";
            let values = (report.account.to_string(), new.media_id.to_string(), new.version);
            let count: u64 = archive.query_row(sql, values, |row| row.get(0)).map_err(sql_error)?;
            if count != 1 {
                return Err(format!(
                    "version {} of {} was reported and is not in the archive",
                    new.version, new.media_id
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn check(&mut self, path: &Path, truth: &Truth, step: usize) -> Result<(), Broken> {
        let looked_at = self.looked_at;
        let archive = self.archive(path)?;
        let data: i64 = archive.query_row("PRAGMA data_version", (), |row| row.get(0)).map_err(sql_error)?;
        let now = Some((data, truth.changes));
        if looked_at == now {
            return Ok(());
        }
        let (there, states) = (versions(archive)?, states(archive)?);
        self.versions_are_true(there, truth, step)?;
        self.looked_at = now;
        states_are_true(states, truth)
    }

    /// No version is lost, and each new one says what its draft said in this step.
    fn versions_are_true(
        &mut self,
        there: BTreeMap<(Key, u64), Row>,
        truth: &Truth,
        step: usize,
    ) -> Result<(), Broken> {
        for (version, row) in &self.versions {
            if there.get(version) != Some(row) {
                return Err(format!("version {} of {} was in the archive, and is lost", version.1, version.0.1));
            }
        }
        for ((key, number), row) in &there {
            if self.versions.contains_key(&(key.clone(), *number)) {
                continue;
            }
            let told = format!("version {number} of {}", key.1);
            let history = truth.drafts.get(key).ok_or_else(|| format!("{told}: there never was such a draft"))?;
            if !history.said(&row.hash, step) {
                return Err(format!("{told} says what the draft did not say in this step"));
            }
            if there.get(&(key.clone(), number - 1)).is_some_and(|before| before.hash == row.hash) {
                return Err(format!("{told} says the same as the one before"));
            }
            // The archive's instants are cut off to milliseconds.
            let observed: Timestamp = row.observed_at.parse().map_err(|_| format!("{told}: {}", row.observed_at))?;
            if (observed - self.began).num_milliseconds() < -1 {
                return Err(format!("{told} was observed at {observed}, before the step began at {}", self.began));
            }
        }
        self.versions = there;
        Ok(())
    }

    /// Returns whether there are versions that were not there after the last step.
    pub(crate) fn has_new_versions(&mut self, path: &Path) -> Result<bool, Broken> {
        let there = versions(self.archive(path)?)?;
        self.close();
        Ok(there != self.versions)
    }

    /// Calls that the platform saw are counted in the archive.
    pub(crate) fn calls_are_counted(&self, path: &Path) -> Result<(), Broken> {
        self.quota.are_counted(&counted(&open(path)?)?, 0)
    }

    /// Each draft that is watched has its newest version, and each one that left is known to have left, where polls read every
    /// draft.
    pub(crate) fn is_settled(&mut self, path: &Path, truth: &Truth) -> Result<(), Broken> {
        let archive = self.archive(path)?;
        let (states, versions) = (states(archive)?, versions(archive)?);
        let accounts = &self.accounts;
        for (key, history) in &truth.drafts {
            let account = &accounts[key.0];
            let is_watched = match &account.drafts {
                DraftSelection::All => true,
                DraftSelection::Listed(listed) => listed.iter().any(|media_id| media_id.as_str() == key.1),
            };
            if !is_watched {
                continue;
            }
            let state = states.get(key).map_or("unknown", String::as_str);
            let newest =
                versions.range((key.clone(), 0)..=(key.clone(), u64::MAX)).next_back().map(|(_, row)| &row.hash);
            let is_known = match history.now() {
                Some(now) => state == "live" && newest == Some(&now.hash),
                // The planner spends calls on what was saved; that a draft has left it may learn late.
                None if account.is_adaptive && account.drafts == DraftSelection::All => true,
                None => !["live", "missing"].contains(&state),
            };
            if !is_known {
                let truth = history.now().map(|now| &now.hash);
                return Err(format!("{} of a{} is {state} with {newest:?}, and in truth {truth:?}", key.1, key.0));
            }
        }
        Ok(())
    }

    /// Each event reached the target.
    pub(crate) fn all_are_told(&mut self, path: &Path, platform: &SimulatorHandle) -> Result<(), Broken> {
        let archive = self.archive(path)?;
        alarms::arrived(archive, platform)?;
        alarms::all_told(archive)
    }

    /// Proves the archive and returns its digest.
    pub(crate) fn finish(path: &Path) -> Result<String, Broken> {
        let reader = Reader::open(path).map_err(|error| error.to_string())?;
        let report = verify(&reader, SampleRate::Whole, &mut |_| {}).map_err(|error| error.to_string())?;
        if !report.is_ok() {
            return Err(format!("the archive is damaged: {:?}", report.damaged));
        }
        digest(&open(path)?)
    }
}

/// Of a draft that is there it is never said that it left; it is missing only where the platform said so. A draft is published or deleted
/// only if that is true.
fn states_are_true(states: BTreeMap<Key, String>, truth: &Truth) -> Result<(), Broken> {
    for (key, state) in states {
        let Some(history) = truth.drafts.get(&key) else { return Err(format!("there never was a draft {}", key.1)) };
        let is_true = match (state.as_str(), history.now().is_some()) {
            ("live", _) | ("missing" | "gone", false) => true,
            ("missing", true) => truth.denied.contains(&key),
            ("published", false) => truth.is_listed_as_published(&key).is_some() || truth.has_published_twin(&key),
            ("deleted", false) => truth.is_listed_as_published(&key) != Some(true),
            _ => false,
        };
        if !is_true {
            let there = if history.now().is_some() { "is in the box" } else { "left the box otherwise" };
            return Err(format!("{} is said to be {state}, and {there}", key.1));
        }
    }
    Ok(())
}

fn states(archive: &Connection) -> Result<BTreeMap<Key, String>, Broken> {
    let sql = "SELECT account.name, media_id, state FROM draft JOIN account ON account.id = draft.account";
    let mut query = archive.prepare_cached(sql).map_err(sql_error)?;
    let rows = query.query_map((), |row| Ok((key(row)?, row.get(2)?))).map_err(sql_error)?;
    rows.collect::<Result<_, _>>().map_err(sql_error)
}

pub(crate) fn versions(archive: &Connection) -> Result<BTreeMap<(Key, u64), Row>, Broken> {
    let sql = "SELECT account.name, media_id, number, lower(hex(hash)), observed_at FROM version
               JOIN draft ON draft.id = version.draft JOIN account ON account.id = draft.account";
    let mut query = archive.prepare_cached(sql).map_err(sql_error)?;
    let rows =
        query.query_map((), |row| Ok(((key(row)?, row.get(2)?), Row { hash: row.get(3)?, observed_at: row.get(4)? })));
    rows.map_err(sql_error)?.collect::<Result<_, _>>().map_err(sql_error)
}

/// Returns what the archive counts of calls.
fn counted(archive: &Connection) -> Result<Counted, Broken> {
    let sql = "SELECT account.name, interface, day, calls FROM call JOIN account ON account.id = call.account";
    let mut query = archive.prepare_cached(sql).map_err(sql_error)?;
    let rows = query.query_map((), |row| Ok((key(row)?, row.get(2)?, row.get(3)?))).map_err(sql_error)?;
    let mut counted = Counted::new();
    for row in rows {
        let ((place, name), day, calls) = row.map_err(sql_error)?;
        counted.extend(quota::endpoint(&name).map(|endpoint| (((place, endpoint), day), calls)));
    }
    Ok(counted)
}

/// Reads the account and the draft, or the endpoint, of a row.
fn key(row: &rusqlite::Row<'_>) -> rusqlite::Result<Key> {
    let name: String = row.get(0)?;
    Ok((name[1..].parse().expect("a name that this test gave"), row.get(1)?))
}

/// What two runs of one world must have in common.
fn digest(archive: &Connection) -> Result<String, Broken> {
    let mut digest = Sha256::new();
    for sql in [
        "SELECT account || media_id || version || hash || observed_at FROM version_view ORDER BY 1",
        "SELECT account || media_id || state || first_seen || last_seen FROM draft_view ORDER BY 1",
        "SELECT account || started_at || finished_at || calls || seen || new_versions || errors FROM poll_view ORDER BY 1",
        "SELECT account || interface || day || calls FROM call ORDER BY 1",
    ] {
        let mut query = archive.prepare_cached(sql).map_err(sql_error)?;
        let rows = query.query_map((), |row| row.get::<_, String>(0)).map_err(sql_error)?;
        for row in rows {
            digest.update(row.map_err(sql_error)?);
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn open(path: &Path) -> Result<Connection, Broken> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(sql_error)
}

#[expect(clippy::needless_pass_by_value, reason = "it maps errors")]
fn sql_error(error: rusqlite::Error) -> Broken {
    format!("the archive cannot be read: {error}")
}
