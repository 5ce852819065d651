//! `draftkeep status`: how each account stands, from the archive alone.

mod forecast;
mod hints;
mod human;
mod notes;
mod quota;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::{ArchivePath, CommandContext, CommandError, Exit, accounts};
use crate::archive::{
    AccountStats, DaemonLock, DaemonReport, Error, HeldDrafts, PictureCount, PollRecord, RefusedReload,
};
use crate::config::{self, Config};
use crate::health::{self, Forecast, Problem};
use crate::model::{AccountName, DraftState, Endpoint, ListOrder, Timestamp, rfc3339};

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
    accounts: Vec<Account>,
}

/// An account of the configuration, the archive, or both.
struct Account {
    stats: AccountStats,
    /// Whether it is in the configuration; `None` if no configuration was read.
    configured: Option<bool>,
    /// The forecast, if it is in the configuration and was polled.
    forecast: Option<Forecast>,
    problems: Vec<Problem>,
    /// Another name under which the same appid is polled; an older version of the program kept both.
    polled_as: Option<AccountName>,
}

impl Status {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let now = context.clock.now();
        let mut report = self.report(context, now)?;
        self.choose(&mut report)?;
        if context.ui.json {
            let document: Vec<_> = report.accounts.iter().map(|account| account.document(report.daemon)).collect();
            context.ui.document(&document)?;
        } else if self.check {
            context.ui.text(&human::problems(&report))?;
        } else {
            human::tell(context, &report, now)?;
        }
        let has_problems = report.accounts.iter().any(|account| !account.problems.is_empty());
        Ok(if self.check && has_problems { Exit::Partly } else { Exit::Done })
    }

    fn report(&self, context: &CommandContext, now: Timestamp) -> Result<Report, CommandError> {
        if let Some(path) = &self.archive.archive {
            let (daemon, says) = (DaemonLock::is_held(path), DaemonLock::reported(path)?);
            let all_stats = context.reader(&self.archive)?.account_stats(now)?;
            let account = |stats| Account::new(stats, None, None, daemon, &says, now);
            let accounts = all_stats.into_iter().map(account);
            let (archive, accounts) = (path.clone(), accounts.collect());
            return Ok(Report { archive, daemon, refused: says.refused, configured: false, accounts });
        }
        let config = Config::load_without_secrets(&context.config)?;
        let (daemon, says) = (DaemonLock::is_held(&config.archive), DaemonLock::reported(&config.archive)?);
        let all_stats = match context.reader_at(&config.archive) {
            Ok(reader) => reader.account_stats(now)?,
            // The first poll makes it.
            Err(Error::NotFound(_)) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let accounts = joined(&config, all_stats, daemon, &says, now);
        Ok(Report { archive: config.archive, daemon, refused: says.refused, configured: true, accounts })
    }

    /// Keeps the accounts that were asked for.
    fn choose(&self, report: &mut Report) -> Result<(), CommandError> {
        let names: Vec<&str> = report.accounts.iter().map(|account| account.stats.account.as_str()).collect();
        if let Some(unknown) = self.accounts.iter().find(|name| !names.contains(&name.as_str())) {
            return Err(accounts::unknown_account("there is", unknown.as_str(), &names));
        }
        let is_meant = |account: &Account| self.accounts.iter().any(|name| name.as_str() == account.stats.account);
        report.accounts.retain(|account| self.accounts.is_empty() || is_meant(account));
        Ok(())
    }
}

/// Returns the accounts of the configuration in its order, then those that only the archive has.
fn joined(
    config: &Config,
    mut all_stats: Vec<AccountStats>,
    daemon: Option<bool>,
    says: &DaemonReport,
    now: Timestamp,
) -> Vec<Account> {
    let mut accounts = Vec::new();
    for account in &config.accounts {
        let stats = AccountStats::take_or_default(&mut all_stats, &account.name, &account.appid);
        accounts.push(Account::new(stats, Some(true), Some(account), daemon, says, now));
    }
    for stats in all_stats {
        let polled = config.accounts.iter().find(|account| account.appid == stats.appid);
        let polled_as = polled.map(|account| account.name.clone());
        accounts.push(Account { polled_as, ..Account::new(stats, Some(false), None, daemon, says, now) });
    }
    accounts
}

impl Account {
    fn new(
        stats: AccountStats,
        configured: Option<bool>,
        settings: Option<&config::Account>,
        daemon: Option<bool>,
        says: &DaemonReport,
        now: Timestamp,
    ) -> Self {
        let forecast = settings.and_then(|settings| health::forecast(&stats, settings, now));
        let problems = match configured {
            // Nobody waits for it any more.
            Some(false) => Vec::new(),
            _ => health::problems(&stats, settings, forecast.as_ref(), daemon, says, now),
        };
        Self { stats, configured, forecast, problems, polled_as: None }
    }

    /// Returns the command to type for the first problem, if there is one.
    fn next(&self) -> Option<String> {
        self.problems.first().and_then(|problem| problem.command(&self.stats.account))
    }

    fn document(&self, daemon: Option<bool>) -> Value {
        let stats = &self.stats;
        let made = stats.ledger.iter().filter(|line| line.own_calls > 0);
        let calls = made.map(|line| (line.endpoint.as_str().to_owned(), json!(line.own_calls)));
        let limits = Endpoint::ALL.iter().map(|each| (each.as_str().to_owned(), json!(stats.line(*each).limit())));
        let states = DraftState::ALL.iter().map(|state| (state.as_str().to_owned(), json!(stats.in_state(*state))));
        json!({
            "account": stats.account,
            "last_poll": stats.last_poll.as_ref().map(|poll| rfc3339(poll.finished_at)),
            "last_ok": stats.last_ok.map(rfc3339),
            "drafts": stats.all_drafts(),
            "calls_today": calls.collect::<Map<_, _>>(),
            "trouble": self.trouble(),
            "held_back": self.held_back(),
            "daemon": daemon,
            "outcome": stats.last_poll.as_ref().map(outcome),
            "drafts_by_state": states.collect::<Map<_, _>>(),
            "versions": stats.versions,
            "versions_today": stats.versions_today,
            "pictures": pictures(stats),
            "limits": limits.collect::<Map<_, _>>(),
            "quota": quota::document(stats),
            "freshness": self.forecast.as_ref().map(Forecast::document),
            "volatile": stats.memory.volatile,
            "list_order": stats.memory.list_order.map(ListOrder::as_str),
            "next": self.next(),
            "configured": self.configured,
            "known_as": stats.known_as,
            "polled_as": self.polled_as,
        })
    }

    /// Returns what is known of drafts that are held back.
    fn held_back(&self) -> Option<Value> {
        let document = |HeldDrafts { drafts, since, believed_at }: &HeldDrafts| json!({"drafts": drafts, "since": rfc3339(*since), "believed_at": believed_at.map(rfc3339)});
        self.problems.iter().find_map(|problem| match problem {
            Problem::HeldBack(held) => Some(document(held)),
            _ => None,
        })
    }

    /// Returns all problems in one text, each with its next step.
    fn trouble(&self) -> Option<String> {
        let told = |problem: &Problem| {
            format!("{}; next: {}", problem.what(&rfc3339), problem.next(&self.stats.account, &rfc3339))
        };
        let told: Vec<_> = self.problems.iter().map(told).collect();
        (!told.is_empty()).then(|| told.join(". Also: "))
    }
}

fn pictures(stats: &AccountStats) -> Value {
    let PictureCount { held, missing, waiting } = stats.pictures;
    json!({"held": held, "missing": missing, "waiting": waiting})
}

fn outcome(poll: &PollRecord) -> Value {
    json!({
        "strategy": poll.strategy,
        "calls": poll.calls,
        "seen": poll.seen,
        "new_versions": poll.new_versions,
        "missing": poll.missing,
        "errors": poll.errors,
    })
}
