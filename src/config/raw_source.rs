//! Where a secret or a token comes from, as written. What could be secret is shown in no message.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::keys::{TableKind, names};
use super::table::TableReader;

pub(super) struct RawCredentials {
    pub(super) within: TableKind,
    /// The dotted key of the source, such as `account.mag.secret.file`.
    pub(super) key: String,
    pub(super) source: RawSource,
    pub(super) at: Range<usize>,
}

/// Where a secret or a token comes from.
pub(super) enum RawSource {
    File(String),
    Env(String),
    Credential(String),
    Command(Vec<String>),
    Url(String),
}

impl<'a> TableReader<'a, '_> {
    /// Reads where an optional secret comes from.
    pub(super) fn optional_source(&mut self, name: &str, such_as: &str) -> Option<RawCredentials> {
        let value = self.table.get(name)?;
        self.source(name, TableKind::Secret, such_as, value)
    }

    /// Reads what says where a secret comes from: a table with exactly one key. Its content is shown in no message.
    pub(super) fn source(
        &mut self,
        name: &str,
        within: TableKind,
        such_as: &str,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Option<RawCredentials> {
        let key = self.dotted(name);
        let kinds = names(within);
        let Some(table) = value.get_ref().as_table() else {
            let what = match within {
                TableKind::Secret if matches!(name, "key_id" | "secret_key") => format!("the {name}"),
                TableKind::Secret if !matches!(name, "secret" | "password") => "an address".to_owned(),
                _ => format!("a {name}"),
            };
            let rule = format!("{what} never stands in this file: it says where to read it, by one of {kinds}");
            let hint =
                format!("put it into a file that only you can read and write: {name} = {{ file = \"{such_as}\" }}");
            self.diagnostics.refuse(&key, &value.span(), rule).with_hint(hint);
            return None;
        };
        let mut walk = TableReader { table, key: key.clone(), within, at: value.span(), diagnostics: self.diagnostics };
        let known = walk.refuse_unknown_keys();
        let [kind] = known[..] else {
            if known.len() > 1 || table.is_empty() {
                let rule = format!("exactly one of {kinds} says where the {name} comes from");
                walk.diagnostics.refuse(&key, &value.span(), rule);
            }
            return None;
        };
        let at = table.get(kind)?.span();
        Some(RawCredentials { within, key: walk.dotted(kind), source: walk.source_of_kind(kind)?, at })
    }

    fn source_of_kind(&mut self, kind: &str) -> Option<RawSource> {
        if kind == "command" {
            let words = self
                .texts(kind, "a command is a list of texts, the program first: [\"pass\", \"show\", \"wechat/mag\"]")?;
            return Some(RawSource::Command(words.into_iter().map(Spanned::into_inner).collect()));
        }
        let text = self.text(kind)?.into_inner();
        Some(match kind {
            "file" => RawSource::File(text),
            "env" => RawSource::Env(text),
            "credential" => RawSource::Credential(text),
            _ => RawSource::Url(text),
        })
    }
}
