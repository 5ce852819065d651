//! `draftkeep notify`: who is told of what happens, and how that goes.

mod list;
mod log;
mod preview;
mod retry;
mod test;

use clap::Subcommand;

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use crate::config::{Config, NotifyConfig, suggest};

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

/// Finds the targets of that name, or all.
fn targets<'a>(config: &'a Config, name: Option<&str>) -> Result<Vec<&'a NotifyConfig>, CommandError> {
    if config.notify.is_empty() {
        return Err(CommandError::new(Exit::Usage, "the configuration has no [[notify]], so nobody is told")
            .hint("Add one as docs/notify.md shows, then: draftkeep notify test"));
    }
    let Some(name) = name else { return Ok(config.notify.iter().collect()) };
    match config.notify.iter().find(|rule| rule.name == name) {
        Some(rule) => Ok(vec![rule]),
        None => {
            let names: Vec<_> = config.notify.iter().map(|rule| rule.name.as_str()).collect();
            let meant = suggest(name, names.iter().copied());
            let hint = meant.map_or_else(
                || format!("The configuration has: {}", names.join(", ")),
                |meant| format!("Did you mean {meant}?"),
            );
            Err(CommandError::new(Exit::NotFound, format!("no [[notify]] is called {name}")).hint(&hint))
        }
    }
}
