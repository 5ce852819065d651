//! What truly was in the draft boxes, and when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use draftkeep::canonical::canonicalise;
use draftkeep::simulator::{Article, World as Platform};
use serde_json::{Value, json};

/// An account by its place, and the platform's name for a draft.
pub(crate) type Key = (usize, String);

/// The drafts that ever were there.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) drafts: BTreeMap<Key, History>,
    /// Drafts of which the platform has said falsely that they are not there.
    pub(crate) denied: BTreeSet<Key>,
    /// A cover of each account's library, by its media_id and its address.
    pub(crate) covers: Vec<(String, String)>,
    /// How often anything has changed.
    pub(crate) changes: usize,
    /// What drafts said within a step, before and after edits, in order, until the next look.
    pub(crate) within: Within,
    /// What was published, and whether the followers were notified.
    published: BTreeMap<Key, bool>,
}

/// What drafts said, as it is noted within a step.
pub(crate) type Within = Arc<Mutex<Vec<(Key, Vec<Article>)>>>;

/// What one draft said.
#[derive(Default)]
pub(crate) struct History {
    pub(crate) states: Vec<State>,
    /// Since when it is in the box, in Unix seconds of the platform.
    pub(crate) appeared: i64,
    /// In which step it left the box.
    pub(crate) left: Option<usize>,
}

/// What a draft said from a step on.
pub(crate) struct State {
    pub(crate) since: usize,
    /// When that was noted, in Unix seconds of the platform.
    pub(crate) at: i64,
    pub(crate) articles: Vec<Article>,
    pub(crate) hash: String,
}

impl Truth {
    /// Looks into the boxes at the end of a step.
    pub(crate) fn look(&mut self, platform: &mut Platform, step: usize) {
        let now = platform.now();
        let new = || History { appeared: now, ..History::default() };
        for (key, articles) in std::mem::take(&mut *self.within.lock().expect("no thread panics with it")) {
            self.changes += usize::from(self.drafts.entry(key).or_insert_with(new).note(&articles, (step, now)));
        }
        for (place, appid) in platform.appids().into_iter().enumerate() {
            let account = platform.account(&appid);
            for draft in account.drafts() {
                let history = self.drafts.entry((place, draft.media_id.clone())).or_insert_with(new);
                self.changes += usize::from(history.note(&draft.articles, (step, now)));
            }
            for ((_, media_id), history) in self.drafts.iter_mut().filter(|((of, _), _)| *of == place) {
                if history.left.is_none() && account.draft(media_id).is_none() {
                    history.left = Some(step);
                    self.changes += 1;
                }
            }
        }
    }
}

impl Truth {
    /// Returns the hashes of what drafts of an account said before and after edits since the last look.
    pub(crate) fn noted_since(&self, place: usize) -> Vec<(Key, String)> {
        let within = self.within.lock().expect("no thread panics with it");
        within.iter().filter(|((of, _), _)| *of == place).map(|(key, articles)| (key.clone(), hash(articles))).collect()
    }

    /// Notes that a draft is published.
    pub(crate) fn publish(&mut self, key: Key, notified: bool) {
        self.published.insert(key, notified);
    }

    /// Returns whether a draft was published in such a way that the platform lists it; `None` if it was not published.
    pub(crate) fn is_listed_as_published(&self, key: &Key) -> Option<bool> {
        self.published.get(key).map(|notified| !notified)
    }

    /// Returns whether a draft of the same account and title was published: the platform does not say from which draft a message was
    /// made.
    pub(crate) fn has_published_twin(&self, key: &Key) -> bool {
        let titles = |key: &Key| -> Vec<&str> {
            let newest = self.drafts.get(key).and_then(|history| history.states.last());
            newest.map_or(Vec::new(), |state| state.articles.iter().map(|article| article.text("title")).collect())
        };
        self.published.keys().any(|published| published.0 == key.0 && titles(published) == titles(key))
    }
}

impl History {
    /// Notes what it says. Returns whether that is new.
    fn note(&mut self, articles: &[Article], (since, at): (usize, i64)) -> bool {
        let is_new = self.states.last().is_none_or(|state| state.articles != articles);
        if is_new {
            self.states.push(State { since, at, articles: articles.to_vec(), hash: hash(articles) });
        }
        is_new
    }

    /// Returns whether the draft said this at any time in a step.
    pub(crate) fn said(&self, hash: &str, step: usize) -> bool {
        let is_over = |place: usize| self.states.get(place + 1).is_some_and(|next| next.since < step);
        let mut states = self.states.iter().enumerate();
        states.any(|(place, state)| state.since <= step && !is_over(place) && state.hash == hash)
            && self.left.is_none_or(|left| left >= step)
    }

    /// Returns what it says now; `None` if it is not there.
    pub(crate) fn now(&self) -> Option<&State> {
        self.states.last().filter(|_| self.left.is_none())
    }
}

/// The hash of these articles, whatever an answer looks like in which they come.
fn hash(articles: &[Article]) -> String {
    let articles: Vec<Value> = articles.iter().map(|article| Value::Object(article.fields().clone())).collect();
    let document = json!({ "news_item": articles }).to_string();
    canonicalise(document.as_bytes()).expect("a draft of the simulator").hash().to_string()
}
