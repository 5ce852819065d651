//! `[[notify]]` as written.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

use super::keys::{TableKind, names};
use super::raw_source::RawCredentials;
use super::table::{TableReader, Text};
use crate::model::AccountName;

const RULE: &str = "who is told of what happens has a table, under a line of its own that says [[notify]]";

/// `[[notify]]`. A key that is missing, or has an error that was reported, is `None`.
pub(super) struct RawNotify {
    /// The dotted key of the table, for messages.
    pub(super) key: String,
    pub(super) name: Option<Text>,
    pub(super) to: Option<RawAddress>,
    pub(super) accounts: Option<Vec<Text>>,
    pub(super) kinds: Option<Vec<Text>>,
    pub(super) at_least: Option<Text>,
    pub(super) people: Vec<Text>,
    pub(super) quiet: Option<Text>,
    pub(super) through: Vec<Text>,
    pub(super) digest: Option<Text>,
    pub(super) timezone: Option<Text>,
    pub(super) language: Option<Text>,
    pub(super) every: Option<Text>,
}

impl RawNotify {
    /// Returns the dotted name of one of its keys.
    pub(super) fn dotted(&self, key: &str) -> String {
        format!("{}.{key}", self.key)
    }
}

/// `to = { … }`, and its place.
pub(super) struct RawAddress {
    pub(super) kind: &'static str,
    pub(super) at: Range<usize>,
    pub(super) what: RawTarget,
}

pub(super) enum RawTarget {
    Address(RawSigned),
    /// The address of a dead man's switch.
    Ping(RawCredentials),
    Exec(Vec<Text>),
    Mail(Box<RawMail>),
}

/// An address alone, or with the secret that signs.
pub(super) struct RawSigned {
    pub(super) url: Option<RawCredentials>,
    pub(super) secret: Option<RawCredentials>,
}

pub(super) struct RawMail {
    pub(super) server: Option<Text>,
    pub(super) security: Option<Text>,
    pub(super) user: Option<Text>,
    pub(super) password: Option<RawCredentials>,
    pub(super) from: Option<Text>,
    pub(super) to: Vec<Text>,
}

impl<'a> TableReader<'a, '_> {
    pub(super) fn notify(&mut self) -> Vec<RawNotify> {
        let Some(value) = self.table.get("notify") else { return Vec::new() };
        match value.get_ref() {
            DeValue::Array(array) => {
                array.iter().enumerate().filter_map(|(index, entry)| self.rule(index, entry)).collect()
            }
            _ => {
                self.diagnostics.refuse("notify", &value.span(), RULE).with_hint("write [[notify]], with two brackets");
                Vec::new()
            }
        }
    }

    fn rule(&mut self, index: usize, entry: &'a Spanned<DeValue<'a>>) -> Option<RawNotify> {
        let Some(table) = entry.get_ref().as_table() else {
            self.diagnostics.refuse(&format!("notify[{}]", index + 1), &entry.span(), RULE);
            return None;
        };
        let name = table.get("name").and_then(|name| name.get_ref().as_str()?.parse::<AccountName>().ok());
        let key = name.map_or_else(|| format!("notify[{}]", index + 1), |name| format!("notify.{name}"));
        let mut rule =
            TableReader { table, key, within: TableKind::Notify, at: entry.span(), diagnostics: self.diagnostics };
        rule.refuse_unknown_keys();
        let kinds = "kinds are a list: [\"draft.emptied\", \"account.*\"]";
        Some(RawNotify {
            name: rule.required_text("name", "who is told has a name of your own choice, such as \"editors\""),
            to: rule.address(),
            accounts: rule.texts("accounts", "accounts is a list of their names: [\"mag\"]"),
            kinds: rule.texts("kinds", kinds),
            at_least: rule.text("at_least"),
            people: rule.texts("people", "people is a list of who is mentioned: [\"zhangsan\"]").unwrap_or_default(),
            quiet: rule.text("quiet"),
            through: rule.texts("through", kinds).unwrap_or_default(),
            digest: rule.text("digest"),
            timezone: rule.text("timezone"),
            language: rule.text("language"),
            every: rule.text("every"),
            key: rule.key,
        })
    }

    /// Reads `to`: a table with exactly one key. Its content is shown in no message.
    fn address(&mut self) -> Option<RawAddress> {
        let (key, kinds) = (self.dotted("to"), names(TableKind::To));
        let Some(value) = self.table.get("to") else {
            let rule = format!("missing: it says where messages go, by one of {kinds}");
            self.diagnostics
                .refuse(&key, &self.at, rule)
                .with_hint("put the address of the group's robot into a file of its own and write: to = { wecom = { file = \"wecom.url\" } }");
            return None;
        };
        let Some(table) = value.get_ref().as_table() else {
            let rule = format!("an address never stands in this file: it says where to read it, by one of {kinds}");
            let hint = "put it into a file that only you can read and write: to = { wecom = { file = \"wecom.url\" } }";
            self.diagnostics.refuse(&key, &value.span(), rule).with_hint(hint);
            return None;
        };
        let mut to = TableReader { table, key, within: TableKind::To, at: value.span(), diagnostics: self.diagnostics };
        let known = to.refuse_unknown_keys();
        let [kind] = known[..] else {
            if known.len() > 1 || table.is_empty() {
                to.diagnostics.refuse(&to.key, &value.span(), format!("messages go to exactly one of {kinds}"));
            }
            return None;
        };
        let entry = table.get(kind)?;
        let what = match kind {
            "exec" => RawTarget::Exec(
                to.texts("exec", "exec is a list of texts, the program first: [\"/usr/local/bin/tell\"]")?,
            ),
            "mail" => RawTarget::Mail(Box::new(to.mail(entry)?)),
            "ping" => RawTarget::Ping(to.url(kind, kind, entry)?),
            "feishu" | "dingtalk" | "webhook" => RawTarget::Address(to.signed(kind, entry)?),
            _ => RawTarget::Address(RawSigned { url: Some(to.url(kind, kind, entry)?), secret: None }),
        };
        Some(RawAddress { kind, at: entry.span(), what })
    }

    /// Reads `{ url = SECRET, secret = SECRET }`, or the source of the address alone.
    fn signed(&mut self, kind: &str, value: &'a Spanned<DeValue<'a>>) -> Option<RawSigned> {
        let table =
            value.get_ref().as_table().filter(|table| table.contains_key("url") || table.contains_key("secret"));
        let Some(table) = table else {
            return Some(RawSigned { url: Some(self.url(kind, kind, value)?), secret: None });
        };
        let key = self.dotted(kind);
        let mut signed =
            TableReader { table, key, within: TableKind::Signed, at: value.span(), diagnostics: self.diagnostics };
        signed.refuse_unknown_keys();
        if !table.contains_key("url") {
            let rule = "missing: url says where to read the address";
            signed.diagnostics.refuse(&signed.dotted("url"), &value.span(), rule);
        }
        let such_as = format!("{kind}.secret");
        Some(RawSigned {
            url: table.get("url").and_then(|value| signed.url("url", kind, value)),
            secret: signed.optional_source("secret", &such_as),
        })
    }

    fn url(&mut self, name: &str, kind: &str, value: &'a Spanned<DeValue<'a>>) -> Option<RawCredentials> {
        self.source(name, TableKind::Secret, &format!("{kind}.url"), value)
    }

    fn mail(&mut self, value: &'a Spanned<DeValue<'a>>) -> Option<RawMail> {
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: mail = { server = \"smtp.example.com\", from = \"…\", to = [\"…\"] }";
            self.refuse_value(&self.dotted("mail"), value, rule.to_owned());
            return None;
        };
        let key = self.dotted("mail");
        let mut mail =
            TableReader { table, key, within: TableKind::Mail, at: value.span(), diagnostics: self.diagnostics };
        mail.refuse_unknown_keys();
        Some(RawMail {
            server: mail.required_text("server", "mail is sent through a server, such as \"smtp.example.com\""),
            security: mail.text("security"),
            user: mail.text("user"),
            password: mail.optional_source("password", "mail.password"),
            from: mail.required_text("from", "mail has a sender, such as \"draftkeep@example.com\""),
            to: mail.texts("to", "to is a list of addresses: [\"editors@example.com\"]").unwrap_or_default(),
        })
    }
}
