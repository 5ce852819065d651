//! The words of the marks in a compared article.

use super::texts::{Texts, filled};
use crate::diff::{ChangeKind, Wording};

/// The words in the texts' language.
pub(super) struct Words(pub(super) &'static Texts);

impl Words {
    /// Names what of the looks changed.
    pub(super) fn looks(&self, names: &[&'static str]) -> String {
        names.iter().map(|name| self.0.name(name)).collect::<Vec<_>>().join(self.0.comma)
    }
}

impl Wording for Words {
    fn mark(&self, kind: ChangeKind, formatting: &[&'static str]) -> String {
        let texts = self.0;
        match kind {
            ChangeKind::Added => texts.legend_added.to_owned(),
            ChangeKind::Removed => texts.legend_removed.to_owned(),
            ChangeKind::Replaced => texts.legend_replaced.to_owned(),
            ChangeKind::MovedHere => texts.legend_moved_here.to_owned(),
            ChangeKind::MovedAway => texts.legend_moved_away.to_owned(),
            ChangeKind::Formatting => format!("{}{}", texts.legend_look, self.looks(formatting)),
        }
    }

    fn unchanged(&self, blocks: usize) -> String {
        filled(self.0.blocks_unchanged, blocks)
    }
}
