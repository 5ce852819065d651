//! What a statement may do: read, and nothing else. SQLite asks while it compiles (<https://sqlite.org/c3ref/set_authorizer.html>).

use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// PRAGMAs that tell something, and with a value would set it.
const TELLING: &[&str] = &[
    "application_id",
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "encoding",
    "foreign_key_check",
    "foreign_keys",
    "freelist_count",
    "function_list",
    "integrity_check",
    "journal_mode",
    "module_list",
    "page_count",
    "page_size",
    "pragma_list",
    "query_only",
    "quick_check",
    "schema_version",
    "table_list",
    "user_version",
];

/// PRAGMAs whose value says what is asked about.
const ABOUT: &[&str] = &[
    "foreign_key_check",
    "foreign_key_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Functions that load code into the process, by a file's name or by an address.
const LOADING: &[&str] = &["load_extension", "fts3_tokenizer"];

/// Refuses what is more than reading, and remembers the first thing that it refused.
#[derive(Debug, Default)]
pub(super) struct Guard(Arc<Mutex<Option<Refused>>>);

/// What was refused; `None` where the statement's own first word says it best.
type Refused = Option<String>;

impl Guard {
    pub(super) fn watch(&self, connection: &mut Connection) -> rusqlite::Result<()> {
        let first = Arc::clone(&self.0);
        connection.authorizer(Some(move |asked: AuthContext<'_>| {
            if is_reading(&asked.action) {
                return Authorization::Allow;
            }
            first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| name(&asked.action));
            Authorization::Deny
        }))
    }

    /// Returns what was refused since it was last asked.
    pub(super) fn refused(&self) -> Option<Refused> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn is_reading(action: &AuthAction<'_>) -> bool {
    let one_of = |names: &[&str], name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    match action {
        AuthAction::Select | AuthAction::Read { .. } | AuthAction::Recursive => true,
        AuthAction::Function { function_name } => !one_of(LOADING, function_name),
        AuthAction::Pragma { pragma_name, pragma_value: None } => one_of(TELLING, pragma_name),
        AuthAction::Pragma { pragma_name, pragma_value: Some(_) } => one_of(ABOUT, pragma_name),
        _ => false,
    }
}

fn name(action: &AuthAction<'_>) -> Refused {
    match action {
        AuthAction::Function { function_name } => Some(format!("the function {function_name}")),
        AuthAction::Pragma { pragma_name, pragma_value: None } => Some(format!("PRAGMA {pragma_name}")),
        AuthAction::Pragma { pragma_name, pragma_value: Some(value) } => {
            Some(format!("PRAGMA {pragma_name} = {value}"))
        }
        // Writing to the schema is how CREATE and DROP begin.
        AuthAction::Insert { table_name } if !is_schema(table_name) => Some(format!("INSERT into {table_name}")),
        AuthAction::Update { table_name, .. } if !is_schema(table_name) => Some(format!("UPDATE of {table_name}")),
        AuthAction::Delete { table_name } if !is_schema(table_name) => Some(format!("DELETE from {table_name}")),
        _ => None,
    }
}

fn is_schema(table: &str) -> bool {
    table.starts_with("sqlite_")
}
