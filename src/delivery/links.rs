//! Addresses of pages in messages.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::archive::Event;
use crate::model::{EventKind, Timestamp};

/// Makes a look-only address of two versions of a draft, at a time; `None` where it cannot be made.
pub type SharedAddress = Arc<dyn Fn(i64, [u64; 2], Timestamp) -> Option<String> + Send + Sync>;

/// Makes the addresses that messages lead to.
#[derive(Clone, Default)]
pub struct Links {
    /// The address of the pages, without a trailing slash; `None`: there are none.
    pub pages: Option<String>,
    /// Makes look-only addresses, if the pages allow them.
    pub shared: Option<SharedAddress>,
}

impl Links {
    /// Returns the address of what happened; without a draft, that of the pages.
    pub(super) fn to(&self, event: &Event, now: Timestamp) -> Option<String> {
        let pages = self.pages.as_ref()?;
        if event.kind == EventKind::GateHeld {
            return Some(format!("{pages}/writes/{}", event.details.quantity.unwrap_or_default()));
        }
        let Event { draft: Some(draft), version, .. } = event else { return Some(format!("{pages}/")) };
        let Some(newest) = *version else { return Some(format!("{pages}/d/{draft}")) };
        let versions = [newest.saturating_sub(1).max(1), newest];
        let shared = self.shared.as_ref().and_then(|shared| shared(*draft, versions, now));
        Some(shared.unwrap_or_else(|| match versions {
            [from, to] if from == to => format!("{pages}/d/{draft}/{to}"),
            [from, to] => format!("{pages}/d/{draft}/{from}..{to}"),
        }))
    }
}

impl Links {
    /// Returns the address where all events stand: the page of their account, or the first page.
    pub(super) fn to_all<'a>(&self, events: impl Iterator<Item = &'a Event>) -> Option<String> {
        let pages = self.pages.as_ref()?;
        let accounts: BTreeSet<_> = events.map(|event| event.account.as_deref()).collect();
        Some(match accounts.first() {
            Some(Some(account)) if accounts.len() == 1 => format!("{pages}/a/{account}"),
            _ => format!("{pages}/"),
        })
    }
}

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Links").field("pages", &self.pages).finish_non_exhaustive()
    }
}
