//! Whether a schedule asks for more than the calls that the platform grants a day.

use super::model::{Account, DraftSelection};
use crate::model::Endpoint;

/// Returns what to tell the operator of an account whose schedule asks for more calls than polls of a new account have.
pub(super) fn warning(account: &Account) -> Option<String> {
    let polls = u64::from(account.poll_mode.schedule()?.polls_per_day());
    let (asked, calls, endpoint) = match &account.drafts {
        // Each draft of a list is one draft/get.
        DraftSelection::Listed(list) => {
            let (drafts, endpoint) = (list.len() as u64, Endpoint::DraftGet);
            let (calls, polls) = (drafts * polls, count(polls, "poll"));
            let product = format!("{} × {polls} = {}", count(drafts, "draft"), grouped(calls));
            (format!("{product} {endpoint} calls a day"), calls, endpoint)
        }
        // How many pages the box has is not known here; it is one at least.
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

/// Writes a number with a comma between thousands.
fn grouped(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        thousands => format!("{},{:03}", grouped(thousands), number % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([grouped(0), grouped(999), grouped(5_760), grouped(1_000_005)], ["0", "999", "5,760", "1,000,005"]);
    }
}
