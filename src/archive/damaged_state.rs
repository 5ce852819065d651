//! Damaged rows of the tables that hold an account's state beside its drafts. A column that can say "not known" says it from then on;
//! else the row is deleted, and what it said is learned anew.

use rusqlite::{Row, Transaction, params_from_iter};

use super::account_id::AccountId;
use super::damaged_row::{self, CALLS, Check, DamagedRow, RowFault, TEXT, TIME, in_words};
use super::decode;
use super::endpoint_block;
use crate::model::AccountName;

/// A table whose rows belong to an account, or to its drafts.
struct StateTable {
    name: &'static str,
    /// The columns that tell a row from the others; the first one has the number of the account or of the draft.
    key: &'static [&'static str],
    columns: &'static [(&'static str, Check, NotKnown)],
}

/// The SQL of the value that says "not known", where a column has one.
type NotKnown = Option<&'static str>;

const NULL: NotKnown = Some("NULL");

const NUMBER: Check = |row, column| row.get::<_, i64>(column).map(drop);
const NUMBER_OR_NULL: Check = |row, column| row.get::<_, Option<i64>>(column).map(drop);
const COUNT: Check = |row, column| row.get::<_, u64>(column).map(drop);
const TIME_OR_NULL: Check = |row, column| decode::instant_or_null(row, column).map(drop);
const ORDER_OR_NULL: Check = |row, column| decode::order_or_null(row, column).map(drop);
const LIMIT_FROM: Check = |row, column| decode::limit_from(row, column).map(drop);
const ENDPOINT: Check = |row, column| decode::endpoint(row, column, endpoint_block::ALL).map(drop);

const OF_ACCOUNT: [StateTable; 6] = [
    StateTable {
        name: CALLS,
        key: &["account", "interface", "day"],
        columns: &[("interface", TEXT, None), ("day", TEXT, None), ("calls", COUNT, None)],
    },
    StateTable {
        name: "quota",
        key: &["account", "interface", "day"],
        columns: &[
            ("interface", TEXT, None),
            ("day", TEXT, None),
            ("daily_limit", COUNT, None),
            ("others", COUNT, None),
            ("limit_from", LIMIT_FROM, None),
            ("told_at", TIME, None),
        ],
    },
    StateTable {
        name: "closed",
        key: &["account", "interface"],
        columns: &[
            ("interface", ENDPOINT, None),
            // A block without these is still one.
            ("since", TIME, Some("until")),
            ("until", TIME, None),
            ("code", NUMBER, None),
            ("message", TEXT, Some("''")),
        ],
    },
    StateTable {
        name: "habit",
        key: &["account"],
        columns: &[
            ("list_order", ORDER_OR_NULL, NULL),
            ("checked_at", TIME_OR_NULL, NULL),
            ("learned", TEXT, Some("''")),
        ],
    },
    StateTable {
        name: "volatile",
        key: &["account", "field"],
        columns: &[("field", TEXT, None), ("found_at", TIME, None)],
    },
    StateTable {
        name: "flip",
        key: &["account", "field"],
        columns: &[("field", TEXT, None), ("flips", COUNT, None), ("last_at", TIME, None)],
    },
];

const OF_DRAFTS: [StateTable; 3] = [
    StateTable {
        name: "draft_time",
        key: &["draft"],
        columns: &[
            ("create_time", NUMBER_OR_NULL, NULL),
            ("update_time", NUMBER_OR_NULL, NULL),
            ("read_time", NUMBER_OR_NULL, NULL),
        ],
    },
    StateTable { name: "missed", key: &["draft"], columns: &[("missed_at", TIME, None)] },
    StateTable {
        name: "held_back",
        key: &["draft"],
        columns: &[("since", TIME, None), ("confirmed_at", TIME_OR_NULL, NULL), ("asked_at", TIME_OR_NULL, NULL)],
    },
];

/// A damaged row.
struct Found {
    /// The values of the key, each with its type, as [`StateTable::key_of`] has them.
    key: Vec<String>,
    /// The values of the key in words.
    words: Vec<String>,
    faults: Vec<RowFault>,
}

pub(super) fn reset(
    transaction: &Transaction<'_>,
    account: AccountId,
    name: &AccountName,
) -> rusqlite::Result<Vec<DamagedRow>> {
    let mut damaged = Vec::new();
    for table in &OF_ACCOUNT {
        damaged.extend(table.reset(transaction, account, "account = ?1", |_| name.to_string())?);
    }
    let of_drafts = "draft IN (SELECT id FROM draft WHERE account = ?1)";
    for table in &OF_DRAFTS {
        damaged.extend(table.reset(transaction, account, of_drafts, |draft| format!("{name}/#{draft}"))?);
    }
    Ok(damaged)
}

impl StateTable {
    /// Resets the rows that meet a condition; `owner` names the account or the draft by its number.
    fn reset(
        &self,
        transaction: &Transaction<'_>,
        account: AccountId,
        condition: &str,
        owner: impl Fn(&str) -> String,
    ) -> rusqlite::Result<Vec<DamagedRow>> {
        let mut damaged = Vec::new();
        for Found { key, mut words, faults } in self.find(transaction, account, condition)? {
            transaction.execute(&self.reset_row(&faults), params_from_iter(key))?;
            words[0] = owner(&words[0]);
            let reason = damaged_row::reasons(&faults);
            damaged.push(DamagedRow { table: self.name, key: words.join(", "), reason });
        }
        Ok(damaged)
    }

    fn find(&self, transaction: &Transaction<'_>, account: AccountId, condition: &str) -> rusqlite::Result<Vec<Found>> {
        let columns = self.columns.iter().map(|(column, ..)| (*column).to_owned());
        let key = self.key.iter().map(|column| (*column).to_owned());
        let selected = key.chain(self.key_of()).chain(columns).collect::<Vec<_>>().join(", ");
        let found = transaction
            .prepare(&format!("SELECT {selected} FROM {} WHERE {condition}", self.name))?
            .query_map([account.0], |row| self.found(row))?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|found| !found.faults.is_empty()).collect())
    }

    fn found(&self, row: &Row<'_>) -> rusqlite::Result<Found> {
        let width = self.key.len();
        let checks: Vec<Check> = self.columns.iter().map(|(_, check, _)| *check).collect();
        Ok(Found {
            key: (width..2 * width).map(|column| row.get(column)).collect::<Result<_, _>>()?,
            words: (0..width).map(|column| Ok(in_words(row.get_ref(column)?))).collect::<rusqlite::Result<_>>()?,
            faults: damaged_row::faults(row, 2 * width, &checks)?,
        })
    }

    /// Returns the SQL of the key's values by which a row is found, also where they are damaged.
    fn key_of(&self) -> impl Iterator<Item = String> {
        self.key.iter().map(|column| format!("typeof({column}) || ' ' || hex({column})"))
    }

    /// Returns the SQL that resets a row with these faults.
    fn reset_row(&self, faults: &[RowFault]) -> String {
        let key = self.key_of().enumerate().map(|(place, column)| format!("{column} = ?{}", place + 1));
        let key = key.collect::<Vec<_>>().join(" AND ");
        let settings = faults.iter().map(|fault| {
            let (column, _, not_known) = self.columns[fault.column];
            not_known.map(|value| format!("{column} = {value}"))
        });
        match settings.collect::<Option<Vec<_>>>() {
            Some(settings) => format!("UPDATE {} SET {} WHERE {key}", self.name, settings.join(", ")),
            None => format!("DELETE FROM {} WHERE {key}", self.name),
        }
    }
}
