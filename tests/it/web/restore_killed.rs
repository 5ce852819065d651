//! A daemon that is killed while it restores for a page: the page tells the truth afterwards, completes it, and writes nothing twice.

use std::time::Duration;

use draftkeep::simulator::{Fault, FaultRule};

use super::restore::{Desk, PLAN, form};

/// At once, and when a draft that was made would have appeared.
const SOON: &str = "2026-09-01T02:01:00Z";
const LATER: &str = "2026-09-01T02:12:00Z";

impl Desk {
    /// Sends a form, kills the daemon while a call waits for its answer and so many drafts are in the box, and starts it again.
    async fn kill_at(&mut self, form_of: (&str, &str), (endpoint, fault, drafts): (&str, Fault, usize), now: &str) {
        let (sent, action) = (form(form_of.0, form_of.1), form_of.1);
        let before = self.platform.world().request_log.calls(endpoint);
        self.platform.world().add_fault(FaultRule::next(9, endpoint, fault));
        let (status, leads_to, answer) = self.send(action, &sent).await;
        assert_eq!(status, 303, "{answer}");
        while self.platform.world().request_log.calls(endpoint) == before || self.texts().len() != drafts {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let page = self.page(&leads_to).await;
        assert!(page.contains("The restore runs"), "{endpoint}: {page}");
        // Killed before the platform answers again.
        self.site.restart(now).await;
        self.platform.world().clear_faults();
        self.site.restart(now).await;
        // The browser asks again with the same form.
        assert_eq!(self.send(action, &sent).await.1, leads_to, "{endpoint}");
        let page = self.page(&leads_to).await;
        assert!(page.contains("It was interrupted"), "{endpoint}: {page}");
    }

    /// Completes a restore from its page.
    async fn complete(&self, id: u32) -> String {
        let page = self.page(&format!("/restores/{id}")).await;
        self.submit(&page, &format!("/restores/{id}/resume")).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_draft_is_made_once() {
    for (endpoint, fault, drafts, now) in [
        ("draft/add", Fault::Timeout, 1, LATER),
        ("draft/add", Fault::TimeoutAfterEffect, 2, SOON),
        // It is read back then.
        ("draft/get", Fault::Timeout, 2, SOON),
    ] {
        let mut desk = Desk::new("allow_restore = true").await;
        let plan = desk.page(PLAN).await;
        let case = format!("{endpoint} {fault:?}");
        desk.kill_at((&plan, PLAN), (endpoint, fault, drafts), now).await;
        let page = desk.complete(1).await;
        assert!(page.contains("Done: it is in the draft box") && page.contains("What was read back"), "{case}: {page}");
        assert_eq!(desk.texts().len(), 2, "{case}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_may_be_made_is_not_undone_before_it_is_found() {
    let mut desk = Desk::new("allow_restore = true").await;
    let plan = desk.page(PLAN).await;
    desk.kill_at((&plan, PLAN), ("draft/add", Fault::TimeoutAfterEffect, 2), LATER).await;
    assert!(desk.page("/").await.contains("href=\"/restores/1\""));
    let undo = "/restores/1/undo";
    let (status, _, page) = desk.send(undo, &form(&desk.page("/restores/1").await, undo)).await;
    assert!(status == 409 && page.contains("complete the restore, and undo it then"), "{status} {page}");
    desk.complete(1).await;
    let page = desk.submit(&desk.page("/restores/1").await, undo).await;
    assert!(page.contains("Undone: the draft was deleted"), "{page}");
    assert_eq!(desk.texts().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwrite_is_completed() {
    for fault in [Fault::Timeout, Fault::TimeoutAfterEffect] {
        let mut desk = Desk::new("allow_restore = true").await;
        let (in_place, apply) = (format!("{PLAN}/in-place"), format!("{PLAN}/in-place/apply"));
        let (_, _, plan) = desk.send(&in_place, "").await;
        desk.kill_at((&plan, &apply), ("draft/update", fault.clone(), 1), SOON).await;
        let page = desk.complete(1).await;
        assert!(page.contains("Done: it is in the draft box"), "{fault:?}: {page}");
        let texts = desk.texts();
        assert!(texts.len() == 1 && texts[0].contains("凌晨四点"), "{fault:?}: {texts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_is_completed() {
    for (fault, drafts) in [(Fault::Timeout, 2), (Fault::TimeoutAfterEffect, 1)] {
        let mut desk = Desk::new("allow_restore = true").await;
        let page = desk.submit(&desk.page(PLAN).await, PLAN).await;
        desk.kill_at((&page, "/restores/1/undo"), ("draft/delete", fault.clone(), drafts), LATER).await;
        let page = desk.complete(2).await;
        assert!(page.contains("Undone: the draft was deleted"), "{fault:?}: {page}");
        assert_eq!(desk.texts().len(), 1, "{fault:?}");
        let page = desk.page("/restores/1").await;
        assert!(page.contains("It was undone") && !page.contains("Done: it is in"), "{fault:?}: {page}");
        assert!(!desk.page("/").await.contains("A restore is not complete"), "{fault:?}");
    }
}
