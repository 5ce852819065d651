//! Sessions of the pages, and links that begin one. Secrets are known by their SHA-256 alone.

use rusqlite::OptionalExtension;

use super::decode;
use super::error::Error;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Hash, Timestamp, rfc3339};

/// A session of the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSession {
    pub user: String,
    pub created_at: Timestamp,
    pub last_seen: Timestamp,
}

impl Reader {
    /// Returns the session whose secret has this hash.
    pub fn web_session(&self, secret: Hash) -> Result<Option<WebSession>, Error> {
        self.connection
            .prepare_cached("SELECT user, created_at, last_seen FROM web_session WHERE secret_hash = ?1")
            .and_then(|mut query| {
                query
                    .query_row([secret.0], |row| {
                        let (created_at, last_seen) = (decode::instant(row, 1)?, decode::instant(row, 2)?);
                        Ok(WebSession { user: row.get(0)?, created_at, last_seen })
                    })
                    .optional()
            })
            .map_err(|error| Error::of(&self.path, &error))
    }
}

impl Writer {
    /// Begins a session, and forgets those that were created before `oldest`.
    pub fn create_web_session(
        &mut self,
        secret: Hash,
        user: &str,
        oldest: Timestamp,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction.prepare_cached("DELETE FROM web_session WHERE created_at < ?1")?.execute([rfc3339(oldest)])?;
            transaction
                .prepare_cached(
                    "INSERT INTO web_session (secret_hash, user, created_at, last_seen) VALUES (?1, ?2, ?3, ?3)",
                )?
                .execute((secret.0, user, rfc3339(now)))?;
            Ok(())
        })
    }

    /// Writes down that a session was used.
    pub fn touch_web_session(&mut self, secret: Hash, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached("UPDATE web_session SET last_seen = ?2 WHERE secret_hash = ?1")?
                .execute((secret.0, rfc3339(now)))?;
            Ok(())
        })
    }

    /// Ends a session.
    pub fn end_web_session(&mut self, secret: Hash) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction.prepare_cached("DELETE FROM web_session WHERE secret_hash = ?1")?.execute([secret.0])?;
            Ok(())
        })
    }

    /// Ends all sessions, and makes all links useless that were not used yet. Returns how many sessions there were.
    pub fn end_all_web_sessions(&mut self) -> Result<usize, Error> {
        self.transaction(|transaction| {
            transaction.execute("DELETE FROM web_link", ())?;
            Ok(transaction.execute("DELETE FROM web_session", ())?)
        })
    }

    /// Keeps a link that begins a session once, and forgets those whose time is over.
    pub fn create_web_link(&mut self, secret: Hash, expires_at: Timestamp, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction.execute("DELETE FROM web_link WHERE expires_at < ?1", [rfc3339(now)])?;
            transaction
                .prepare_cached("INSERT INTO web_link (secret_hash, expires_at) VALUES (?1, ?2)")?
                .execute((secret.0, rfc3339(expires_at)))?;
            Ok(())
        })
    }

    /// Uses a link up; tells whether it was there and its time was not over.
    pub fn use_web_link(&mut self, secret: Hash, now: Timestamp) -> Result<bool, Error> {
        self.transaction(|transaction| {
            let used = transaction
                .prepare_cached("DELETE FROM web_link WHERE secret_hash = ?1 AND expires_at >= ?2")?
                .execute((secret.0, rfc3339(now)))?;
            Ok(used == 1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> Timestamp {
        format!("2026-09-01T{time}Z").parse().unwrap()
    }

    #[test]
    fn a_link_is_used_once_and_in_its_time() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&directory.path().join("archive.db")).unwrap();
        let [first, second] = [Hash::of(b"1"), Hash::of(b"2")];
        writer.create_web_link(first, at("02:10:00"), at("02:00:00")).unwrap();
        writer.create_web_link(second, at("02:10:00"), at("02:00:00")).unwrap();
        assert!(!writer.use_web_link(Hash::of(b"3"), at("02:01:00")).unwrap());
        assert!(writer.use_web_link(first, at("02:10:00")).unwrap());
        assert!(!writer.use_web_link(first, at("02:01:00")).unwrap(), "a second time");
        assert!(!writer.use_web_link(second, at("02:10:01")).unwrap(), "too late");
    }

    #[test]
    fn a_session_is_found_by_its_secret_until_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let mut writer = Writer::open(&path).unwrap();
        let reader = Reader::open(&path).unwrap();
        let [first, second, link] = [Hash::of(b"1"), Hash::of(b"2"), Hash::of(b"3")];
        for secret in [first, second] {
            writer.create_web_session(secret, "password", at("00:00:00"), at("02:00:00")).unwrap();
        }
        writer.touch_web_session(first, at("03:00:00")).unwrap();
        let session = reader.web_session(first).unwrap().unwrap();
        assert_eq!((session.created_at, session.last_seen), (at("02:00:00"), at("03:00:00")));
        writer.end_web_session(first).unwrap();
        assert_eq!(reader.web_session(first).unwrap(), None);
        writer.create_web_link(link, at("05:00:00"), at("03:00:00")).unwrap();
        assert_eq!(writer.end_all_web_sessions().unwrap(), 1);
        assert_eq!(reader.web_session(second).unwrap(), None);
        assert!(!writer.use_web_link(link, at("04:00:00")).unwrap());
        writer.create_web_session(first, "password", at("00:00:00"), at("02:00:00")).unwrap();
        writer.create_web_session(second, "password", at("02:00:01"), at("03:00:00")).unwrap();
        assert_eq!(reader.web_session(first).unwrap(), None, "too old");
    }
}
