//! How far a copy is, on a terminal; and its end when somebody wants it to.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::ProgressBar;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::output::size;
use super::super::runtime::{block_on, interrupted};
use super::super::verify;
use crate::copy::{CopyStep, OnStep};

/// Runs `work` with a bar. SIGINT and SIGTERM end it at its next step, so that nothing unfinished stays.
pub(super) fn with_progress<T: Send + 'static>(
    context: &CommandContext,
    work: impl FnOnce(OnStep<'_>) -> T + Send + 'static,
) -> Result<T, CommandError> {
    let bar = verify::bar(context)?;
    let stopped = Arc::new(AtomicBool::new(false));
    let (shown, is_stopped) = (bar.clone(), Arc::clone(&stopped));
    let result = block_on(async move {
        let mut working = tokio::task::spawn_blocking(move || {
            work(&mut |step| {
                show(&shown, step);
                if is_stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        });
        tokio::select! {
            result = &mut working => return result,
            () = interrupted() => stopped.store(true, Ordering::Relaxed),
        }
        working.await
    })?;
    bar.finish_and_clear();
    match result {
        Ok(result) => Ok(result),
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

fn show(bar: &ProgressBar, step: CopyStep) {
    match step {
        CopyStep::Reading(progress) => {
            bar.set_length(progress.all);
            bar.set_position(progress.done);
            bar.set_message("the archive is read");
        }
        CopyStep::Writing { done, all } => {
            bar.set_length(all);
            bar.set_position(done);
            bar.set_message(format!("{} of {} written", size(done), size(all)));
        }
        CopyStep::ReadingBack { done } => bar.set_message(format!("{} read back", size(done))),
        CopyStep::Proving(progress) => verify::show(bar, progress),
    }
}
