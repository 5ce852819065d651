//! Whether the daemon is ready, for `/readyz`.

use super::snapshot::{AccountSnapshot, StatusSnapshot};
use crate::health::Freshness;
use crate::invocation::Invocation;
use crate::model::{counted, rfc3339};

/// Returns why the daemon is not ready; empty if the archive can be written and every account is as fresh as its polls promise.
/// People read the reasons, so each names the next command.
pub(super) fn failures(snapshot: &StatusSnapshot, invocation: &Invocation) -> Vec<String> {
    let archive = snapshot.broken.iter().map(|reason| format!("archive: {reason}"));
    let reasons = archive.chain(snapshot.accounts.iter().filter_map(staleness));
    reasons.map(|reason| invocation.complete(&reason).into_owned()).collect()
}

fn staleness(seen: &AccountSnapshot) -> Option<String> {
    let account = &seen.stats.account;
    if let not_stored @ 1.. = seen.stats.not_stored.len() {
        let drafts = counted(not_stored, "draft");
        return Some(format!(
            "account {account}: the new content of {drafts} could not be stored; next: draftkeep status {account}"
        ));
    }
    let what = match seen.freshness {
        Freshness::Fresh => return None,
        Freshness::OtherAppid => {
            format!("it is not polled, for the archive knows its name with the appid {}", seen.stats.appid)
        }
        Freshness::NeverRead => "nothing was read of it yet".to_owned(),
        Freshness::Stale { since } => {
            format!("not every draft was looked at since {}, later than promised", rfc3339(since))
        }
    };
    Some(format!("account {account}: {what}; next: draftkeep status {account}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{AccountStats, Error, Failure};
    use crate::model::MediaId;

    #[test]
    fn an_account_with_content_that_could_not_be_stored_is_not_ready() {
        let failure = Failure::not_stored(MediaId::new("D1"), &Error::Damaged("a lost page".to_owned()));
        let stats = AccountStats { account: "mag".to_owned(), not_stored: vec![failure], ..AccountStats::default() };
        let told = staleness(&AccountSnapshot { stats, freshness: Freshness::Fresh });
        let reason = "account mag: the new content of 1 draft could not be stored; next: draftkeep status mag";
        assert_eq!(told.as_deref(), Some(reason));
    }
}
