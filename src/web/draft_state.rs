//! Whether a draft is in the box, as editors read it.

use std::collections::HashSet;

use maud::{Markup, html};

use super::texts::Texts;
use crate::archive::{Draft, Error, Reader};

/// The drafts that restores made and their undos deleted. Polls have not looked for them since, or find them missing, and are
/// certain some time later.
#[derive(Default)]
pub(super) struct TakenBack(HashSet<i64>);

impl TakenBack {
    pub(super) fn read(reader: &Reader) -> Result<Self, Error> {
        match reader.drafts_taken_back() {
            // The states are shown all the same.
            Err(Error::Damaged(_)) => Ok(Self::default()),
            drafts => Ok(Self(drafts?)),
        }
    }

    /// Names the state of a draft.
    pub(super) fn state(&self, draft: &Draft, texts: &Texts) -> Markup {
        html! {
            @if self.0.contains(&draft.id) {
                span.state.deleted { (texts.taken_back) }
            } @else {
                span class={ "state " (draft.state.as_str()) } { (texts.state(draft.state)) }
            }
        }
    }
}
