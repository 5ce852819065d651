//! The drafts as people list them, one by one: what is damaged of one hides no other.

use rusqlite::OptionalExtension;

use super::damage::{Damage, DamageKind, MOST_DAMAGES};
use super::decode;
use super::error::Error;
use super::reader::{self, Draft, Filter, Reader};
use crate::model::{DraftState, Timestamp};

/// The drafts of an account, or of all, each with its newest version, whose columns [`reader::version`] reads. A draft whose account is
/// not there is among them, and cannot be read.
const SOUND_DRAFTS: &str = "
    SELECT newest.id, newest.number, hash, observed_at, update_time, articles, title, canon,
           draft.id, media_id, state, draft.first_seen, last_seen,
           (SELECT count(*) FROM version WHERE version.draft = draft.id),
           (SELECT count(*) FROM version WHERE version.draft = draft.id
                                           AND NOT (typeof(number) = 'integer' AND number >= 1)),
           name
    FROM draft LEFT JOIN account ON account.id = draft.account
    LEFT JOIN version newest ON newest.draft = draft.id AND newest.number = (
        SELECT number FROM version WHERE version.draft = draft.id AND typeof(number) = 'integer' AND number >= 1
        ORDER BY number DESC LIMIT 1)
    WHERE ?1 IS NULL OR name IS NULL OR name = ?1";

/// The row of a draft, with the name of its account.
struct Row {
    account: String,
    media_id: String,
    state: DraftState,
    first_seen: Timestamp,
    last_seen: Timestamp,
}

impl Reader {
    /// Returns the drafts that `filter` lets through, by account and number.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where any draft cannot be read.
    pub fn drafts(&self, filter: &Filter) -> Result<Vec<Draft>, Error> {
        let (drafts, damaged) = self.readable_drafts(filter)?;
        match damaged.into_iter().next() {
            Some(Damage { id, reason, .. }) => Err(Error::Damaged(format!("draft {id}: {reason}"))),
            None => Ok(drafts),
        }
    }

    /// Returns the drafts that can be read and that `filter` lets through, by account and number; and what is in the place of
    /// the others, which may be any.
    pub fn readable_drafts(&self, filter: &Filter) -> Result<(Vec<Draft>, Vec<Damage>), Error> {
        let sound = filter.id.is_none().then(|| self.sound_drafts(filter));
        let (mut drafts, mut damaged) = match sound {
            Some(Ok(drafts)) => (drafts, Vec::new()),
            // One by one, what cannot be read is told apart from the rest.
            _ => self.drafts_one_by_one(filter)?,
        };
        if filter.id.is_none() {
            damaged.extend(self.lost_drafts()?);
        }
        drafts.sort_by(|a, b| (&a.account, a.id).cmp(&(&b.account, b.id)));
        Ok((drafts, damaged))
    }

    /// Returns the drafts that `filter` lets through, if all of them can be read: one query takes less time than several for each draft.
    fn sound_drafts(&self, filter: &Filter) -> rusqlite::Result<Vec<Draft>> {
        let mut query = self.connection.prepare_cached(SOUND_DRAFTS)?;
        let mut rows = query.query([&filter.account])?;
        let mut drafts = Vec::new();
        while let Some(row) = rows.next()? {
            let versions = row.get(13)?;
            if versions == 0 {
                continue;
            }
            // Where no number is sound, there is no newest version, and its columns cannot be read.
            let newest = reader::version(row)?;
            drafts.push(Draft {
                id: row.get(8)?,
                media_id: row.get(9)?,
                state: decode::state(row, 10)?,
                first_seen: decode::instant(row, 11)?,
                last_seen: decode::instant(row, 12)?,
                versions,
                unnumbered: row.get(14)?,
                account: row.get(15)?,
                title: newest.title,
                last_changed: Some(newest.observed_at),
            });
        }
        drafts.retain(|draft| filter.lets_through(draft));
        Ok(drafts)
    }

    fn drafts_one_by_one(&self, filter: &Filter) -> Result<(Vec<Draft>, Vec<Damage>), Error> {
        let (mut drafts, mut damaged) = (Vec::new(), Vec::new());
        let last = match filter.id {
            Some(id) => id,
            None => self.max_draft_id()?,
        };
        let mut at = filter.id.map_or(0, |id| id.saturating_sub(1));
        while at < last {
            if damaged.len() > MOST_DAMAGES {
                damaged.push(Damage::not_looked_at(at));
                break;
            }
            let found = self.next_draft_id(at).map(|id| match id {
                Some(id) if id <= last => Some((id, self.draft(id))),
                _ => None,
            });
            let (id, draft) = match found {
                Ok(None) => break,
                Ok(Some(found)) => found,
                Err(error) => (at + 1, Err(error)),
            };
            match draft {
                Ok(draft) => drafts.extend(draft.filter(|draft| filter.lets_through(draft))),
                Err(error) => damaged.push(Damage::new(DamageKind::Draft, format!("#{id}"), error.damage_reason()?)),
            }
            at = id;
        }
        Ok((drafts, damaged))
    }

    /// Returns the numbers of the drafts of which any version has this text in its title.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where the titles cannot be read.
    pub fn drafts_once_titled(&self, text: &str) -> Result<Vec<i64>, Error> {
        let found = || -> rusqlite::Result<Vec<i64>> {
            self.connection
                .prepare_cached("SELECT DISTINCT draft FROM version WHERE instr(title, ?1) > 0")?
                .query_map([text], |row| row.get(0))?
                .collect()
        };
        found().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns a draft; `None` where it has no version. Of its newest version, only the row need not be sound.
    fn draft(&self, id: i64) -> Result<Option<Draft>, Error> {
        let Row { account, media_id, state, first_seen, last_seen } = self.draft_columns(id)?;
        let numbers = self.version_numbers(id)?;
        let unnumbered = self.unnumbered_versions(id)?;
        let Some(&newest) = numbers.first() else {
            // It has versions, and no more can be said of them.
            return unnumbered.first().map_or(Ok(None), |first| Err(Error::Damaged(first.damage("").reason)));
        };
        let (title, last_changed) = match self.version(id, newest) {
            Ok(version) => (version.title, Some(version.observed_at)),
            Err(Error::Damaged(_)) => (self.title_that_is_left(id, newest), None),
            Err(error) => return Err(error),
        };
        Ok(Some(Draft {
            account,
            media_id,
            id,
            title,
            state,
            versions: (numbers.len() + unnumbered.len()) as u64,
            unnumbered: unnumbered.len() as u64,
            first_seen,
            last_seen,
            last_changed,
        }))
    }

    /// Returns the title of a version whose row is damaged; nothing where that cannot be read either.
    fn title_that_is_left(&self, draft: i64, number: u64) -> String {
        self.connection
            .prepare_cached("SELECT title FROM version WHERE draft = ?1 AND number = ?2")
            .and_then(|mut query| query.query_row((draft, number), |row| row.get(0)))
            .unwrap_or_default()
    }

    fn draft_columns(&self, id: i64) -> Result<Row, Error> {
        let found = self
            .connection
            .prepare_cached(
                "SELECT name, media_id, state, draft.first_seen, last_seen
                 FROM draft JOIN account ON account.id = draft.account WHERE draft.id = ?1",
            )
            .and_then(|mut query| {
                query
                    .query_row([id], |row| {
                        Ok(Row {
                            account: row.get(0)?,
                            media_id: row.get(1)?,
                            state: decode::state(row, 2)?,
                            first_seen: decode::instant(row, 3)?,
                            last_seen: decode::instant(row, 4)?,
                        })
                    })
                    .optional()
            });
        match found {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Error::Damaged("the row of its account is missing".to_owned())),
            Err(error) => Err(Error::of(&self.path, &error)),
        }
    }
}

impl Filter {
    fn lets_through(&self, draft: &Draft) -> bool {
        self.account.as_ref().is_none_or(|account| *account == draft.account)
            && self.prefix.as_ref().is_none_or(|prefix| draft.media_id.starts_with(prefix.as_str()))
    }
}
