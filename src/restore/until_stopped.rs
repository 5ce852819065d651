//! A restore within a program that may have to stop.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// How long a restore may go on when the program stops. The archive knows how far it came.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs a restore until it has ended; `None` if the program could wait no longer.
pub async fn until_stopped<T>(stop: &CancellationToken, restore: impl Future<Output = T>) -> Option<T> {
    let stopped = async {
        stop.cancelled().await;
        tokio::time::sleep(STOP_TIMEOUT).await;
    };
    tokio::select! {
        ended = restore => Some(ended),
        () = stopped => None,
    }
}
