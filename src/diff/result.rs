//! What a comparison found.

use super::body::BodyChange;

/// What changed from one version to another. The words `older` and `newer` follow the order in which the two were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The articles in which something changed: in the order of the newer version, removed ones at the end.
    pub articles: Vec<ArticleDiff>,
    /// Changes outside the articles.
    pub other: Vec<FieldChange>,
    /// How many articles there were.
    pub older_articles: usize,
    /// How many articles there are.
    pub newer_articles: usize,
}

/// What changed in one article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleDiff {
    /// Its position in the older version, from 0; `None` if it was added.
    pub older: Option<usize>,
    /// Its position in the newer version, from 0; `None` if it was removed.
    pub newer: Option<usize>,
    /// Its newer title, or the older one where it was removed.
    pub title: String,
    /// Whether it stands in another order among the others than before.
    pub moved: bool,
    /// The changed fields. For an added or removed article, all that it has.
    pub fields: Vec<FieldChange>,
    /// The change of the picture list of a newspic.
    pub pictures: Option<PicturesChange>,
    /// The change of `content`.
    pub body: Option<BodyChange>,
}

/// A field whose value changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// `title`, `author`, `digest`, `link`, `cover`, `comments`, `fans-only comments`, `type`, or `other: ` and the
    /// platform's name for it.
    pub name: String,
    /// The value before, `None` if there was none: text as it reads, a cover as its picture's identity, the switches as
    /// `on` and `off`, everything else as canonical JSON.
    pub older: Option<String>,
    /// The value after, written alike.
    pub newer: Option<String>,
}

/// How the picture list of a newspic changed; pictures by their media_ids, or by their addresses where they have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PicturesChange {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// Whether those that stayed stand in another order.
    pub reordered: bool,
}

impl Diff {
    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty() && self.other.is_empty()
    }
}
