//! `draftkeep status`: how each account stands, from the archive alone.

mod forecast;
mod human;
mod notes;
mod quota;

use std::path::PathBuf;

use super::accounts;
use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use crate::archive::{
    CopyState, DaemonLock, DaemonReport, Error, GateRecord, ProofRecord, Reader, RefusedReload, RestoreRecord,
    unless_damaged,
};
use crate::config::Config;
use crate::gate;
use crate::health::{self, AccountStatus, MirrorProblem, TargetProblem};
use crate::json;
use crate::model::{AccountName, Timestamp};
use crate::retention::Rules;

/// Show the status of each account: last poll, drafts, calls used and left today, problems and how to fix them
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It only reads the archive: the daemon need not run, the platform is not asked.
Days are the platform's, UTC+8. Limits are those that the platform told, else
those of a new account. What polls promise follows from the calls that are left.

Examples:
  draftkeep status
  draftkeep status mag
  draftkeep status --check --quiet        for cron: exits with 3 on problems
  draftkeep status --json | jq -e 'all(.trouble == null)'")]
pub(super) struct Status {
    /// Accounts to show; all if none is given
    #[arg(value_parser = super::list::account)]
    accounts: Vec<AccountName>,
    /// Print one line for each problem and nothing else; exit with 3 if there is one
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    archive: ArchivePath,
}

/// Everything that is shown.
struct Report {
    archive: PathBuf,
    /// Whether the daemon runs; `None` if that is not known.
    daemon: Option<bool>,
    /// The newest configuration, if the daemon refused it.
    refused: Option<RefusedReload>,
    /// Whether this is the archive of the configuration, so that the service should run.
    configured: bool,
    accounts: Vec<AccountStatus>,
    /// Targets of messages that somebody waits for in vain.
    targets: Vec<TargetProblem>,
    /// How the copies of each place of the configuration stand.
    copies: Vec<CopyState>,
    /// How the last proofs went.
    proofs: Vec<ProofRecord>,
    mirror: Option<MirrorProblem>,
    /// What the daemon keeps, and when versions were pruned last.
    retention: Option<(Rules, Option<Timestamp>)>,
    /// The drills whose draft may be in the box of their account still.
    drills_left: Vec<RestoreRecord>,
    /// What programs asked to write, and waits for a yes.
    held_writes: Vec<GateRecord>,
}

impl Status {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let now = context.clock.now();
        let mut report = self.report(context, now)?;
        self.choose(&mut report)?;
        if context.ui.json {
            let Report { daemon, targets, copies, proofs, mirror, retention, drills_left, held_writes, .. } = &report;
            let (daemon, mirror) = (*daemon, mirror.as_ref());
            let retention = retention.as_ref().map(|(rules, pruned_at)| (rules, *pruned_at));
            let service =
                json::ServiceStatus { daemon, targets, copies, proofs, mirror, retention, drills_left, held_writes };
            let document: Vec<_> = report.accounts.iter().map(|account| json::status(account, &service)).collect();
            context.ui.document(&document)?;
        } else if self.check {
            context.ui.text(&human::problems(&report))?;
        } else {
            human::print(context, &report, now)?;
        }
        let has_problems = !report.targets.is_empty()
            || !health::copy_problems(&report.copies).is_empty()
            || !health::proof_problems(&report.proofs).is_empty()
            || report.mirror.is_some()
            || report.accounts.iter().any(|account| !account.problems.is_empty());
        Ok(if self.check && has_problems { Exit::Partly } else { Exit::Done })
    }

    fn report(&self, context: &CommandContext, now: Timestamp) -> Result<Report, CommandError> {
        if let Some(path) = &self.archive.archive {
            let (daemon, says) = (DaemonLock::is_held(path), DaemonLock::read_report(path)?);
            let reader = context.reader(&self.archive)?;
            let accounts = health::status_without_config(reader.account_stats(now)?, daemon, &says, now);
            let (targets, copies) = (self.targets(&reader, &says, now)?, self.copies(&reader)?);
            let proofs = self.proofs(&reader)?;
            let mirror = self.mirror(&reader)?;
            return Ok(Report {
                archive: path.clone(),
                daemon,
                refused: says.refused,
                configured: false,
                accounts,
                targets,
                copies,
                proofs,
                mirror,
                retention: None,
                drills_left: unless_damaged(reader.drills_left())?,
                held_writes: gate::waiting(&reader, now)?,
            });
        }
        let config = Config::load_without_secrets(&context.config)?;
        let (daemon, says) = (DaemonLock::is_held(&config.archive), DaemonLock::read_report(&config.archive)?);
        let (all_stats, mut targets, mut copies, proofs, mirror, pruned_at, (drills_left, held_writes)) =
            match context.reader_at(&config.archive) {
                Ok(reader) => {
                    let (targets, copies) = (self.targets(&reader, &says, now)?, self.copies(&reader)?);
                    let (proofs, mirror) = (self.proofs(&reader)?, self.mirror(&reader)?);
                    let pruned_at = unless_damaged(reader.last_pruned_at())?;
                    let drills_left = unless_damaged(reader.drills_left())?;
                    let left = (drills_left, gate::waiting(&reader, now)?);
                    (reader.account_stats(now)?, targets, copies, proofs, mirror, pruned_at, left)
                }
                // The first poll makes it.
                Err(Error::NotFound(_)) => Default::default(),
                Err(error) => return Err(error.into()),
            };
        let accounts = health::status(&config, all_stats, daemon, &says, now);
        let is_mirrored = config.mirror.is_some();
        let retention = config.retention.clone().filter(|_| self.accounts.is_empty());
        targets.retain(|problem| config.names_target(&problem.target));
        copies.retain(|state| config.copies.iter().any(|copy| copy.to.to_string() == state.place));
        Ok(Report {
            archive: config.archive,
            daemon,
            refused: says.refused,
            configured: true,
            accounts,
            targets,
            copies,
            proofs,
            mirror: mirror.filter(|_| is_mirrored),
            retention: retention.map(|rules| (rules, pruned_at)),
            drills_left,
            held_writes,
        })
    }

    /// Returns what is wrong with targets; nothing where only some accounts are asked for.
    fn targets(&self, reader: &Reader, report: &DaemonReport, now: Timestamp) -> Result<Vec<TargetProblem>, Error> {
        match self.accounts.is_empty() {
            true => Ok(health::target_problems(&reader.outbox_targets()?, report, now)),
            false => Ok(Vec::new()),
        }
    }

    /// Returns how copies stand; nothing where only some accounts are asked for.
    fn copies(&self, reader: &Reader) -> Result<Vec<CopyState>, Error> {
        if self.accounts.is_empty() { reader.copy_states() } else { Ok(Vec::new()) }
    }

    /// Returns how proofs went; nothing where only some accounts are asked for.
    fn proofs(&self, reader: &Reader) -> Result<Vec<ProofRecord>, Error> {
        if self.accounts.is_empty() { reader.proofs() } else { Ok(Vec::new()) }
    }

    /// Returns what is wrong with the mirror; nothing where only some accounts are asked for.
    fn mirror(&self, reader: &Reader) -> Result<Option<MirrorProblem>, Error> {
        match self.accounts.is_empty() {
            true => Ok(health::mirror_problem(&reader.open_conditions()?)),
            false => Ok(None),
        }
    }

    /// Keeps the accounts that were asked for.
    fn choose(&self, report: &mut Report) -> Result<(), CommandError> {
        let names: Vec<&str> = report.accounts.iter().map(|account| account.stats.account.as_str()).collect();
        if let Some(unknown) = self.accounts.iter().find(|name| !names.contains(&name.as_str())) {
            return Err(accounts::unknown_account("there is", unknown.as_str(), &names));
        }
        let is_named =
            |account: &AccountStatus| self.accounts.iter().any(|name| name.as_str() == account.stats.account);
        report.accounts.retain(|account| self.accounts.is_empty() || is_named(account));
        Ok(())
    }
}
