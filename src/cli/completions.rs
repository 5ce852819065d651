//! `draftkeep completions`: what a shell needs to complete our command lines, made from the grammar itself.

use clap_complete::Shell;
use serde_json::json;

use super::context::CommandContext;
use super::error::{CommandError, Exit};

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep completions bash > /etc/bash_completion.d/draftkeep
  draftkeep completions zsh > /usr/local/share/zsh/site-functions/_draftkeep
  draftkeep completions fish > ~/.config/fish/completions/draftkeep.fish
  source <(draftkeep completions bash)    in this shell only")]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, mut grammar: clap::Command, context: &CommandContext) -> Result<Exit, CommandError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut grammar, "draftkeep", &mut script);
        if context.ui.json {
            let script = String::from_utf8_lossy(&script);
            context.ui.document(&json!({"shell": self.shell.to_string(), "script": script}))?;
        } else {
            context.ui.data(&script)?;
        }
        Ok(Exit::Done)
    }
}
