//! Where a restore goes: the account's line, the archive's writer and the lock, for as long as the restore is at work.

use crate::archive::{Archive, RestoreLock};
use crate::cli::{CommandContext, CommandError, Exit, block_on, interrupted};
use crate::config::{Account, Config};
use crate::restore::{RestoreContext, RestoreError};
use crate::wechat::Client;

/// Works on a target, until it is done or a signal comes.
pub(super) fn at<T>(
    account: &Account,
    config: &Config,
    context: &CommandContext,
    work: impl AsyncFnOnce(&RestoreContext<'_>) -> Result<T, RestoreError>,
) -> Result<Result<T, RestoreError>, CommandError> {
    context.ui.log()?;
    block_on(async {
        let client =
            Client::new(account, context.clock.clone()).map_err(|error| CommandError::of(Exit::Failed, &error))?;
        let archive = Archive::open(&config.archive)?;
        let lock = RestoreLock::take(&config.archive)?;
        let target = RestoreContext { account, client: &client, archive: &archive, clock: &context.clock, lock: &lock };
        let done = tokio::select! {
            done = work(&target) => Ok(done),
            () = interrupted() => Err(CommandError::new(Exit::Failed, "interrupted: something may have been written")
                .hint("It is written down how far it came. Type the same again: nothing is written twice")),
        };
        archive.close().await;
        done
    })?
}
