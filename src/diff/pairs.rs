//! Which article of the older version became which of the newer one. The platform gives articles no ids.

use std::collections::{BTreeMap, HashMap};

use super::content::Entry;
use super::tokens::{Token, tokens};

/// Texts with less than this share of their neighbouring words or characters in common are no versions of one another.
/// Unrelated Chinese texts share a tenth at most.
const ALIKE: f64 = 0.3;

/// Likeness is looked at among so many articles a side, twice what a draft can hold: each is compared with each.
const MOST_COMPARED: usize = 16;

/// An article in both versions, or in one of them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) older: Option<usize>,
    pub(super) newer: Option<usize>,
    pub(super) moved: bool,
}

/// Pairs equal articles first, then those of equal title, then the likeliest; one that is left on each side is the same
/// article, rewritten. In the order of the newer version, what has no newer one at the end.
pub(super) fn pairs(older: &[Entry], newer: &[Entry]) -> Vec<Pair> {
    let mut found = Found { older: vec![None; older.len()], newer: vec![None; newer.len()] };
    found.by(older, newer, |entry| Some(entry.hash));
    found.by(older, newer, |entry| Some(&entry.article.title).filter(|title| !title.is_empty()));
    found.by_likeness(older, newer);
    found.the_last();
    found.pairs()
}

/// The partner of each article, as far as it is found.
struct Found {
    older: Vec<Option<usize>>,
    newer: Vec<Option<usize>>,
}

impl Found {
    fn pair(&mut self, older: usize, newer: usize) {
        self.older[older] = Some(newer);
        self.newer[newer] = Some(older);
    }

    fn left(partners: &[Option<usize>]) -> Vec<usize> {
        (0..partners.len()).filter(|&at| partners[at].is_none()).collect()
    }

    /// Pairs what has an equal key, in order.
    fn by<'a, K: Ord>(&mut self, older: &'a [Entry], newer: &'a [Entry], key: impl Fn(&'a Entry) -> Option<K>) {
        let keyed = |entries: &'a [Entry], left: Vec<usize>| {
            left.into_iter().filter_map(|at| Some((at, key(&entries[at])?))).collect::<Vec<_>>()
        };
        for (older, newer) in equal(keyed(older, Self::left(&self.older)), keyed(newer, Self::left(&self.newer))) {
            self.pair(older, newer);
        }
    }

    fn by_likeness(&mut self, older: &[Entry], newer: &[Entry]) {
        let [left, right] = [Self::left(&self.older), Self::left(&self.newer)];
        if left.len().max(right.len()) > MOST_COMPARED || left.len().min(right.len()) == 0 {
            return;
        }
        let [before, after] = [(older, &left), (newer, &right)]
            .map(|(entries, left)| left.iter().map(|&at| neighbours(&entries[at])).collect::<Vec<_>>());
        let mut likely = Vec::new();
        for (&a, older) in left.iter().zip(&before) {
            for (&b, newer) in right.iter().zip(&after) {
                likely.push((likeness(older, newer), a, b));
            }
        }
        likely.retain(|(likeness, ..)| *likeness >= ALIKE);
        likely.sort_by(|(x, a, b), (y, c, d)| y.total_cmp(x).then(a.abs_diff(*b).cmp(&c.abs_diff(*d))));
        for (_, a, b) in likely {
            if self.older[a].is_none() && self.newer[b].is_none() {
                self.pair(a, b);
            }
        }
    }

    fn the_last(&mut self) {
        if let ([older], [newer]) = (&Self::left(&self.older)[..], &Self::left(&self.newer)[..]) {
            self.pair(*older, *newer);
        }
    }

    fn pairs(self) -> Vec<Pair> {
        let stayed: Vec<usize> = self.newer.iter().flatten().copied().collect();
        let in_order = longest_rising(&stayed);
        let removed = Self::left(&self.older).into_iter().map(|at| Pair { older: Some(at), newer: None, moved: false });
        let paired = self.newer.iter().enumerate().map(|(newer, &older)| Pair {
            older,
            newer: Some(newer),
            moved: older.is_some_and(|older| in_order.binary_search(&older).is_err()),
        });
        paired.chain(removed).collect()
    }
}

/// Counts each two neighbouring words or characters of an article's text.
fn neighbours(entry: &Entry) -> HashMap<[Token<'_>; 2], usize> {
    let words: Vec<_> = tokens(entry.reading()).into_iter().filter(|token| !token.is_blank()).collect();
    let mut counts = HashMap::new();
    for pair in words.windows(2) {
        *counts.entry([pair[0], pair[1]]).or_insert(0) += 1;
    }
    counts
}

/// The share of neighbours that two texts have in common, from 0 to 1 (Dice's coefficient).
fn likeness(a: &HashMap<[Token<'_>; 2], usize>, b: &HashMap<[Token<'_>; 2], usize>) -> f64 {
    let common: usize = a.iter().filter_map(|(key, count)| Some(*count.min(b.get(key)?))).sum();
    let all = a.values().sum::<usize>() + b.values().sum::<usize>();
    if all == 0 { 0.0 } else { (2 * common) as f64 / all as f64 }
}

/// Pairs the places of equal keys: the first of the older ones with the first of the newer ones, and so on.
pub(super) fn equal<K: Ord>(older: Vec<(usize, K)>, newer: Vec<(usize, K)>) -> Vec<(usize, usize)> {
    let mut places = BTreeMap::<K, Vec<usize>>::new();
    for (at, key) in newer.into_iter().rev() {
        places.entry(key).or_default().push(at);
    }
    older.into_iter().filter_map(|(at, key)| Some((at, places.get_mut(&key)?.pop()?))).collect()
}

/// Returns a longest subsequence that rises: what of an order need not move to make it another.
fn longest_rising(values: &[usize]) -> Vec<usize> {
    // Of the subsequences of each length the one whose end is least, by the places of its end and of what is before it.
    let (mut ends, mut before) = (Vec::<usize>::new(), vec![None; values.len()]);
    for (at, value) in values.iter().enumerate() {
        let length = ends.partition_point(|&end| values[end] < *value);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter]);
        match ends.get_mut(length) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut rising: Vec<_> =
        std::iter::successors(ends.last().copied(), |&at| before[at]).map(|at| values[at]).collect();
    rising.reverse();
    rising
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diff::Content;

    #[test]
    fn as_little_as_can_be_moves() {
        for (values, expected) in [
            (&[][..], 0),
            (&[0, 1, 2], 3),
            (&[3, 0, 1, 2], 3),
            (&[1, 2, 3, 0], 3),
            (&[2, 1, 0], 1),
            (&[0, 4, 1, 3, 2], 3),
        ] {
            assert_eq!(longest_rising(values).len(), expected, "{values:?}");
        }
    }

    /// Pairs articles given as `title:content` and shows them as `older>newer`, moved ones with a `!`.
    fn paired(older: &[&str], newer: &[&str]) -> String {
        let content = |articles: &[&str]| {
            let article = |text: &&str| {
                let (title, content) = text.split_once(':').unwrap();
                serde_json::json!({"title": title, "content": content})
            };
            let articles: Vec<_> = articles.iter().map(article).collect();
            Content::read(serde_json::json!({"news_item": articles}).to_string().as_bytes()).unwrap()
        };
        let place = |at: Option<usize>| at.map_or("-".to_owned(), |at| at.to_string());
        let shown =
            |pair: &Pair| format!("{}>{}{}", place(pair.older), place(pair.newer), if pair.moved { "!" } else { "" });
        let pairs = pairs(&content(older).articles, &content(newer).articles);
        pairs.iter().map(shown).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn articles_find_their_like() {
        let (long, edited) =
            ("秋天来了，树叶黄了，天气凉了，人们穿上了厚衣服。", "秋天来了，树叶红了，天气冷了，人们穿上了厚衣服！");
        let [long, edited] = [long, edited].map(|text| format!(":{text}"));
        assert_eq!(paired(&["a:1", "b:2"], &["a:1", "b:2"]), "0>0 1>1");
        assert_eq!(paired(&["a:1", "b:2"], &["b:2", "a:1"]), "1>0! 0>1");
        assert_eq!(paired(&["a:1", "b:2"], &["x:9", "a:1", "b:3"]), "->0 0>1 1>2");
        assert_eq!(paired(&["a:1", "b:2", "c:3"], &["a:1", "c:3"]), "0>0 2>1 1>-");
        assert_eq!(paired(&["a:1", "a:1", "b:2"], &["a:1", "b:2", "a:1"]), "0>0 2>1! 1>2");
        assert_eq!(paired(&[&long, "b:2"], &["新:另外一篇完全不同的文章，讲的是别的事情", &edited]), "1>0! 0>1");
        assert_eq!(paired(&["甲:一"], &["乙:二"]), "0>0");
        assert_eq!(paired(&["甲:一", "丙:三"], &["乙:二"]), "->0 0>- 1>-");
        assert_eq!(paired(&[], &["乙:二"]), "->0");
    }

    proptest! {
        #[test]
        fn every_article_is_paired_once(
            older in prop::collection::vec("[ab]:[cd]", 0..9),
            newer in prop::collection::vec("[ab]:[cd]", 0..9),
        ) {
            let view = |texts: &[String]| texts.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
            let both = paired(
                &older.iter().map(String::as_str).collect::<Vec<_>>(),
                &newer.iter().map(String::as_str).collect::<Vec<_>>(),
            );
            let pairs: Vec<_> = both.split_whitespace().map(|pair| pair.trim_end_matches('!').split_once('>').unwrap()).collect();
            let mut olds: Vec<_> = pairs.iter().filter_map(|(old, _)| old.parse::<usize>().ok()).collect();
            olds.sort_unstable();
            prop_assert!(olds.iter().copied().eq(0..older.len()));
            let news: Vec<_> = pairs.iter().filter_map(|(_, new)| new.parse::<usize>().ok()).collect();
            prop_assert!(news.iter().copied().eq(0..newer.len()));
            prop_assert_eq!(view(&older) == view(&newer), older.len() == newer.len() && !both.contains('!') && older == newer);
        }
    }
}
