//! Runs commands that wait for the network or for signals.

use super::error::{CommandError, Exit};

/// Runs a command that waits for the network.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| CommandError::new(Exit::Failed, "the program cannot start").because(&error))?;
    let ended = runtime.block_on(future);
    // Dropping the runtime would wait for a running name lookup.
    runtime.shutdown_background();
    Ok(ended)
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        // Without handlers the signals end the program by themselves.
        _ => std::future::pending().await,
    }
}
