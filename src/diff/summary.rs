//! A change in one short line.

use super::{ArticleDiff, BodyChange, Diff, PicturesChange};

/// How many characters a line has at most: what is left of a terminal of 100 columns beside a version's other columns.
const LONGEST: usize = 80;

/// A name that the platform gives a field is cut beyond this.
const LONGEST_NAME: usize = 30;

impl Diff {
    /// Says what changed, in at most 80 characters: `title; +120 −14 characters; 1 picture added`. Articles are named by
    /// their positions where there are several.
    pub fn summary(&self) -> String {
        let several = self.older_articles.max(self.newer_articles) > 1;
        let edited = self.articles.iter().filter(|article| article.older.is_some() && article.newer.is_some());
        let mut parts = self.order(several);
        for article in edited {
            let mut told = article.parts();
            if several && let Some(first) = told.first_mut() {
                *first = format!("article {}: {first}", article.newer.unwrap_or_default());
            }
            parts.extend(told);
        }
        parts.extend(self.other.iter().map(|field| cut(&field.name, LONGEST_NAME)));
        if parts.is_empty() {
            parts.push("nothing".to_owned());
        }
        joined(&parts)
    }

    /// Tells which articles came, went and moved.
    fn order(&self, several: bool) -> Vec<String> {
        let added: Vec<_> = self.articles.iter().filter(|article| article.older.is_none()).collect();
        let removed: Vec<_> = self.articles.iter().filter(|article| article.newer.is_none()).collect();
        let one_or_more =
            |articles: &[&ArticleDiff], position: fn(&ArticleDiff) -> Option<usize>, what: &str| match articles {
                [] => None,
                [one] if several => Some(format!("article {} {what}", position(one).unwrap_or_default())),
                all => Some(format!("{} {what}", counted(all.len(), "article"))),
            };
        let reordered = self.articles.iter().any(|article| article.moved).then(|| "articles reordered".to_owned());
        let added = one_or_more(&added, |article| article.newer, "added");
        let removed = one_or_more(&removed, |article| article.older, "removed");
        [added, removed, reordered].into_iter().flatten().collect()
    }
}

impl ArticleDiff {
    /// Tells what changed in the article, its place aside.
    fn parts(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|field| cut(&field.name, LONGEST_NAME));
        let body = self.body.iter().flat_map(BodyChange::parts);
        let pictures = self.pictures.iter().flat_map(PicturesChange::parts);
        fields.chain(body).chain(pictures).collect()
    }
}

impl BodyChange {
    fn parts(&self) -> Vec<String> {
        if self.formatting_only {
            return vec!["formatting only".to_owned()];
        }
        let characters = characters(self.added, self.removed);
        let pictures =
            [(&self.pictures_added, "added"), (&self.pictures_removed, "removed"), (&self.pictures_moved, "moved")];
        characters.into_iter().chain(pictures.into_iter().filter_map(|(all, what)| pictures_told(all, what))).collect()
    }
}

impl PicturesChange {
    fn parts(&self) -> Vec<String> {
        let reordered = self.reordered.then(|| "pictures reordered".to_owned());
        [pictures_told(&self.added, "added"), pictures_told(&self.removed, "removed"), reordered]
            .into_iter()
            .flatten()
            .collect()
    }
}

fn characters(added: usize, removed: usize) -> Option<String> {
    let noun = if added + removed == 1 { "character" } else { "characters" };
    match (added, removed) {
        (0, 0) => None,
        (added, 0) => Some(format!("+{added} {noun}")),
        (0, removed) => Some(format!("−{removed} {noun}")),
        (added, removed) => Some(format!("+{added} −{removed} {noun}")),
    }
}

fn pictures_told(pictures: &[String], what: &str) -> Option<String> {
    (!pictures.is_empty()).then(|| format!("{} {what}", counted(pictures.len(), "picture")))
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// Joins parts as far as they fit, and ends in `…` where they do not.
fn joined(parts: &[String]) -> String {
    let mut line = String::new();
    for (at, part) in parts.iter().enumerate() {
        let separator = if at == 0 { "" } else { "; " };
        let rest = if at + 1 == parts.len() { 0 } else { "; …".chars().count() };
        if line.chars().count() + separator.len() + part.chars().count() + rest > LONGEST {
            return line + separator + "…";
        }
        line = line + separator + part;
    }
    line
}
