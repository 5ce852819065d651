//! What is told while the demo runs, and counted for its end.

use std::collections::HashMap;

use tokio::sync::watch;

use crate::cli::list;
use crate::cli::output::Ui;
use crate::model::{MediaId, counted};
use crate::poll::Report;

/// Shared by the editor and the daemon.
pub(super) struct Progress {
    ui: Ui,
    counts: watch::Sender<Counts>,
}

#[derive(Clone, Default)]
pub(super) struct Counts {
    /// What the editor and the plug-in did.
    pub(super) deeds: u64,
    pub(super) polls: u64,
    pub(super) calls: u64,
    /// The titles of what the editors' chat received.
    pub(super) messages: Vec<String>,
    /// Number and newest version of each draft that polls kept.
    newest: HashMap<MediaId, (i64, u64)>,
}

impl Progress {
    pub(super) fn new(ui: Ui) -> Self {
        Self { ui, counts: watch::Sender::default() }
    }

    pub(super) fn did(&self, action: &str) {
        self.counts.send_modify(|counts| counts.deeds += 1);
        self.print(action);
    }

    pub(super) fn polled(&self, report: &Report) {
        self.print(&format!(
            "daemon  polled: {}, {}, {} missing",
            counted(report.seen, "draft"),
            counted(report.new_versions, "new version"),
            report.missing
        ));
        for version in &report.versions {
            self.print(&format!("        kept version {} of {}", version.version, list::title(&version.title)));
        }
        for failure in &report.failures {
            self.print(&format!("        {}", failure.message));
        }
        self.counts.send_modify(|counts| {
            counts.polls += 1;
            counts.calls += report.calls;
            counts.newest.extend(report.versions.iter().map(|new| (new.media_id.clone(), (new.draft, new.version))));
        });
    }

    /// Prints a message as it arrived in the editors' chat.
    pub(super) fn told(&self, text: &str) {
        self.print("daemon  tells the editors' chat:");
        text.lines().for_each(|line| self.print(&format!("        {line}")));
        let title = text.lines().next().unwrap_or_default().to_owned();
        self.counts.send_modify(|counts| counts.messages.push(title));
    }

    /// Tells what may have several lines.
    pub(super) fn print(&self, lines: &str) {
        lines.split('\n').for_each(|line| self.ui.status(line));
    }

    /// Waits until a version of a draft is kept, and returns the draft's number.
    pub(super) async fn kept(&self, media_id: &MediaId, version: u64) -> i64 {
        self.until(|counts| {
            counts.newest.get(media_id).filter(|(_, newest)| *newest >= version).map(|(draft, _)| *draft)
        })
        .await
    }

    /// Waits until the editors' chat has received a message.
    pub(super) async fn chat_is_told(&self) {
        self.until(|counts| counts.messages.first().map(drop)).await;
    }

    async fn until<T>(&self, find: impl Fn(&Counts) -> Option<T>) -> T {
        let mut counts = self.counts.subscribe();
        loop {
            if let Some(found) = find(&counts.borrow_and_update()) {
                return found;
            }
            // The sender lives as long as `self`.
            counts.changed().await.unwrap_or_default();
        }
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts.borrow().clone()
    }
}
