//! How a field that was read back differs from what was sent.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::diff::{self, FormattingChange, PartChange};
use crate::picture::ImageChange;

/// A difference. Its `Display` is a text for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldNote {
    /// An article that was sent is not in the draft.
    NotThere,
    /// An article that was not sent is in the draft.
    NotSent,
    /// The API does not tell it.
    NotTold,
    /// The platform filled in what was not sent.
    FilledIn,
    /// Only drafts of one article have it.
    OfOneArticle,
    Empty,
    /// The value that is there.
    Value(String),
    /// The same picture by another media_id.
    SamePicture,
    OtherPicture,
    /// Another media_id, and whether that is the same picture is not known.
    UnknownPicture,
    /// In characters; `moved` counts paragraphs.
    Text {
        added: usize,
        removed: usize,
        moved: usize,
    },
    PicturesLost {
        lost: usize,
        added: usize,
    },
    PicturesMoved {
        added: usize,
        moved: usize,
    },
    /// How pictures were converted for their upload.
    Converted(Vec<ImageChange>),
    /// Parts of the kind `what`, such as links or videos.
    Parts {
        what: Cow<'static, str>,
        changed: usize,
        added: usize,
        removed: usize,
        moved: usize,
    },
    Formatting(Vec<FormattingChange>),
    /// Nothing that shows.
    Markup,
    LinksLost {
        lost: usize,
        all: usize,
        words_stay: bool,
    },
    Cards {
        gone: usize,
        changed: usize,
        all: usize,
    },
}

impl FieldNote {
    /// Counts what became of parts.
    pub fn parts(change: &PartChange) -> Self {
        let changed = change.changed();
        Self::Parts {
            what: Cow::Borrowed(change.what),
            changed,
            added: change.added.len() - changed,
            removed: change.removed.len() - changed,
            moved: change.moved,
        }
    }
}

impl fmt::Display for FieldNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotThere => f.write_str("it is not in the draft"),
            Self::NotSent => f.write_str("it was not sent"),
            Self::NotTold => f.write_str("the API does not tell it"),
            Self::FilledIn => f.write_str("none was sent, and the platform filled it in"),
            Self::OfOneArticle => f.write_str("only drafts of one article have one"),
            Self::Empty => f.write_str("it is empty"),
            Self::Value(value) => write!(f, "it is {value}"),
            Self::SamePicture => f.write_str("the same picture, by another media_id"),
            Self::OtherPicture => f.write_str("it is another picture"),
            Self::UnknownPicture => {
                f.write_str("it has another media_id, and whether that is the same picture is not known")
            }
            Self::Text { added: 0, removed: 0, moved } => write!(f, "{moved} moved"),
            Self::Text { added, removed, moved: 0 } => write!(f, "+{added} −{removed} characters"),
            Self::Text { added, removed, moved } => write!(f, "+{added} −{removed} characters, {moved} moved"),
            Self::PicturesLost { lost, added } => write!(f, "{lost} lost, {added} added"),
            Self::PicturesMoved { added, moved } => write!(f, "{added} added, {moved} moved"),
            Self::Converted(changes) => joined(f, changes, "; "),
            Self::Parts { what, changed, added, removed, moved } => {
                let counts = [(*changed, "changed"), (*added, "added"), (*removed, "removed"), (*moved, "moved")];
                f.write_str(&diff::told(what, &counts).unwrap_or_default())
            }
            Self::Formatting(changes) => joined(f, changes, ", "),
            Self::Markup => f.write_str("other tags or attributes, and nothing that shows"),
            Self::LinksLost { lost, all, words_stay } => {
                let words = if *words_stay { ", their words stay" } else { "" };
                write!(f, "{lost} of {all} lost their address{words}")
            }
            Self::Cards { gone: 0, changed, all } => write!(f, "{changed} of {all} are changed"),
            Self::Cards { gone, changed: 0, all } => write!(f, "{gone} of {all} are gone"),
            Self::Cards { gone, changed, all } => write!(f, "{gone} of {all} are gone, {changed} are changed"),
        }
    }
}

fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, all: &[T], separator: &str) -> fmt::Result {
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    f.write_str(&all.join(separator))
}
