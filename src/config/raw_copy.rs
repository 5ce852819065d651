//! `[[copy]]` as written.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::keys::TableKind;
use super::raw_source::RawCredentials;
use super::table::{Number, TableReader, Text};

const RULE: &str = "each place for copies has a table, under a line of its own that says [[copy]]";

/// `[[copy]]`. A key that is missing, or has an error that was reported, is `None`.
pub(super) struct RawCopy {
    /// The dotted key of the table, for messages.
    pub(super) key: String,
    pub(super) to: Option<Text>,
    pub(super) schedule: Option<Text>,
    pub(super) timezone: Option<Text>,
    pub(super) keep: Option<RawKeep>,
    pub(super) encrypt_to: Option<Vec<Text>>,
    pub(super) endpoint: Option<Text>,
    pub(super) region: Option<Text>,
    pub(super) addressing: Option<Text>,
    pub(super) key_id: Option<RawCredentials>,
    pub(super) secret_key: Option<RawCredentials>,
    /// The place of the table, for keys that are missing.
    pub(super) at: Range<usize>,
}

/// `keep = { … }`
pub(super) struct RawKeep {
    pub(super) at: Range<usize>,
    pub(super) daily: Option<Number>,
    pub(super) weekly: Option<Number>,
    pub(super) monthly: Option<Number>,
}

impl RawCopy {
    /// Returns the dotted name of one of its keys.
    pub(super) fn dotted(&self, key: &str) -> String {
        format!("{}.{key}", self.key)
    }
}

impl<'a> TableReader<'a, '_> {
    pub(super) fn copies(&mut self) -> Vec<RawCopy> {
        let Some(value) = self.table.get("copy") else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(array) => {
                array.iter().enumerate().filter_map(|(index, entry)| self.copy(index, entry)).collect()
            }
            _ => {
                self.diagnostics.refuse("copy", &value.span(), RULE).with_hint("write [[copy]], with two brackets");
                Vec::new()
            }
        }
    }

    fn copy(&mut self, index: usize, entry: &'a Spanned<DeValue<'a>>) -> Option<RawCopy> {
        let key = format!("copy[{}]", index + 1);
        let Some(table) = entry.get_ref().as_table() else {
            self.diagnostics.refuse(&key, &entry.span(), RULE);
            return None;
        };
        let mut copy =
            TableReader { table, key, within: TableKind::Copy, at: entry.span(), diagnostics: self.diagnostics };
        copy.refuse_unknown_keys();
        Some(RawCopy {
            to: copy.required_text("to", "copies are made somewhere, such as to = \"/mnt/nas/draftkeep\""),
            schedule: copy.text("schedule"),
            timezone: copy.text("timezone"),
            keep: copy.keep(),
            encrypt_to: copy.texts("encrypt_to", "encrypt_to is a list of recipients: [\"age1…\"]"),
            endpoint: copy.text("endpoint"),
            region: copy.text("region"),
            addressing: copy.text("addressing"),
            key_id: copy.optional_source("key_id", "s3.id"),
            secret_key: copy.optional_source("secret_key", "s3.secret"),
            at: entry.span(),
            key: copy.key,
        })
    }

    fn keep(&mut self) -> Option<RawKeep> {
        let value = self.table.get("keep")?;
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: keep = { daily = 7, weekly = 4, monthly = 12 }";
            self.refuse_value(&self.dotted("keep"), value, rule.to_owned());
            return None;
        };
        let key = self.dotted("keep");
        let mut keep =
            TableReader { table, key, within: TableKind::Keep, at: value.span(), diagnostics: self.diagnostics };
        keep.refuse_unknown_keys();
        Some(RawKeep {
            at: value.span(),
            daily: keep.number("daily"),
            weekly: keep.number("weekly"),
            monthly: keep.number("monthly"),
        })
    }
}
