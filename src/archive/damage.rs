//! What is not as it was stored.

/// Something in the archive that is not as it was stored, or could not have been stored so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    pub kind: DamageKind,
    /// What is damaged: of a version `ACCOUNT/#ID@N`; of a draft `ACCOUNT/#ID`; of a poll, a restore or a write
    /// its number in the archive; of the bytes of a picture their SHA-256; of a picture `ACCOUNT/IDENTITY`; of an account and of the ledger
    /// the account; of the schema the object; of the file the check that found it.
    pub id: String,
    /// In words.
    pub reason: String,
}

/// Who looks at everything stops after so many damaged objects; more would not help anybody.
pub const MOST_DAMAGES: usize = 10_000;

/// What kind of thing is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamageKind {
    /// The file's inner order, which SQLite checks itself.
    Database,
    /// Tables, views, indexes and triggers.
    Schema,
    /// What is kept of an account beside its drafts.
    Account,
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
    /// What a program wrote through the gate, and which one it was.
    Write,
    /// What is kept of a picture beside its bytes.
    Picture,
    /// The bytes of a picture.
    Asset,
}

impl Damage {
    /// Returns which it is, as it is typed: without the `#` that programs have been given from the beginning.
    pub fn typed_id(&self) -> String {
        self.id.strip_prefix('#').map_or_else(|| self.id.replacen("/#", "/", 1), str::to_owned)
    }
}

impl DamageKind {
    /// Returns the word that the JSON output uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Account => "account",
            Self::Draft => "draft",
            Self::Version => "version",
            Self::Poll => "poll",
            Self::Ledger => "ledger",
            Self::Restore => "restore",
            Self::Write => "write",
            Self::Picture => "picture",
            Self::Asset => "asset",
        }
    }
}

impl Damage {
    pub fn new(kind: DamageKind, id: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { kind, id: id.into(), reason: reason.into() }
    }

    /// What stands for all that comes after draft `at`, where too much is damaged before it.
    pub fn not_looked_at(at: i64) -> Self {
        Self::new(DamageKind::Database, format!("#{at}"), "too much is damaged: what comes after is not looked at")
    }

    /// A version whose checksum is wrong, and nothing that says more.
    pub fn altered_version(id: String) -> Self {
        let doubt =
            "it is not as it was written: its times, and fields of its document that are no content, may be wrong";
        Self::new(DamageKind::Version, id, doubt)
    }

    /// Returns whether both are of the same thing. Of a draft whose row cannot be read, the account is not known.
    pub fn is_of_the_same_as(&self, other: &Self) -> bool {
        self.kind == other.kind && self.id_without_account() == other.id_without_account()
    }

    fn id_without_account(&self) -> &str {
        match self.kind {
            DamageKind::Draft => self.id.rsplit('/').next().unwrap_or(&self.id),
            _ => &self.id,
        }
    }
}
