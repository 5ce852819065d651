//! What the daemon that answers says of itself.

use crate::archive::{DaemonLock, DaemonReport, Reader};

/// The daemon answers, so it runs.
pub(super) const RUNS: Option<bool> = Some(true);

/// Returns what it does not write into the archive.
pub(super) fn report(reader: &Reader) -> DaemonReport {
    DaemonLock::read_report(reader.path()).unwrap_or_else(|error| {
        tracing::debug!(%error, "what the daemon says of itself cannot be read");
        DaemonReport::default()
    })
}
