//! `draftkeep prune`: which versions go, and why the others stay; with `--apply`, they go.

mod human;

use std::collections::BTreeSet;
use std::path::Path;

use chrono_tz::Tz;

use super::accounts;
use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::list::{account, state};
use super::verify::bar;
use crate::archive::{Reader, Writer};
use crate::config::{Config, DEFAULT_ZONE};
use crate::json;
use crate::model::{AccountName, DraftState, Timestamp, counted};
use crate::prune::{self, PrunePlan, PruneRequest, Pruned};
use crate::retention::{Rules, RulesError, Within};

/// Remove old versions: a plan, and with --apply their going
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A version that any rule keeps is kept. These are always kept: the newest version
of a draft, pinned versions (draftkeep pin), what a restore used, and the last
version of each editing session, that is, of saves less than 30 minutes apart.
With --drop-session-ends, those are kept only where a rule keeps them.
What is pruned cannot be brought back; its number is not given again. The daemon
may run meanwhile. Without --apply, nothing is written.
Days, weeks and months are those of the account's time zone.

Examples:
  draftkeep prune --keep-within 90d
  draftkeep prune --keep-last 10 --keep-within 30d --state published
  draftkeep prune --keep-daily 30 --keep-weekly 52 --drop-session-ends --apply")]
pub(super) struct Prune {
    #[command(flatten)]
    rules: RuleFlags,
    /// Only drafts of this account; may be repeated
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    account: Vec<AccountName>,
    /// Only drafts in this state; may be repeated
    #[arg(long, value_name = "STATE", value_parser = state())]
    state: Vec<DraftState>,
    /// Remove the versions for good
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    archive: ArchivePath,
}

#[derive(Debug, clap::Args)]
struct RuleFlags {
    /// Keep the newest N versions of each draft
    #[arg(long, value_name = "N")]
    keep_last: Option<u32>,
    /// Keep all versions of this time, counted back from the last poll: 36h, 90d, 8w, 6m, 2y
    #[arg(long, value_name = "TIME")]
    keep_within: Option<Within>,
    /// Keep the newest version of each of the last N days that have one
    #[arg(long, value_name = "N")]
    keep_daily: Option<u32>,
    /// Keep the newest version of each of the last N weeks that have one
    #[arg(long, value_name = "N")]
    keep_weekly: Option<u32>,
    /// Keep the newest version of each of the last N months that have one
    #[arg(long, value_name = "N")]
    keep_monthly: Option<u32>,
    /// Let the last version of an editing session go too, unless a rule keeps it
    #[arg(long)]
    drop_session_ends: bool,
}

impl RuleFlags {
    fn rules(&self) -> Result<Rules, CommandError> {
        let rules = Rules {
            last: self.keep_last,
            within: self.keep_within,
            daily: self.keep_daily,
            weekly: self.keep_weekly,
            monthly: self.keep_monthly,
            drop_session_ends: self.drop_session_ends,
        };
        match rules.check() {
            Ok(()) => Ok(rules),
            Err(error @ RulesError::None) => Err(CommandError::of(Exit::Usage, &error)
                .hint("Say what to keep, for example: draftkeep prune --keep-within 90d")),
            Err(error @ RulesError::Zero) => Err(CommandError::of(Exit::Usage, &error)
                .hint("Leave the rule out; the newest version of a draft is kept in any case")),
        }
    }
}

impl Prune {
    pub(super) fn run(mut self, context: &CommandContext) -> Result<Exit, CommandError> {
        let rules = self.rules.rules()?;
        let reader = self.reader(context)?;
        for name in &mut self.account {
            *name = accounts::known_as(&reader, name, &self.archive, context)?;
        }
        let zones = zones(context, &self.archive)?;
        let zone_of = |account: &str| {
            let zone = zones.iter().find(|(name, _)| name == account);
            zone.map_or(DEFAULT_ZONE, |(_, zone)| *zone)
        };
        let request = PruneRequest {
            rules: &rules,
            accounts: (!self.account.is_empty())
                .then(|| self.account.iter().map(ToString::to_string).collect::<BTreeSet<_>>()),
            states: self.state.clone(),
            zone: &zone_of,
        };
        let now = context.clock.now();
        let mut plan = prune::plan(&reader, &request, now)?;
        let path = reader.path().to_owned();
        drop(reader);
        let pruned = match self.apply {
            true => Some(apply(context, &path, &plan, now)?),
            false => None,
        };
        if let Some(pruned) = &pruned {
            plan.keep_what_went(pruned);
        }
        if context.ui.json {
            context.ui.document(&json::prune(&plan, pruned.as_ref()))?;
        } else {
            human::print(context, &plan, pruned.as_ref())?;
        }
        plan.skipped.extend(pruned.into_iter().flat_map(|pruned| pruned.damaged));
        Ok(exit(context, &plan))
    }

    /// Opens the archive for reading. One of an older schema is brought to today's first: it could not say what is pinned.
    fn reader(&self, context: &CommandContext) -> Result<Reader, CommandError> {
        let reader = context.reader(&self.archive)?;
        if reader.knows_pins()? {
            return Ok(reader);
        }
        drop(Writer::open(reader.path())?);
        context.reader(&self.archive)
    }
}

/// Carries the plan out.
fn apply(context: &CommandContext, archive: &Path, plan: &PrunePlan, now: Timestamp) -> Result<Pruned, CommandError> {
    let bar = bar(context)?;
    bar.set_length(plan.pruned().count() as u64);
    let pruned = prune::apply(&mut Writer::open(archive)?, plan, now, &mut |versions| {
        bar.set_position(versions);
        bar.set_message(counted(versions, "version"));
    });
    bar.finish_and_clear();
    Ok(pruned?)
}

/// Returns the time zones of the accounts in the configuration; none where the archive was named instead.
fn zones(context: &CommandContext, archive: &ArchivePath) -> Result<Vec<(String, Tz)>, CommandError> {
    if archive.archive.is_some() {
        return Ok(Vec::new());
    }
    let config = Config::load_without_secrets(&context.config)?;
    Ok(config.accounts.into_iter().map(|account| (account.name.to_string(), account.zone)).collect())
}

/// Warns of drafts that stay as they are because they are damaged.
fn exit(context: &CommandContext, plan: &PrunePlan) -> Exit {
    for skipped in &plan.skipped {
        context.ui.warning(&format!("{} stays as it is: {}", skipped.label, skipped.reason));
    }
    if plan.skipped.is_empty() {
        return Exit::Done;
    }
    context.ui.hint("See what to do: draftkeep verify");
    Exit::Damaged
}
