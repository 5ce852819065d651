//! Writes of programs that somebody approves or denies on the pages, in a task of the daemon that ends whether or not somebody waits for it.

use std::pin::pin;
use std::time::Duration;

use super::page_error::PageError;
use super::restore_failure::Failure;
use super::restore_work;
use super::site::Site;
use crate::archive::{GateRecord, RestoreId, WriteId};
use crate::gate::{self, GateContext, GateError};
use crate::restore::{AskedBy, RestoreResources};

/// So long somebody waits for a write before its page says that it runs.
const PATIENCE: Duration = Duration::from_secs(3);

/// Says yes to a write, and carries it out. Returns why nothing was begun; how a write ended that was begun is on record.
pub(super) async fn approve(site: &Site, record: GateRecord, by: String) -> Result<Result<(), Failure>, PageError> {
    let (this, id) = (site.clone(), record.id);
    let restores = site.restores();
    // Writes and restores share their numbers. A form that is sent twice begins one write.
    let running = restores.find_or_spawn(&format!("write-{id}"), move |begun| async move {
        let done = {
            let mut writing = pin!(carry_out(&this, &record, &by));
            match tokio::time::timeout(PATIENCE, &mut writing).await {
                Ok(done) => done,
                Err(_) => {
                    begun.send_replace(Some(RestoreId(id.0)));
                    writing.await
                }
            }
        };
        if done.is_ok() {
            begun.send_replace(Some(RestoreId(id.0)));
        }
        done
    });
    let answer = running.number().await.ok_or(PageError::Internal)?;
    Ok(answer.map(|_| ()))
}

/// Returns whether a write runs in this program.
pub(super) fn runs(site: &Site, id: WriteId) -> bool {
    site.restores().contains(RestoreId(id.0))
}

async fn carry_out(site: &Site, record: &GateRecord, by: &str) -> Result<(), Failure> {
    let config = site.config();
    let account = restore_work::account(&config.accounts, &record.account)?.clone();
    tracing::info!(by, account = %account.name, "somebody says yes to write {} on the page", record.id);
    let resources = RestoreResources::acquire(account, site.archive().clone(), site.path(), site.clock().clone())?;
    let context = GateContext { restore: resources.context(AskedBy::Command), path: site.path() };
    match gate::approve(record, by, &context).await {
        Ok(_) => Ok(()),
        Err(error) => {
            tracing::warn!(by, "write {} was not made: {error}", record.id);
            if is_on_record(&error) { Ok(()) } else { Err(error.into()) }
        }
    }
}

/// Returns whether the page of the write tells it. What is not on record may be approved again.
fn is_on_record(error: &GateError) -> bool {
    !matches!(
        error,
        GateError::Archive(_)
            | GateError::Blocked(_)
            | GateError::NotAllowed { .. }
            | GateError::NotHeld(_)
            | GateError::Failed { id: None, .. }
    )
}
