//! Whether the daemon does what it is there for.

use super::view::{Seen, View};
use crate::model::rfc3339;
use crate::standing::Freshness;

/// Returns why not; nothing where the archive can be written and every account is as fresh as its polls promise. Read by
/// people, so each reason says what to type next.
pub(super) fn unready(view: &View) -> Vec<String> {
    let archive = view.broken.iter().map(|reason| format!("archive: {reason}"));
    archive.chain(view.accounts.iter().filter_map(stale)).collect()
}

fn stale(seen: &Seen) -> Option<String> {
    let account = &seen.standing.account;
    let what = match seen.freshness {
        Freshness::Kept => return None,
        Freshness::OtherAppid => {
            format!("it is not polled, for the archive knows its name with the appid {}", seen.standing.appid)
        }
        Freshness::Never => "nothing was read of it yet".to_owned(),
        Freshness::Lost { since } => {
            format!("not every draft was looked at since {}, later than promised", rfc3339(since))
        }
    };
    Some(format!("account {account}: {what}; next: draftkeep status {account}"))
}
