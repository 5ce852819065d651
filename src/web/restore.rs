//! Restores that forms on the pages ask for, from the form to the end that the archive records.

use super::page_error::PageError;
use super::restore_ending::Ending;
use super::restore_failure::{Failure, FailureKind};
use super::restore_work::{Action, Done, Work};
use super::site::Site;
use crate::archive::{PlanId, RestoreId, RestoreRequest};
use crate::restore::{AskedBy, InPlacePlan, NewDraftPlan, RestoreForm, RestoreResources};

/// Starts what a form asks for, or finds what it started before. Returns the restore's number as soon as it is known, or why nothing
/// was begun.
pub(super) async fn start(
    site: &Site,
    action: Action,
    request: RestoreRequest,
) -> Result<Result<RestoreId, Failure>, PageError> {
    let (this, form) = (site.clone(), request.form.clone());
    let restores = site.restores();
    let running = restores
        .find_or_spawn(&form, move |begun| async move { run(&this, action, &RestoreForm { request, begun }).await });
    running.number().await.ok_or(PageError::Internal)
}

/// Runs a restore, and records how it ended.
async fn run(site: &Site, action: Action, form: &RestoreForm) -> Result<(), Failure> {
    let name = form.request.form.clone();
    if let Some(before) = site.read(move |reader| Ok(reader.restore_of_form(&name)?)).await? {
        form.begun.send_replace(Some(before));
        return Ok(());
    }
    let done = carry_out(site, action, form).await;
    if let Err(failure) = &done {
        tracing::warn!(user = form.request.user, "a restore from the page failed: {}", failure.detail);
    }
    let failure = done.as_ref().err().cloned();
    let done = done.unwrap_or_default();
    let ending = Ending { report: done.report, failure: failure.clone() }.write(done.document);
    let name = form.request.form.clone();
    let written = match ending {
        Ok(ending) => site
            .archive()
            .run(move |writer| writer.end_web_restore(&name, &ending))
            .await
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = written {
        tracing::warn!(error, "how a restore from the page ended could not be written down");
    }
    failure.map_or(Ok(()), Err)
}

/// Reads what the draft says now, and makes a plan to overwrite it.
pub(super) async fn plan_in_place(
    site: &Site,
    draft: i64,
    version: u64,
) -> Result<(NewDraftPlan, InPlacePlan), Failure> {
    let (config, now) = (site.config(), site.clock().now());
    let action = Action::InPlace { draft, version, plan: PlanId(0) };
    let (work, account) = site.read(move |reader| Ok(Work::prepare(action, &config.accounts, reader, now))).await??;
    let Work::InPlace(restore, _) = work else {
        return Err(Failure::new(FailureKind::NotPossible, "no plan in place"));
    };
    let resources = RestoreResources::acquire(account, site.archive().clone(), site.path(), site.clock().clone())?;
    let shown = restore.plan(&resources.context(AskedBy::Command)).await?;
    Ok((restore.plan, shown))
}

async fn carry_out(site: &Site, action: Action, form: &RestoreForm) -> Result<Done, Failure> {
    let (config, now) = (site.config(), site.clock().now());
    let (work, account) = site.read(move |reader| Ok(Work::prepare(action, &config.accounts, reader, now))).await??;
    let (user, address) = (&form.request.user, &form.request.address);
    tracing::info!(user, address, account = %account.name, "somebody restores from the page: {action:?}");
    let resources = RestoreResources::acquire(account, site.archive().clone(), site.path(), site.clock().clone())?;
    work.carry_out(&resources.context(AskedBy::Page(form))).await
}
