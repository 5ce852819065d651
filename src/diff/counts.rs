//! How much changed, in numbers, for those who say it in their own words.

use std::collections::BTreeSet;

use super::result::{ArticleDiff, Diff};

/// How much changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub articles_added: usize,
    pub articles_removed: usize,
    /// Whether articles stand in another order.
    pub reordered: bool,
    /// The names of the changed fields, as [`super::FieldChange`] has them, of articles that were there before and are now.
    pub fields: BTreeSet<String>,
    /// Characters, without blanks.
    pub added: usize,
    pub removed: usize,
    pub pictures_added: usize,
    pub pictures_removed: usize,
    /// Whether the look of a body changed and its content did not.
    pub formatting: bool,
}

impl Diff {
    /// Counts what changed.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        self.articles.iter().for_each(|article| counts.add(article));
        counts.fields.extend(self.other.iter().map(|field| field.name.clone()));
        counts
    }
}

impl Counts {
    fn add(&mut self, article: &ArticleDiff) {
        self.articles_added += usize::from(article.older.is_none());
        self.articles_removed += usize::from(article.newer.is_none());
        self.reordered |= article.moved;
        if article.older.is_some() && article.newer.is_some() {
            self.fields.extend(article.fields.iter().map(|field| field.name.clone()));
        }
        if let Some(body) = &article.body {
            self.added += body.added;
            self.removed += body.removed;
            self.pictures_added += body.pictures_added.len();
            self.pictures_removed += body.pictures_removed.len();
            self.formatting |= body.formatting_only;
        }
        if let Some(pictures) = &article.pictures {
            self.pictures_added += pictures.added.len();
            self.pictures_removed += pictures.removed.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::diff;

    #[test]
    fn what_changed_is_counted() {
        let older = r#"{"news_item":[{"title":"秋","content":"<p>一二三</p>"},{"title":"冬","content":"<p>四</p>"}]}"#;
        let newer = r#"{"news_item":[{"title":"秋天","content":"<p>一二三四五</p>"}]}"#;
        let counts = diff(older.as_bytes(), newer.as_bytes()).unwrap().counts();
        assert_eq!((counts.articles_added, counts.articles_removed), (0, 1));
        assert_eq!((counts.added, counts.removed), (2, 1));
        assert!(counts.fields.contains("title") && !counts.formatting);
    }
}
