//! How a comparison is shown.

use serde::Deserialize;

use super::texts::Texts;
use crate::diff;

/// How a comparison is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum View {
    /// The newer article, and in it what was removed.
    #[default]
    Merged,
    /// The same, without what stayed.
    Changes,
    /// Both, beside one another.
    Sides,
    Newer,
    Older,
    /// The text alone.
    Text,
}

impl View {
    pub(super) const ALL: [Self; 6] = [Self::Merged, Self::Changes, Self::Sides, Self::Newer, Self::Older, Self::Text];

    /// The word in addresses.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Merged => "merged",
            Self::Changes => "changes",
            Self::Sides => "sides",
            Self::Newer => "newer",
            Self::Older => "older",
            Self::Text => "text",
        }
    }

    /// How the article is drawn, from left to right; not at all where only the text is shown.
    pub(super) fn drawn(self) -> &'static [diff::View] {
        match self {
            Self::Merged => &[diff::View::Merged],
            Self::Changes => &[diff::View::OnlyChanges],
            Self::Sides => &[diff::View::Older, diff::View::Newer],
            Self::Newer => &[diff::View::Newer],
            Self::Older => &[diff::View::Older],
            Self::Text => &[],
        }
    }

    /// Its name on the pages.
    pub(super) fn name(self, texts: &Texts) -> &'static str {
        match self {
            Self::Merged => texts.view_merged,
            Self::Changes => texts.view_changes,
            Self::Sides => texts.view_sides,
            Self::Newer => texts.view_newer,
            Self::Older => texts.view_older,
            Self::Text => texts.view_text,
        }
    }
}
