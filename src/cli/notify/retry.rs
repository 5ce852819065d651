//! `draftkeep notify retry`: send again to a target that refused.

use serde_json::json;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::rule_for_messages;
use crate::archive::Writer;
use crate::config::Config;

/// Try a target again that refused, or could not be reached
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The daemon sends within half a minute. What quiet hours or a digest hold stays
held.

Examples:
  draftkeep notify retry editors")]
pub(in super::super) struct Retry {
    /// The name of a target in the configuration
    #[arg(value_name = "TARGET")]
    target: String,
}

impl Retry {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = Config::load_without_secrets(&context.config)?;
        rule_for_messages(&config, &self.target)?;
        drop(context.reader_at(&config.archive)?);
        let is_known = Writer::open(&config.archive)?.retry_outbox_target(&self.target, context.clock.now())?;
        if !is_known {
            return Err(CommandError::new(Exit::NotFound, format!("the daemon has not sent to {} yet", self.target))
                .hint("Start the daemon, or reload it: systemctl reload draftkeep"));
        }
        if context.ui.json {
            context.ui.document(&json!({"target": self.target}))?;
        } else {
            context.ui.status(&format!("The daemon tries {} again within half a minute.", self.target));
        }
        Ok(Exit::Done)
    }
}
