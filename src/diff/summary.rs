//! A change in one short line.

use super::body::BodyChange;
use super::formatting_change::FormattingChange;
use super::part_change::{PartChange, told};
use super::result::{ArticleDiff, Diff, PicturesChange};
use crate::model::{article_number, counted, shortened};

/// How many characters a line has at most: the width of a small terminal.
const LONGEST: usize = 80;

/// A name that the platform gives a field is cut beyond this.
const LONGEST_NAME: usize = 30;

impl Diff {
    /// Says what changed, in at most 80 characters: `title; +120 −14 characters; 1 picture added`. Articles are named by
    /// their numbers, from 1, where there are several.
    pub fn summary(&self) -> String {
        let several = self.older_articles.max(self.newer_articles) > 1;
        let edited = self.articles.iter().filter(|article| article.older.is_some() && article.newer.is_some());
        let mut parts = self.order(several);
        for article in edited {
            let mut of_article = article.parts();
            if several && let Some(first) = of_article.first_mut() {
                *first = format!("article {}: {first}", article_number(article.newer.unwrap_or_default()));
            }
            parts.extend(of_article);
        }
        parts.extend(self.outside());
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
        let articles = Some(self.articles.len()).filter(|count| *count > 0);
        let parts = [
            articles.map(|count| format!("{} changed", counted(count, "article"))),
            characters(of_bodies(|body| body.added), of_bodies(|body| body.removed)),
            told("picture", &[(added, "added"), (removed, "removed")]),
        ];
        joined(&parts.into_iter().flatten().chain(self.outside()).collect::<Vec<_>>())
    }

    /// Tells what changed outside the articles.
    fn outside(&self) -> impl Iterator<Item = String> {
        self.other.iter().map(|field| shortened(&field.name, LONGEST_NAME).into_owned())
    }

    /// Tells which articles came, went and moved.
    fn order(&self, several: bool) -> Vec<String> {
        let added: Vec<_> = self.articles.iter().filter(|article| article.older.is_none()).collect();
        let removed: Vec<_> = self.articles.iter().filter(|article| article.newer.is_none()).collect();
        let one_or_more =
            |articles: &[&ArticleDiff], position: fn(&ArticleDiff) -> Option<usize>, what: &str| match articles {
                [] => None,
                [one] if several => {
                    Some(format!("article {} {what}", article_number(position(one).unwrap_or_default())))
                }
                all => Some(format!("{} {what}", counted(all.len(), "article"))),
            };
        let reordered = self.articles.iter().any(|article| article.moved).then(|| "articles reordered".to_owned());
        let added = one_or_more(&added, |article| article.newer, "added");
        let removed = one_or_more(&removed, |article| article.older, "removed");
        [added, removed, reordered].into_iter().flatten().collect()
    }
}

impl ArticleDiff {
    /// Says what changed in the article, in at most 80 characters; empty if nothing but its place did.
    pub fn summary(&self) -> String {
        joined(&self.parts())
    }

    /// That an article which came or went has a title goes without saying.
    fn parts(&self) -> Vec<String> {
        let fields = if self.older.is_some() && self.newer.is_some() { &self.fields[..] } else { &[] };
        let fields = fields.iter().map(|field| shortened(&field.name, LONGEST_NAME).into_owned());
        let body = self.body.iter().flat_map(BodyChange::parts);
        let pictures = self.pictures.iter().flat_map(PicturesChange::parts);
        fields.chain(body).chain(pictures).collect()
    }
}

impl BodyChange {
    /// Says what changed in the body: `+120 −14 characters; 1 picture added`, or `formatting only: colour of 1 paragraph`.
    pub fn summary(&self) -> String {
        joined(&self.parts())
    }

    fn parts(&self) -> Vec<String> {
        if self.formatting_only {
            let mut looks = in_words(&self.formatting);
            if let Some(first) = looks.first_mut() {
                *first = format!("formatting only: {first}");
            }
            return looks;
        }
        let characters = characters(self.added, self.removed);
        let paragraphs = told("paragraph", &[(self.paragraphs_moved, "moved")]);
        let pictures = told(
            "picture",
            &[
                (self.pictures_added.len(), "added"),
                (self.pictures_removed.len(), "removed"),
                (self.pictures_moved.len(), "moved"),
            ],
        );
        let parts = self.parts.iter().map(PartChange::in_words);
        let mut beside = in_words(&self.formatting_beside);
        if let Some(first) = beside.first_mut() {
            *first = format!("also: {first}");
        }
        [characters, paragraphs, pictures].into_iter().flatten().chain(parts).chain(beside).collect()
    }
}

fn in_words(changes: &[FormattingChange]) -> Vec<String> {
    changes.iter().map(ToString::to_string).collect()
}

impl PicturesChange {
    fn parts(&self) -> Vec<String> {
        let pictures = told("picture", &[(self.added.len(), "added"), (self.removed.len(), "removed")]);
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::diff;

    fn summary(older: Value, newer: Value) -> String {
        let document = |articles: Value| json!({"news_item": articles}).to_string().into_bytes();
        diff(&document(older), &document(newer)).unwrap().summary()
    }

    #[test]
    fn one_line_says_what_changed() {
        let [one, two] = [json!({"title": "甲", "content": "一"}), json!({"title": "乙", "content": "二"})];
        let three = json!({"title": "丙", "content": "三"});
        let cases = [
            (json!([one]), json!([{"title": "甲乙", "content": "一"}]), "title"),
            (json!([one]), json!([{"title": "甲", "content": "<b>一</b>"}]), "formatting only: bold in 1 place"),
            (json!([one]), json!([{"title": "甲", "content": "一。"}]), "+1 character"),
            (
                json!([{"title": "甲", "content": "<p>一</p><p>二</p><p>三</p><p>四</p><p>四</p>"}]),
                json!([{"title": "甲", "content": "<p style='color:red'>二</p><p><b>一一</b></p><p>三</p><p><i>四</i></p>"}]),
                "+2 −2 characters; also: colour of 1 paragraph",
            ),
            (
                json!([one]),
                json!([{"title": "甲", "content": "二三<img src='//x.qpic.cn/m/A'>"}]),
                "+2 −1 characters; 1 picture added",
            ),
            (json!([one]), json!([{"title": "甲", "content": "一", "thumb_media_id": "M"}]), "cover"),
            (json!([one]), json!([one, two]), "article 2 added"),
            (json!([one, two, three]), json!([three]), "2 articles removed"),
            (json!([one, two]), json!([two, one]), "articles reordered"),
            (json!([]), json!([one]), "1 article added"),
            (
                json!([one, two]),
                json!([one, {"title": "乙", "author": "某", "content": "二二", "need_open_comment": 1}]),
                "article 2: author; comments; +1 character",
            ),
            (json!([one]), json!([{"title": "甲", "content": ["一"]}]), "other: content; −1 character"),
        ];
        for (older, newer, expected) in cases {
            assert_eq!(summary(older.clone(), newer), expected, "{older}");
        }
    }

    #[test]
    fn a_line_is_never_longer_than_it_may_be() {
        let articles =
            |word: &str| (0..30).map(|n| json!({"title": n.to_string(), "content": word, "author": word})).collect();
        let told = summary(articles("一"), articles("二"));
        assert_eq!(told, "article 1: author; +1 −1 characters; article 2: author; +1 −1 characters; …");
        let named = |name: &str| json!([{name.repeat(200): 1, "b": 1}]);
        let told = summary(named("a"), named("长"));
        assert_eq!(told, "other: aaaaaaaaaaaaaaaaaaaaaaa…; other: 长长长长长长长长长长长长长长长长长长长长长长长…");
    }
}
