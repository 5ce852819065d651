//! Serves on the address in the configuration, and follows its changes.

use std::time::Duration;

use tokio::sync::watch;

use super::connection::{Answer, AnswerBody, Connections};
use super::listen;
use crate::config::Listen;

/// The wait before an address that is in use is tried again. An older daemon may hold it for a moment.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// Serves on the address that `address` finds in the settings, as long as it is that address. `what` says in the log what is
/// served. Returns when the sender of the settings is gone.
pub async fn serve_configured<S, B: AnswerBody>(
    what: &str,
    mut settings: watch::Receiver<S>,
    address: fn(&S) -> Option<Listen>,
    connections: Connections,
    answer: impl Answer<B>,
) {
    loop {
        let wanted = address(&settings.borrow_and_update());
        let Some(listen) = wanted else {
            match settings.changed().await {
                Ok(()) => continue,
                Err(_) => return,
            }
        };
        tokio::select! {
            () = serve_at(what, &listen, &connections, &answer) => {}
            moved = settings.wait_for(|settings| address(settings).as_ref() != Some(&listen)) => match moved {
                Ok(_) => tracing::info!(address = %listen, "stopped serving {what}"),
                Err(_) => return,
            }
        }
    }
}

/// Serves on an address as soon as it is free. A lasting failure is logged once.
async fn serve_at<B: AnswerBody>(what: &str, address: &Listen, connections: &Connections, answer: &impl Answer<B>) {
    let mut reported = None;
    loop {
        match listen::bind(address).await {
            Ok(listener) => {
                tracing::info!(%listener, "serving {what}");
                return connections.serve(listener, answer.clone()).await;
            }
            Err(error) => {
                if reported.replace(error.kind()) != Some(error.kind()) {
                    let next = listen::bind_hint(address, &error);
                    tracing::error!(
                        %address, %error,
                        "{what} cannot be served; polls go on, next try in a minute. {next}"
                    );
                }
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
    }
}
