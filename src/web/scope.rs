//! What somebody who looks at a draft may see beside it.

use maud::{Markup, html};

use super::access::Visitor;
use super::texts::Texts;
use super::{address, time};
use crate::model::Timestamp;

/// What a page of a draft may lead to.
pub(super) enum Scope<'a> {
    /// Who is logged in sees everything.
    All(&'a Visitor),
    /// Who has a link sees what it shows, until it ends.
    Shared { base: &'a str, expires_at: Timestamp },
}

impl Scope<'_> {
    pub(super) fn visitor(&self) -> Option<&Visitor> {
        match self {
            Self::All(visitor) => Some(visitor),
            Self::Shared { .. } => None,
        }
    }

    /// Returns what the addresses of the frames begin with.
    pub(super) fn base(&self, draft: i64, shown: (u64, u64)) -> String {
        match self {
            Self::All(_) => address::of_versions(draft, shown),
            Self::Shared { base, .. } => (*base).to_owned(),
        }
    }

    /// Says what a link shows, and until when.
    pub(super) fn note(&self, now: Timestamp, texts: &Texts) -> Markup {
        match self {
            Self::All(_) => html! {},
            Self::Shared { expires_at, .. } => html! {
                p.dim { (texts.shared_until) (time::instant(*expires_at, now, texts)) " (" (time::zone(now)) ")" }
            },
        }
    }
}
