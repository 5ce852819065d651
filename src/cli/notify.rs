//! `draftkeep notify`: who is told of what happens, and how that goes.

mod list;
mod log;
mod preview;
mod retry;
mod test;

use clap::Subcommand;

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use crate::config::{Config, NotifyConfig, PingConfig, suggest};

/// Who is told of what happens, what was sent, and what happened
///
/// The configuration names the targets; docs/notify.md explains them. The daemon sends.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  draftkeep notify test editors                send a message now, to try it
  draftkeep notify list                        how each target stands
  draftkeep notify log --at-least warning      what somebody should look at")]
pub(super) enum NotifyCommand {
    List(list::TargetList),
    Test(test::TestMessage),
    Preview(preview::Preview),
    Retry(retry::Retry),
    Log(log::EventLog),
}

impl NotifyCommand {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        match self {
            Self::List(list) => list.run(context),
            Self::Test(test) => test.run(context),
            Self::Preview(preview) => preview.run(context),
            Self::Retry(retry) => retry.run(context),
            Self::Log(log) => log.run(context),
        }
    }
}

/// A `[[notify]]` of the configuration.
#[derive(Clone, Copy)]
enum Rule<'a> {
    Messages(&'a NotifyConfig),
    Ping(&'a PingConfig),
}

impl<'a> Rule<'a> {
    fn name(self) -> &'a str {
        match self {
            Self::Messages(rule) => &rule.name,
            Self::Ping(ping) => &ping.name,
        }
    }

    /// Returns the key of `to`.
    fn kind(self) -> &'static str {
        match self {
            Self::Messages(rule) => rule.to.kind(),
            Self::Ping(_) => PingConfig::KIND,
        }
    }
}

/// Finds the rule of that name, or all: those for messages, then pings.
fn rules<'a>(config: &'a Config, name: Option<&str>) -> Result<Vec<Rule<'a>>, CommandError> {
    let messages = config.notify.iter().map(Rule::Messages);
    let all: Vec<_> = messages.chain(config.pings.iter().map(Rule::Ping)).collect();
    if all.is_empty() {
        return Err(CommandError::new(Exit::Usage, "the configuration has no [[notify]], so nobody is told")
            .hint("Add one as docs/notify.md shows, then: draftkeep notify test"));
    }
    let Some(name) = name else { return Ok(all) };
    match all.iter().find(|rule| rule.name() == name) {
        Some(rule) => Ok(vec![*rule]),
        None => {
            let names: Vec<_> = all.iter().map(|rule| rule.name()).collect();
            let meant = suggest(name, names.iter().copied());
            let hint = meant.map_or_else(
                || format!("The configuration has: {}", names.join(", ")),
                |meant| format!("Did you mean {meant}?"),
            );
            Err(CommandError::new(Exit::NotFound, format!("no [[notify]] is called {name}")).hint(&hint))
        }
    }
}

/// Finds the rule for messages of that name.
fn rule_for_messages<'a>(config: &'a Config, name: &str) -> Result<&'a NotifyConfig, CommandError> {
    match rules(config, Some(name))?[..] {
        [Rule::Messages(rule)] => Ok(rule),
        _ => Err(CommandError::new(Exit::Usage, format!("{name} is a ping: it carries no message, and none waits"))
            .hint(format!("See whether it arrives: draftkeep notify test {name}"))),
    }
}
