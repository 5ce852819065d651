//! How an account stands: what its next polls promise ([`Outlook`]), and what is wrong with it ([`Trouble`]). Pure: what the
//! archive knows, the configuration and `now` are passed in.

pub mod closing;
mod outlook;
mod trouble;

pub use self::outlook::Outlook;
pub use self::trouble::{Spent, Trouble};
use crate::archive::Standing;
use crate::config::Account;
use crate::model::Timestamp;

/// Returns what is to be expected of an account; nothing before its first poll.
pub fn outlook(standing: &Standing, account: &Account, now: Timestamp) -> Option<Outlook> {
    standing.last_poll.is_some().then(|| outlook::of(standing, account, now))
}

/// Returns what is wrong with an account, what is at the root of the rest first. Only one whose settings are known can be
/// overdue. `daemon` says whether it runs, where that can be seen.
pub fn troubles(
    standing: &Standing,
    account: Option<&Account>,
    outlook: Option<&Outlook>,
    daemon: Option<bool>,
    now: Timestamp,
) -> Vec<Trouble> {
    trouble::of(standing, account.map(|account| &account.timing), outlook, daemon, now)
}
