//! Answering a question: the index names paragraphs, and each is compared with its text before it counts.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rusqlite::{Connection, OptionalExtension};

use super::block::{Blocks, MOST_TEXTS};
use super::error::IndexError;
use super::field::Field;
use super::index::Index;
use super::normalize::normalize;
use super::phrase::Phrase;
use super::query::Query;
use super::versions::VersionSet;

/// A fragment of a word is looked for in so many words at most.
const MOST_WORDS: usize = 500;

/// So many passages of a draft are shown with their text; all are counted.
const MOST_PASSAGES: usize = 3;

/// Where is searched.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Parts of articles; none: all.
    pub fields: Vec<Field>,
    /// `None`: all drafts.
    pub drafts: Option<BTreeSet<i64>>,
}

/// A draft in which it was found.
#[derive(Clone, Debug)]
pub struct DraftHit {
    pub draft: i64,
    /// The newest version whose text is known.
    pub newest: u64,
    /// The versions that have everything that is looked for.
    pub versions: VersionSet,
    /// How many paragraphs say it.
    pub count: usize,
    /// Some of them, the best first.
    pub passages: Vec<Passage>,
}

impl DraftHit {
    /// Returns the first and the last version that has it.
    pub fn hull(&self) -> (u64, u64) {
        self.versions.hull().unwrap_or((1, 1))
    }

    /// Returns whether the newest version has it whose text is known.
    pub fn is_current(&self) -> bool {
        self.versions.contains(self.newest)
    }
}

/// A paragraph that has what is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// The position of its article, from 0.
    pub article: usize,
    pub field: Field,
    /// The first and the last version in which it stands and that have all that is looked for.
    pub first: u64,
    pub last: u64,
    /// Whether the version after the last one does not have the paragraph any more.
    pub is_gone: bool,
    pub text: String,
    /// Where in the text it stands, in bytes.
    pub ranges: Vec<Range<usize>>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    pub hits: Vec<DraftHit>,
    /// Whether there may be more drafts.
    pub has_more: bool,
    /// Whether no word began like that, and it was found inside of words.
    pub is_inside_words: bool,
}

/// A paragraph that the index names.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    row: i64,
    article: usize,
    field: Field,
    first: u64,
    last: Option<u64>,
}

type Candidates = BTreeMap<i64, Vec<Candidate>>;

impl Index {
    /// Looks for what is asked, the best drafts first, until `limit` of those that `accepts` takes are found; it gets them without
    /// their passages.
    pub fn answer<E: From<IndexError>>(
        &mut self,
        query: &Query,
        scope: &Scope,
        limit: usize,
        mut accepts: impl FnMut(&DraftHit) -> Result<bool, E>,
    ) -> Result<Answer, E> {
        let mut failed = None;
        let answer = self.read(|connection| {
            let mut accepts = |hit: &DraftHit| accepts(hit).map_err(|error| failed = Some(error)).ok();
            let search = search(connection, query, scope, limit, &mut accepts)?;
            if search.is_anything_found {
                return Ok(search.answer);
            }
            match inside_words(connection, query)? {
                Some((query, is_cut)) => {
                    let answer = self::search(connection, &query, scope, limit, &mut accepts)?.answer;
                    let (has_more, is_inside_words) = (answer.has_more || is_cut, !answer.hits.is_empty());
                    Ok(Answer { has_more, is_inside_words, ..answer })
                }
                None => Ok(search.answer),
            }
        })?;
        failed.map_or(Ok(answer), Err)
    }

    /// Returns the versions of a draft that have a phrase, and the newest one whose text is known; `None` where it does not know
    /// the draft.
    pub fn versions_with(&mut self, draft: i64, phrase: &Phrase) -> Result<Option<(VersionSet, u64)>, IndexError> {
        self.read(|connection| {
            let Some((newest, _)) = last_read(connection, draft)? else { return Ok(None) };
            let scope = Scope { drafts: Some(BTreeSet::from([draft])), ..Scope::default() };
            let mut found = candidates(connection, phrase, &scope)?;
            let mut blocks = Blocks::default();
            let verified = verify(connection, &mut blocks, phrase, found.remove(&draft).unwrap_or_default())?;
            Ok(Some((spans(&verified, newest), newest)))
        })
    }
}

/// What a search came to.
#[derive(Default)]
struct Search {
    answer: Answer,
    /// Whether any draft has it, wanted or not.
    is_anything_found: bool,
}

/// Searches; `accepts` says whether a hit is wanted, and `None` ends the search.
fn search(
    connection: &Connection,
    query: &Query,
    scope: &Scope,
    limit: usize,
    accepts: &mut dyn FnMut(&DraftHit) -> Option<bool>,
) -> Result<Search, IndexError> {
    let groups = all_candidates(connection, &query.groups, scope)?;
    let excluded: Vec<_> =
        query.excluded.iter().map(|phrase| candidates(connection, phrase, scope)).collect::<Result<_, _>>()?;
    let mut search = Search::default();
    for draft in ranked(connection, &groups)? {
        if search.answer.hits.len() == limit {
            search.answer.has_more = true;
            break;
        }
        let mut draft_search = DraftSearch { connection, blocks: Blocks::default(), draft };
        let Some((hit, found)) = draft_search.hit(query, &groups, &excluded)? else { continue };
        search.is_anything_found = true;
        match accepts(&hit) {
            Some(true) => {
                let passages = draft_search.passages(query, &hit, &found)?;
                search.answer.hits.push(DraftHit { passages, ..hit });
            }
            Some(false) => {}
            None => break,
        }
    }
    Ok(search)
}

/// The candidates of each phrase of each group.
type Groups = Vec<Vec<Candidates>>;

fn all_candidates(connection: &Connection, groups: &[Vec<Phrase>], scope: &Scope) -> Result<Groups, IndexError> {
    let of_group = |group: &Vec<Phrase>| group.iter().map(|phrase| candidates(connection, phrase, scope)).collect();
    groups.iter().map(of_group).collect()
}

fn candidates(connection: &Connection, phrase: &Phrase, scope: &Scope) -> Result<Candidates, IndexError> {
    let mut found = Candidates::new();
    let mut query = connection.prepare_cached(
        "SELECT token.rowid, article, field, first, last FROM token
         JOIN paragraph ON paragraph.id = token.rowid WHERE token MATCH ?1 ORDER BY token.rowid",
    )?;
    let mut draft_of_block = connection.prepare_cached("SELECT draft FROM block WHERE id = ?1")?;
    let mut rows = query.query([phrase.expression()])?;
    // Paragraphs of one block follow one another: a frequent word has thousands of them, and each look-up costs as much as the row.
    let mut block: Option<(i64, i64)> = None;
    while let Some(row) = rows.next()? {
        let (paragraph, field) = (row.get::<_, i64>(0)?, Field::of_number(row.get(2)?)?);
        let id = paragraph / MOST_TEXTS;
        let draft = match block {
            Some((known, draft)) if known == id => draft,
            _ => draft_of_block.query_row([id], |row| row.get(0))?,
        };
        block = Some((id, draft));
        let is_wanted = scope.fields.is_empty() || scope.fields.contains(&field);
        if is_wanted && scope.drafts.as_ref().is_none_or(|drafts| drafts.contains(&draft)) {
            let (article, first, last) = (row.get(1)?, row.get(3)?, row.get(4)?);
            found.entry(draft).or_default().push(Candidate { row: paragraph, article, field, first, last });
        }
    }
    Ok(found)
}

/// Returns the drafts that have something of each group, the best first.
fn ranked(connection: &Connection, groups: &Groups) -> Result<Vec<i64>, IndexError> {
    let has = |group: &[Candidates], draft: i64| group.iter().any(|phrase| phrase.contains_key(&draft));
    let Some((first, rest)) = groups.split_first() else { return Ok(Vec::new()) };
    let drafts: BTreeSet<i64> = first.iter().flat_map(|phrase| phrase.keys().copied()).collect();
    let mut ranked = Vec::new();
    for draft in drafts.into_iter().filter(|draft| rest.iter().all(|group| has(group, *draft))) {
        let found = groups.iter().flatten().filter_map(|phrase| phrase.get(&draft)).flatten();
        let weight = found.clone().map(|candidate| weight(candidate.field)).max();
        let is_current = found.clone().any(|candidate| candidate.last.is_none());
        let newest_at = last_read(connection, draft)?.map(|(_, at)| at);
        ranked.push((weight, is_current, newest_at, draft));
    }
    ranked.sort_unstable_by(|one, other| other.cmp(one));
    Ok(ranked.into_iter().map(|(.., draft)| draft).collect())
}

/// How much more a title says than a text.
fn weight(field: Field) -> u8 {
    match field {
        Field::Title => 3,
        Field::Author | Field::Digest => 2,
        Field::Body | Field::Caption => 1,
    }
}

/// Returns the newest version of a draft whose text is known, and when the newest of all was observed.
fn last_read(connection: &Connection, draft: i64) -> rusqlite::Result<Option<(u64, String)>> {
    connection
        .prepare_cached("SELECT last_read, newest_at FROM draft WHERE id = ?1")?
        .query_row([draft], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// A draft in which something may stand.
struct DraftSearch<'a> {
    connection: &'a Connection,
    blocks: Blocks,
    draft: i64,
}

impl DraftSearch<'_> {
    /// Returns the draft, without passages, and what was found in it; `None` where no version has all that is looked for.
    fn hit(
        &mut self,
        query: &Query,
        groups: &Groups,
        excluded: &[Candidates],
    ) -> Result<Option<(DraftHit, Vec<Candidate>)>, IndexError> {
        let Some((newest, _)) = last_read(self.connection, self.draft)? else { return Ok(None) };
        let mut found = Vec::new();
        let mut versions: VersionSet = [(1, newest)].into_iter().collect();
        for (phrases, candidates) in query.groups.iter().zip(groups) {
            let verified = self.verified(phrases, candidates)?;
            versions = versions.intersection(&spans(&verified, newest));
            found.extend(verified);
        }
        let unwanted = self.verified(&query.excluded, excluded)?;
        let versions = versions.without(&spans(&unwanted, newest));
        found.retain(|one| versions.overlaps(one.first, one.last.unwrap_or(newest)));
        if versions.is_empty() {
            return Ok(None);
        }
        found.sort_unstable_by_key(|one| (Reverse(weight(one.field)), one.last.is_some(), Reverse(one.last), one.row));
        found.dedup_by_key(|one| one.row);
        let hit = DraftHit { draft: self.draft, newest, versions, count: found.len(), passages: Vec::new() };
        Ok(Some((hit, found)))
    }

    fn passages(&mut self, query: &Query, hit: &DraftHit, found: &[Candidate]) -> Result<Vec<Passage>, IndexError> {
        let shown = found.iter().take(MOST_PASSAGES);
        shown.map(|one| self.passage(query, one, &hit.versions, hit.newest)).collect()
    }

    fn verified(&mut self, phrases: &[Phrase], candidates: &[Candidates]) -> Result<Vec<Candidate>, IndexError> {
        let mut verified = Vec::new();
        for (phrase, candidates) in phrases.iter().zip(candidates) {
            let of_draft = candidates.get(&self.draft).cloned().unwrap_or_default();
            verified.extend(verify(self.connection, &mut self.blocks, phrase, of_draft)?);
        }
        Ok(verified)
    }

    fn passage(
        &mut self,
        query: &Query,
        found: &Candidate,
        versions: &VersionSet,
        newest: u64,
    ) -> Result<Passage, IndexError> {
        let text = self.blocks.text(self.connection, found.row)?.to_owned();
        let ranges = query.find(&text);
        let Candidate { article, field, first, last: ended, .. } = *found;
        let whole: VersionSet = [(first, ended.unwrap_or(newest))].into_iter().collect();
        let (first, last) = whole.intersection(versions).hull().unwrap_or((first, first));
        Ok(Passage { article, field, first, last, is_gone: ended == Some(last), text, ranges })
    }
}

fn verify(
    connection: &Connection,
    blocks: &mut Blocks,
    phrase: &Phrase,
    candidates: Vec<Candidate>,
) -> Result<Vec<Candidate>, IndexError> {
    if phrase.is_exact() {
        return Ok(candidates);
    }
    let mut verified = Vec::new();
    for candidate in candidates {
        if phrase.is_in(&normalize(blocks.text(connection, candidate.row)?)) {
            verified.push(candidate);
        }
    }
    Ok(verified)
}

fn spans(candidates: &[Candidate], newest: u64) -> VersionSet {
    candidates.iter().map(|one| (one.first, one.last.unwrap_or(newest))).collect()
}

/// Returns the question with its words as fragments of the words that are in the index, and whether there are more of these than are
/// looked for; `None` where no word has any of them.
fn inside_words(connection: &Connection, query: &Query) -> Result<Option<(Query, bool)>, IndexError> {
    if !query.wanted().any(Phrase::is_part_of_word) {
        return Ok(None);
    }
    connection
        .execute_batch("CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab('main', 'token', 'row')")?;
    let mut found = connection.prepare_cached("SELECT term FROM vocabulary WHERE instr(term, ?1) > 1 LIMIT ?2")?;
    let (mut is_other, mut is_cut) = (false, false);
    let mut wider = query.clone();
    for phrase in wider.groups.iter_mut().flatten().filter(|phrase| phrase.is_part_of_word()) {
        let words: Vec<String> =
            found.query_map((phrase.normal(), MOST_WORDS), |row| row.get(0))?.collect::<Result<_, _>>()?;
        is_cut |= words.len() == MOST_WORDS;
        if let Some(fragment) = phrase.inside(&words) {
            (*phrase, is_other) = (fragment, true);
        }
    }
    Ok(is_other.then_some((wider, is_cut)))
}
