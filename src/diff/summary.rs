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

    /// Says how much changed in all: `2 articles changed; +120 −14 characters; 1 picture added`.
    pub fn total(&self) -> String {
        let bodies = || self.articles.iter().filter_map(|article| article.body.as_ref());
        let lists = || self.articles.iter().filter_map(|article| article.pictures.as_ref());
        let of_bodies = |count: fn(&BodyChange) -> usize| bodies().map(count).sum::<usize>();
        let of_lists = |count: fn(&PicturesChange) -> usize| lists().map(count).sum::<usize>();
        let added = of_bodies(|body| body.pictures_added.len()) + of_lists(|list| list.added.len());
        let removed = of_bodies(|body| body.pictures_removed.len()) + of_lists(|list| list.removed.len());
        let parts = [
            Some(format!("{} changed", counted(self.articles.len(), "article"))),
            characters(of_bodies(|body| body.added), of_bodies(|body| body.removed)),
            pictures(&[(added, "added"), (removed, "removed")]),
        ];
        joined(&parts.into_iter().flatten().collect::<Vec<_>>())
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
    /// Says what changed in the article, in at most 80 characters; empty where nothing but its place did.
    pub fn summary(&self) -> String {
        joined(&self.parts())
    }

    fn parts(&self) -> Vec<String> {
        let fields = self.fields.iter().map(|field| cut(&field.name, LONGEST_NAME));
        let body = self.body.iter().flat_map(BodyChange::parts);
        let pictures = self.pictures.iter().flat_map(PicturesChange::parts);
        fields.chain(body).chain(pictures).collect()
    }
}

impl BodyChange {
    /// Says what changed in the body: `+120 −14 characters; 1 picture added`, or `formatting only`.
    pub fn summary(&self) -> String {
        joined(&self.parts())
    }

    fn parts(&self) -> Vec<String> {
        if self.formatting_only {
            return vec!["formatting only".to_owned()];
        }
        let characters = characters(self.added, self.removed);
        let pictures = pictures(&[
            (self.pictures_added.len(), "added"),
            (self.pictures_removed.len(), "removed"),
            (self.pictures_moved.len(), "moved"),
        ]);
        characters.into_iter().chain(pictures).collect()
    }
}

impl PicturesChange {
    fn parts(&self) -> Vec<String> {
        let pictures = pictures(&[(self.added.len(), "added"), (self.removed.len(), "removed")]);
        let reordered = self.reordered.then(|| "pictures reordered".to_owned());
        pictures.into_iter().chain(reordered).collect()
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

/// Tells what became of pictures: `1 picture added, 2 removed`.
fn pictures(counts: &[(usize, &str)]) -> Option<String> {
    let mut told = counts.iter().filter(|(count, _)| *count > 0);
    let (first, what) = told.next()?;
    let others = told.map(|(count, what)| format!(", {count} {what}"));
    Some(format!("{} {what}{}", counted(*first, "picture"), others.collect::<String>()))
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
