//! What a restore works with.

use std::path::Path;

use super::error::RestoreError;
use crate::archive::{RestoreLock, WriterHandle};
use crate::clock::Clock;
use crate::config::Account;
use crate::wechat::Client;

/// What a restore works with: the account that it goes to, its client, and the archive.
pub struct RestoreContext<'a> {
    pub account: &'a Account,
    pub client: &'a Client,
    pub archive: &'a WriterHandle,
    pub clock: &'a Clock,
    /// Of that archive.
    pub lock: &'a RestoreLock,
}

/// Creates the client, opens the archive, takes its restore lock and runs `work`. Returns `None` if `interrupted` came first; the
/// platform may have been asked by then, and the archive has recorded how far the restore came.
///
/// # Errors
///
/// Of `work`; or if the client cannot be created, the archive cannot be opened, or another restore runs.
pub async fn with_context<T>(
    account: &Account,
    archive: &Path,
    clock: &Clock,
    interrupted: impl Future<Output = ()>,
    work: impl AsyncFnOnce(&RestoreContext<'_>) -> Result<T, RestoreError>,
) -> Result<Option<T>, RestoreError> {
    let client = Client::new(account, clock.clone()).map_err(RestoreError::NoClient)?;
    let path = archive;
    let archive = WriterHandle::open(path)?;
    let lock = RestoreLock::acquire(path)?;
    let context = RestoreContext { account, client: &client, archive: &archive, clock, lock: &lock };
    let done = tokio::select! {
        done = work(&context) => done.map(Some),
        () = interrupted => Ok(None),
    };
    archive.close().await;
    done
}
