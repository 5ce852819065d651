//! A change of how the same content looks, and where.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::markup::{BACKGROUND, LINK};
use super::text_style::{BOX_GROUPS, Property};
use crate::model::counted;

/// Returns every name of something that makes content look as it does, in English.
pub fn formatting_names() -> impl Iterator<Item = &'static str> {
    let text = Property::all().map(Property::as_str);
    text.chain([LINK, BACKGROUND]).chain(BOX_GROUPS).chain(SPACING).chain([NOTHING_THAT_SHOWS])
}

/// What is said where the markup differs, and nothing that shows does.
pub(super) const NOTHING_THAT_SHOWS: &str = "tags and attributes";

/// Where lines and blanks differ is not a matter of styles.
pub(super) const SPACING: [&str; 2] = ["line breaks", "blanks"];

/// Something of the looks that differs. Its `Display` is a text for people: `colour of 3 paragraphs`, `bold in 2 places`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormattingChange {
    /// One of [`formatting_names`].
    pub what: Cow<'static, str>,
    pub extent: Extent,
}

/// Where it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// In whole paragraphs.
    Paragraphs(usize),
    Places(usize),
    /// The places are not known.
    Somewhere,
}

impl FormattingChange {
    pub(super) fn new(what: &'static str, extent: Extent) -> Self {
        Self { what: Cow::Borrowed(what), extent }
    }

    /// Returns whether nothing differs but how the same looks are written.
    pub fn is_invisible(&self) -> bool {
        self.what == NOTHING_THAT_SHOWS
    }

    /// Returns whether it is a matter of lines and blanks, and not of styles.
    pub fn is_spacing(&self) -> bool {
        SPACING.contains(&&*self.what)
    }
}

impl fmt::Display for FormattingChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, extent } = self;
        match extent {
            Extent::Paragraphs(count) => write!(f, "{what} of {}", counted(*count, "paragraph")),
            Extent::Places(count) => write!(f, "{what} in {}", counted(*count, "place")),
            Extent::Somewhere => f.write_str(what),
        }
    }
}
