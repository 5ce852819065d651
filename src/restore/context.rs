//! What a restore works with.

use std::path::Path;

use super::error::RestoreError;
use tokio::sync::watch;

use crate::archive::{RestoreId, RestoreLock, RestoreRequest, WriteId, WriteOrigin, WriterHandle};
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
    pub asked_by: AskedBy<'a>,
}

/// Who asks for a restore.
#[derive(Clone, Copy)]
pub enum AskedBy<'a> {
    /// Somebody at the command line, or the daemon.
    Command,
    /// A form on a page.
    Page(&'a RestoreForm),
    /// A program, through the gate; `write` is the number under which the gate knows it, `None` where it only plans.
    Program { origin: &'a WriteOrigin, write: Option<WriteId> },
}

/// A form that asks for a restore, and where the restore's number is told as soon as it is known.
pub struct RestoreForm {
    pub request: RestoreRequest,
    pub begun: watch::Sender<Option<RestoreId>>,
}

/// What a restore works with inside a program that has the archive open already.
pub struct RestoreResources {
    account: Account,
    client: Client,
    archive: WriterHandle,
    clock: Clock,
    lock: RestoreLock,
}

impl RestoreResources {
    /// Creates the client and takes the restore lock of the archive, which is at `path`.
    ///
    /// # Errors
    ///
    /// If the client cannot be created, or another restore runs.
    pub fn acquire(account: Account, archive: WriterHandle, path: &Path, clock: Clock) -> Result<Self, RestoreError> {
        let client = Client::new(&account, clock.clone()).map_err(RestoreError::NoClient)?;
        let lock = RestoreLock::acquire(path)?;
        Ok(Self { account, client, archive, clock, lock })
    }

    /// Returns them for a restore, and who asks for it.
    pub fn context<'a>(&'a self, asked_by: AskedBy<'a>) -> RestoreContext<'a> {
        let Self { account, client, archive, clock, lock } = self;
        RestoreContext { account, client, archive, clock, lock, asked_by }
    }
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
    let context =
        RestoreContext { account, client: &client, archive: &archive, clock, lock: &lock, asked_by: AskedBy::Command };
    let done = tokio::select! {
        done = work(&context) => done.map(Some),
        () = interrupted => Ok(None),
    };
    archive.close().await;
    done
}
