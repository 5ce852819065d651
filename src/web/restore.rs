//! Restores that forms on the pages ask for: each runs in a task of the daemon, whether or not somebody waits for it.
//!
//! A form has a random name. While its restore runs, the same form leads to it; afterwards the archive knows which restore the form
//! began. So a form that is sent twice begins one restore.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::answer::PageError;
use super::restore_failure::{Failure, FailureKind};
use super::restore_work::{Action, Work};
use super::site::Site;
use crate::archive::{PlanId, RestoreId, RestoreRequest};
use crate::restore::{InPlacePlan, NewDraftPlan, RestoreForm, RestoreResources};

/// How long a restore may go on when the daemon stops. The archive knows how far it came.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// How a restore ended.
type End = Option<Result<(), Failure>>;

/// A restore that runs.
#[derive(Clone)]
struct Running {
    begun: watch::Receiver<Option<RestoreId>>,
    end: watch::Receiver<End>,
}

/// The restores that run, by the names of their forms.
pub(super) struct Restores {
    running: Mutex<HashMap<String, Running>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Restores {
    pub(super) fn new(stop: CancellationToken, tasks: TaskTracker) -> Arc<Self> {
        Arc::new(Self { running: Mutex::default(), stop, tasks })
    }

    /// Returns whether a restore runs in this program.
    pub(super) fn is_running(&self, id: RestoreId) -> bool {
        self.lock().values().any(|running| *running.begun.borrow() == Some(id))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts what a form asks for, or finds what it started before. Returns the restore's number as soon as it is known, or why nothing
/// was begun.
pub(super) async fn start(
    site: &Site,
    action: Action,
    request: RestoreRequest,
) -> Result<Result<RestoreId, Failure>, PageError> {
    let Running { mut begun, mut end } = find_or_spawn(site, action, request);
    let number = tokio::select! {
        biased;
        Ok(begun) = begun.wait_for(Option::is_some) => *begun,
        end = end.wait_for(Option::is_some) => match end.as_deref() {
            Ok(Some(Err(failure))) => return Ok(Err(failure.clone())),
            _ => None,
        },
    };
    // Who has gone without a word has panicked, or was cut off by a stop.
    let number = number.or(*begun.borrow());
    number.map(Ok).ok_or(PageError::Internal)
}

fn find_or_spawn(site: &Site, action: Action, request: RestoreRequest) -> Running {
    let mut running = site.restores().lock();
    if let Some(running) = running.get(&request.form) {
        return running.clone();
    }
    let (begun, see_begun) = watch::channel(None);
    let (end, see_end) = watch::channel(None);
    let new = Running { begun: see_begun, end: see_end };
    running.insert(request.form.clone(), new.clone());
    drop(running);
    let (site, runtime) = (site.clone(), Handle::current());
    let tasks = site.restores().tasks.clone();
    // On a thread of its own, as its futures cannot change threads.
    tasks.spawn_blocking(move || runtime.block_on(run_to_end(site, action, RestoreForm { request, begun }, end)));
    new
}

/// Runs a restore until it has ended, or until the daemon can wait no longer.
async fn run_to_end(site: Site, action: Action, form: RestoreForm, end: watch::Sender<End>) {
    let restores = site.restores();
    let stopped = async {
        restores.stop.cancelled().await;
        tokio::time::sleep(STOP_TIMEOUT).await;
    };
    let ended = tokio::select! {
        ended = run(&site, action, &form) => Some(ended),
        () = stopped => None,
    };
    end.send_replace(ended);
    restores.lock().remove(&form.request.form);
}

/// Runs a restore, and records how it ended.
async fn run(site: &Site, action: Action, form: &RestoreForm) -> Result<(), Failure> {
    let name = form.request.form.clone();
    if let Some(before) = site.read(move |reader| Ok(reader.restore_of_form(&name)?)).await? {
        form.begun.send_replace(Some(before));
        return Ok(());
    }
    let done = carry_out(site, action, form).await;
    let (ending, done) = match done {
        Ok(document) => (document, Ok(())),
        Err(failure) => {
            tracing::warn!(user = form.request.user, "a restore from the page failed: {}", failure.detail);
            (json!({ "failure": failure }), Err(failure))
        }
    };
    let name = form.request.form.clone();
    let ending = ending.to_string();
    if let Err(error) = site.archive().run(move |writer| writer.end_web_restore(&name, &ending)).await {
        tracing::warn!(%error, "how a restore from the page ended could not be written down");
    }
    done
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
    let shown = restore.plan(&resources.context(None)).await?;
    Ok((restore.plan, shown))
}

async fn carry_out(site: &Site, action: Action, form: &RestoreForm) -> Result<serde_json::Value, Failure> {
    let (config, now) = (site.config(), site.clock().now());
    let (work, account) = site.read(move |reader| Ok(Work::prepare(action, &config.accounts, reader, now))).await??;
    let (user, address) = (&form.request.user, &form.request.address);
    tracing::info!(user, address, account = %account.name, "somebody restores from the page: {action:?}");
    let resources = RestoreResources::acquire(account, site.archive().clone(), site.path(), site.clock().clone())?;
    work.carry_out(&resources.context(Some(form))).await
}
