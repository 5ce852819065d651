//! Whether the service does its work: what a dead man's switch is told.

use chrono::TimeDelta;

use super::condition_words;
use crate::archive::{AccountStats, DaemonReport, Error, Reader};
use crate::config::Account;
use crate::health::{self, AccountStatus, Freshness};
use crate::model::{ActiveCondition, Condition, Language, Timestamp, rfc3339};

/// After its start, the daemon has this long to read what nobody read before. Until then, an account that is late proves nothing.
const GRACE: TimeDelta = TimeDelta::minutes(30);

/// Whether the service does its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It does; a line for each account.
    Holds(Vec<String>),
    /// It has not yet read every account since its start.
    NotYet,
    /// It does not; a line for each reason.
    Fails(Vec<String>),
}

impl Proof {
    /// Adds a reason why the service does not do its work.
    pub(super) fn and(self, reason: String) -> Self {
        match self {
            Self::Fails(mut reasons) => {
                reasons.push(reason);
                Self::Fails(reasons)
            }
            Self::Holds(_) | Self::NotYet => Self::Fails(vec![reason]),
        }
    }
}

/// What is to be proven.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) accounts: Vec<Account>,
    /// When the daemon started.
    pub(super) started_at: Timestamp,
    /// What the daemon knows of the service, and the archive may not.
    pub(super) service: Vec<ActiveCondition>,
}

impl Claim {
    /// Looks at every account, at the archive's disk, at what is to be sent, and at what the last night proved.
    ///
    /// # Errors
    ///
    /// If the archive cannot be read.
    pub(super) fn prove(&self, reader: &Reader, now: Timestamp) -> Result<Proof, Error> {
        let mut all_stats = reader.account_stats(now)?;
        let (mut lines, mut reasons, mut is_complete) = (Vec::new(), Vec::new(), true);
        for account in &self.accounts {
            let stats = AccountStats::take_or_default(&mut all_stats, &account.name, &account.appid);
            match self.account(stats, account, now) {
                Proof::Holds(read) => lines.extend(read),
                Proof::NotYet => is_complete = false,
                Proof::Fails(found) => reasons.extend(found),
            }
        }
        let service = self.service.iter().filter(|active| active.condition.stops_archiving());
        reasons.extend(service.map(|active| condition_words::line("draftkeep", active, Language::English)));
        reasons.extend(reader.check_room().err().map(|error| error.to_string()));
        let targets = health::target_problems(&reader.outbox_targets()?, &DaemonReport::default(), now);
        reasons.extend(targets.iter().map(|problem| problem.what(&rfc3339)));
        // There are none where nothing is proven at night.
        let proofs = health::proof_problems(&reader.proofs()?);
        reasons.extend(proofs.iter().map(|problem| problem.what(&rfc3339)));
        Ok(match (reasons.is_empty(), is_complete) {
            (false, _) => Proof::Fails(reasons),
            (true, false) => Proof::NotYet,
            (true, true) => Proof::Holds(lines),
        })
    }

    fn account(&self, stats: AccountStats, account: &Account, now: Timestamp) -> Proof {
        let status = AccountStatus::configured(stats, account, &DaemonReport::default(), now);
        let mut found = health::conditions(&status, account, now);
        if (now - self.started_at).abs() < GRACE {
            found.defer(Condition::Late);
        }
        let name = account.name.as_str();
        let active = found.active.iter().filter(|active| active.condition.stops_archiving());
        let reasons: Vec<_> = active.map(|active| condition_words::line(name, active, Language::English)).collect();
        if !reasons.is_empty() {
            return Proof::Fails(reasons);
        }
        match health::freshness(&status.stats, account, status.forecast.as_ref(), now) {
            Freshness::Fresh => {
                let last = status.stats.last_ok.map_or_else(String::new, |at| format!(", last at {}", rfc3339(at)));
                Proof::Holds(vec![format!("{name}: read as promised{last}")])
            }
            Freshness::OtherAppid => {
                let known = &status.stats.appid;
                Proof::Fails(vec![format!("{name}: it is not polled, for the archive knows this name with {known}")])
            }
            Freshness::NeverRead | Freshness::Stale { .. } => Proof::NotYet,
        }
    }
}
