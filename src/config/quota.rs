//! Warns of a schedule that needs more calls per day than the platform allows.

use super::model::{Account, DraftSelection};
use crate::model::{Endpoint, grouped};

/// Returns a warning if the schedule needs more calls than polls of a new account have.
pub(super) fn warning(account: &Account) -> Option<String> {
    let polls = u64::from(account.poll_mode.schedule()?.polls_per_day());
    let (asked, calls, endpoint) = match &account.drafts {
        // Each draft of a list needs one draft/get.
        DraftSelection::Listed(list) => {
            let (drafts, endpoint) = (list.len() as u64, Endpoint::DraftGet);
            let (calls, polls) = (drafts * polls, count(polls, "poll"));
            let product = format!("{} × {polls} = {}", count(drafts, "draft"), grouped(calls));
            (format!("{product} {endpoint} calls a day"), calls, endpoint)
        }
        // The number of pages of the box is not known here; it is at least one.
        DraftSelection::All => {
            let endpoint = Endpoint::DraftBatchget;
            (format!("{} a day need at least as many {endpoint} calls", count(polls, "poll")), polls, endpoint)
        }
    };
    let (share, limit) = (account.quota_share, endpoint.daily_limit());
    (calls > share.of(limit)).then(|| {
        format!(
            "{asked}; polls of a new account have {} ({share} of {}) and are thinned out to that. \
             schedule = \"auto\" spends the calls where they are worth most",
            grouped(share.of(limit)),
            grouped(limit),
        )
    })
}

fn count(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
}
