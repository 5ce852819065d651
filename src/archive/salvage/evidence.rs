//! What the indexes know of rows that are lost: the names of accounts and drafts, and which version has which number.

use std::collections::BTreeMap;

use rusqlite::types::Value;

/// No draft has more versions. Greater numbers are times, in an index of another table.
const MOST_VERSIONS: i64 = 1_000_000;

/// By the numbers of the rows.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The names of accounts.
    pub(super) accounts: BTreeMap<i64, String>,
    /// The account and the media_id of drafts.
    pub(super) drafts: BTreeMap<i64, (i64, String)>,
    /// The numbers of the rows of versions, by their draft and their number in it.
    pub(super) versions: BTreeMap<(i64, u64), i64>,
}

impl Evidence {
    /// Returns the numbers of the versions of a draft.
    pub(super) fn numbers(&self, draft: i64) -> impl Iterator<Item = u64> {
        self.versions.range((draft, 0)..=(draft, u64::MAX)).map(|((_, number), _)| *number)
    }

    /// Adds an entry of an index. Of an index that cannot be reached the name is not known, and entries of three numbers are the only ones
    /// that tell their index themselves.
    pub(super) fn add(&mut self, index: Option<&str>, entry: &[Value]) {
        match (index, entry) {
            (Some("sqlite_autoindex_account_1"), [Value::Text(name), Value::Integer(id)]) => {
                self.accounts.insert(*id, name.clone());
            }
            (
                Some("sqlite_autoindex_draft_1"),
                [Value::Integer(account), Value::Text(media_id), Value::Integer(id)],
            ) => {
                self.drafts.insert(*id, (*account, media_id.clone()));
            }
            (
                Some("sqlite_autoindex_version_1") | None,
                [Value::Integer(draft @ 1..), Value::Integer(number @ 1..=MOST_VERSIONS), Value::Integer(id)],
            ) => {
                self.versions.entry((*draft, *number as u64)).or_insert(*id);
            }
            _ => {}
        }
    }
}
