//! A version's content, read for comparison.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::element;
use super::markup::Markup;
use crate::canonical::{self, Malformed, json};
use crate::model::{Article, ArticleType, Hash};
use crate::render::{self, PlainBody};

/// A document in canonical form, taken apart.
#[derive(Debug)]
pub struct Content {
    /// The members beside the articles, as canonical JSON.
    pub(super) outer: Members,
    pub(super) articles: Vec<Entry>,
}

/// Names and canonical JSON.
pub(super) type Members = BTreeMap<String, String>;

/// One article.
#[derive(Debug)]
pub(super) struct Entry {
    /// Of its canonical bytes: equal ones are equal articles.
    pub(super) hash: Hash,
    /// Its members, but for `content` where that is text.
    pub(super) members: Members,
    /// As people read it; picture addresses in its content are a bar and an identity.
    pub(super) article: Article,
    /// Its content as received.
    received: String,
    body: OnceCell<Body>,
}

/// A body, read for comparison.
#[derive(Debug)]
struct Body {
    reading: PlainBody,
    markup: Markup,
}

impl Content {
    /// Reads a document as received.
    ///
    /// # Errors
    ///
    /// If it is no draft, see [`canonical::canonicalise`].
    pub fn read(document: &[u8]) -> Result<Self, Malformed> {
        let canonical = canonical::canonicalise(document)?.bytes;
        let received = canonical::articles(document)?;
        let articles = canonical::articles(&canonical)?;
        let (mut outer, mut list) = (Members::new(), Vec::new());
        for (key, value) in json::members(&canonical)? {
            match &*key {
                "news_item" => list = json::elements(value)?,
                _ => drop(outer.insert(key.into_owned(), text(value))),
            }
        }
        let entries = list.into_iter().zip(articles).zip(received);
        let articles = entries.map(|((bytes, article), received)| Entry::read(bytes, article, received));
        Ok(Self { outer, articles: articles.collect::<Result<_, _>>()? })
    }

    /// Returns the articles in their order; picture addresses in their content are a bar and an identity.
    pub fn articles(&self) -> impl Iterator<Item = &Article> {
        self.articles.iter().map(|entry| &entry.article)
    }

    /// Returns the articles as received, in their order.
    pub fn into_received(self) -> Vec<Article> {
        self.articles.into_iter().map(|entry| Article { content: entry.received, ..entry.article }).collect()
    }
}

impl Entry {
    /// Reads an article's canonical bytes, with what it is to people by them and as received.
    fn read(bytes: &[u8], canonical: Article, mut received: Article) -> Result<Self, Malformed> {
        let is_content = |key: &str, value: &[u8]| key == "content" && json::text(value).is_some();
        let as_received = std::mem::replace(&mut received.content, canonical.content);
        let members = json::members(bytes)?.into_iter().filter(|(key, value)| !is_content(key, value));
        Ok(Self {
            hash: Hash::of(bytes),
            members: members.map(|(key, value)| (key.into_owned(), text(value))).collect(),
            article: received,
            received: as_received,
            body: OnceCell::new(),
        })
    }

    /// What an added or removed article is compared with.
    pub(super) fn nothing() -> Self {
        let none = String::new;
        let article = Article {
            position: 0,
            article_type: ArticleType::News,
            title: none(),
            author: none(),
            digest: none(),
            content_source_url: none(),
            cover: none(),
            content: none(),
        };
        Self { hash: Hash([0; 32]), members: Members::new(), article, received: none(), body: OnceCell::new() }
    }

    /// Returns the body as a person reads it.
    pub(super) fn reading(&self) -> &PlainBody {
        &self.body().reading
    }

    /// Returns what the body has beside its text.
    pub(super) fn markup(&self) -> &Markup {
        &self.body().markup
    }

    fn body(&self) -> &Body {
        self.body.get_or_init(|| {
            let pieces = render::pieces(&self.article.content);
            let markup = Markup::read(&pieces, self.article.article_type);
            let mut reading = render::plain_body_of(pieces, self.article.article_type);
            reading.pictures.iter_mut().for_each(|address| *address = element::identity(address));
            Body { reading, markup }
        })
    }

    /// Returns the pictures that the body shows, as often as it does: the identities of the platform's own, the addresses of
    /// others.
    pub(super) fn pictures(&self) -> Vec<String> {
        let of_text = self.reading().pictures.iter().cloned();
        of_text.chain(self.markup().backgrounds().map(str::to_owned)).collect()
    }
}

/// Canonical bytes are valid UTF-8.
fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}
