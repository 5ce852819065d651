//! What is not as it was stored.

/// Something in the archive that is not as it was stored, or could not have been stored so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub kind: DamageKind,
    /// What is damaged: of a version `ACCOUNT/#ID@N`, as it is typed; of a draft `ACCOUNT/#ID`; of a poll or a restore
    /// its number in the archive; of a picture its SHA-256; of the ledger the account; of the schema the object; of the file the check that found it.
    pub id: String,
    /// In words.
    pub reason: String,
}

/// What kind of thing is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The file's inner order, which SQLite checks itself.
    Database,
    /// Tables, views, indexes and triggers.
    Schema,
    /// A draft's own row, or the series of its versions.
    Draft,
    /// A version's row or its document.
    Version,
    /// A poll's row, or what polls say together.
    Poll,
    /// The counts of calls.
    Ledger,
    /// A restore's row.
    Restore,
    /// The bytes of a picture.
    Asset,
}

impl DamageKind {
    /// Returns the word that the JSON output uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Draft => "draft",
            Self::Version => "version",
            Self::Poll => "poll",
            Self::Ledger => "ledger",
            Self::Restore => "restore",
            Self::Asset => "asset",
        }
    }
}

impl Damage {
    pub fn new(kind: DamageKind, id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { kind, id: id.into(), reason: reason.into() }
    }
}
