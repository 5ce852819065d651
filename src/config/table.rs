//! Reads the values of one table of the file, and refuses keys that it may not hold.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::{Diagnostics, could_be_secret};
use super::keys::{KEYS, TableKind, hint_for};

/// A text and its place.
pub(super) type Text = Spanned<String>;

/// A number and its place.
pub(super) type Number = Spanned<f64>;

/// Reads one table.
pub(super) struct TableReader<'a, 't> {
    pub(super) table: &'a DeTable<'a>,
    /// The dotted key of the table; empty for the file.
    pub(super) key: String,
    pub(super) within: TableKind,
    /// The place for reports of missing keys.
    pub(super) at: Range<usize>,
    pub(super) diagnostics: &'a mut Diagnostics<'t>,
}

impl<'a> TableReader<'a, '_> {
    pub(super) fn required_text(&mut self, name: &str, rule: &str) -> Option<Text> {
        if !self.table.contains_key(name) {
            self.diagnostics.refuse(&self.dotted(name), &self.at, format!("missing: {rule}"));
        }
        self.text(name)
    }

    pub(super) fn text(&mut self, name: &str) -> Option<Text> {
        let value = self.table.get(name)?;
        match value.get_ref() {
            DeValue::String(text) => Some(Spanned::new(value.span(), text.to_string())),
            other => {
                let rule = format!("this is a text, in quotes, not {}", kind(other));
                self.refuse_value(&self.dotted(name), value, rule);
                None
            }
        }
    }

    /// Reads an integer or a decimal number. An integer that is too large becomes infinite.
    pub(super) fn switch(&mut self, name: &str) -> Option<bool> {
        let value = self.table.get(name)?;
        if let DeValue::Boolean(is_on) = value.get_ref() {
            return Some(*is_on);
        }
        let rule = format!("this is true or false, without quotes, not {}", kind(value.get_ref()));
        self.refuse_value(&self.dotted(name), value, rule);
        None
    }

    pub(super) fn number(&mut self, name: &str) -> Option<Number> {
        let value = self.table.get(name)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => {
                i64::from_str_radix(integer.as_str(), integer.radix()).map_or(f64::INFINITY, |integer| integer as f64)
            }
            DeValue::Float(float) => float.as_str().parse().unwrap_or(f64::NAN),
            other => {
                let rule = format!("this is a number, without quotes, not {}", kind(other));
                self.refuse_value(&self.dotted(name), value, rule);
                return None;
            }
        };
        Some(Spanned::new(value.span(), number))
    }

    /// Reads a list of texts; reports every other entry.
    pub(super) fn texts(&mut self, name: &str, rule: &str) -> Option<Vec<Text>> {
        let value = self.table.get(name)?;
        let Some(entries) = value.get_ref().as_array() else {
            self.refuse_value(&self.dotted(name), value, rule.to_owned());
            return None;
        };
        let mut texts = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match entry.get_ref().as_str() {
                Some(text) => texts.push(Spanned::new(entry.span(), text.to_owned())),
                None => self.refuse_value(&format!("{}[{}]", self.dotted(name), index + 1), entry, rule.to_owned()),
            }
        }
        (texts.len() == entries.len()).then_some(texts)
    }

    /// Reports a value of the wrong type. Shows it as written unless it could be secret.
    pub(super) fn refuse_value(&mut self, key: &str, value: &Spanned<DeValue<'_>>, rule: String) {
        let written = self.diagnostics.written(&value.span());
        let could_hold_secrets =
            matches!(self.within, TableKind::Secret | TableKind::Token | TableKind::To | TableKind::Signed);
        let showable = !could_hold_secrets
            && !matches!(value.get_ref(), DeValue::Array(_) | DeValue::Table(_))
            && !could_be_secret(written);
        let issue = self.diagnostics.refuse(key, &value.span(), rule);
        if showable {
            issue.with_plain_value(written);
        }
    }

    /// Reports unknown keys, without their values, and returns the known ones.
    pub(super) fn refuse_unknown_keys(&mut self) -> Vec<&'static str> {
        let mut known = Vec::new();
        for name in self.table.keys() {
            match KEYS.iter().find(|key| key.within == self.within && key.name == name.get_ref()) {
                Some(key) => known.push(key.name),
                None => self.refuse_key(name.get_ref(), &name.span()),
            }
        }
        known
    }

    pub(super) fn refuse_key(&mut self, name: &str, at: &Range<usize>) {
        let hint = hint_for(name, self.within);
        let rule = match self.within {
            TableKind::File => "a configuration has no such key",
            TableKind::Http => "[http] has no such key",
            TableKind::Web => "[web] has no such key",
            TableKind::Retention => "[retention] has no such key",
            TableKind::Proof => "[proof] has no such key",
            TableKind::Drill => "drill has no such key",
            TableKind::Mirror => "[mirror] has no such key",
            TableKind::Gate => "[gate] has no such key",
            TableKind::GatePolicy => "gate has no such key",
            TableKind::Notify => "[[notify]] has no such key",
            TableKind::To => "messages cannot be sent to this",
            TableKind::Signed => "an address has no such key",
            TableKind::Mail => "mail has no such key",
            TableKind::Copy => "[[copy]] has no such key",
            TableKind::Keep => "keep has no such key",
            TableKind::Account => "an account has no such key",
            TableKind::Secret => "a secret has no such key",
            TableKind::Token => "a token has no such key",
        };
        self.diagnostics.refuse(&self.dotted(&segment(name)), at, rule).with_hint(hint);
    }

    pub(super) fn dotted(&self, name: &str) -> String {
        if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) }
    }
}

/// Formats a part of a dotted key as in TOML; hides one that could be a secret.
fn segment(name: &str) -> String {
    let bare =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    match could_be_secret(name) {
        true => "…".to_owned(),
        false if bare => name.to_owned(),
        false => format!("{name:?}"),
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
