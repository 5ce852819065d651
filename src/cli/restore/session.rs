//! Runs a restore until it is done or a signal comes.

use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, Exit};
use crate::cli::runtime::{block_on, interrupted};
use crate::config::{Account, Config};
use crate::restore::{RestoreContext, RestoreError, with_context};

/// Runs `work` for an account; the outer error is about the program, the inner one about the restore.
pub(super) fn run<T>(
    account: &Account,
    config: &Config,
    context: &CommandContext,
    work: impl AsyncFnOnce(&RestoreContext<'_>) -> Result<T, RestoreError>,
) -> Result<Result<T, RestoreError>, CommandError> {
    context.ui.log()?;
    match block_on(with_context(account, &config.archive, &context.clock, interrupted(), work))? {
        Ok(Some(done)) => Ok(Ok(done)),
        Ok(None) => Err(CommandError::new(Exit::Failed, "interrupted: something may have been written")
            .hint("It is written down how far it came. Type the same again: nothing is written twice")),
        Err(error) => Ok(Err(error)),
    }
}
