//! The configuration as written: which keys there are, and that each holds the right kind of value.
//!
//! The file is walked by hand, not by serde, because serde stops at the first mistake. Whether a value makes sense is
//! the business of `validate`; whether it is there, and text where text belongs, is told here.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::text::{Report, could_be_secret};
use crate::model::AccountName;

/// A table of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    /// The file itself, outside of any table.
    File,
    /// `[http]`
    Http,
    /// `[[account]]`
    Account,
    /// `secret = { … }`
    Secret,
    /// `token = { … }`
    Token,
}

/// A key that a table may hold.
#[derive(Debug)]
pub struct Key {
    pub within: Within,
    pub name: &'static str,
    /// What people write instead of it.
    also: &'static [&'static str],
}

const fn key(within: Within, name: &'static str, also: &'static [&'static str]) -> Key {
    Key { within, name, also }
}

/// Every key there is: what is not here is refused, and what is here stands in docs/configuration.md.
pub const KEYS: &[Key] = &[
    key(Within::File, "archive", &["database", "db"]),
    key(Within::File, "ca_file", &["ca", "cafile", "cacert", "ca_bundle", "ca_certificates"]),
    key(Within::File, "http", &["metrics", "web", "health", "prometheus"]),
    key(Within::File, "account", &["accounts"]),
    key(Within::Http, "listen", &["address", "bind", "addr", "port"]),
    key(Within::Http, "hosts", &["host", "names", "allowed_hosts", "server_name"]),
    key(Within::Account, "name", &["id", "alias"]),
    key(Within::Account, "appid", &["app_id"]),
    key(Within::Account, "secret", &["appsecret", "app_secret", "secret_file"]),
    key(Within::Account, "token", &["access_token", "token_file"]),
    key(Within::Account, "drafts", &["media_id", "media_ids"]),
    key(Within::Account, "schedule", &["cron", "interval", "every"]),
    key(Within::Account, "timezone", &["tz", "zone"]),
    key(Within::Account, "quota_share", &["quota", "share", "limit", "budget"]),
    key(Within::Account, "ignore_fields", &["ignore", "ignored_fields", "volatile"]),
    key(Within::Account, "watch_fields", &["watch", "watched_fields", "fields"]),
    key(Within::Account, "assets", &["pictures", "images", "covers"]),
    key(Within::Account, "asset_limit", &["picture_limit", "max_size", "size_limit"]),
    key(Within::Account, "api_base", &["api", "base_url", "api_url"]),
    key(Within::Account, "image_base", &["image_url"]),
    key(Within::Account, "proxy", &["http_proxy", "https_proxy"]),
    key(Within::Secret, "file", &["path"]),
    key(Within::Secret, "env", &["environment", "variable"]),
    key(Within::Secret, "credential", &["credentials", "systemd"]),
    key(Within::Secret, "command", &["cmd", "exec"]),
    key(Within::Token, "file", &["path"]),
    key(Within::Token, "command", &["cmd", "exec"]),
    key(Within::Token, "url", &["uri", "address"]),
];

const FIELDS: &str = "fields are a list of names, as the platform writes them: [\"ad_seed\"]";

/// A text and its place.
pub(super) type Text = Spanned<String>;

/// A number and its place.
pub(super) type Number = Spanned<f64>;

/// The file. What was not written, or not understood and told, is `None`.
pub(super) struct RawConfig {
    pub(super) archive: Option<Text>,
    pub(super) ca_file: Option<Text>,
    pub(super) http: RawHttp,
    pub(super) accounts: Vec<RawAccount>,
}

/// `[http]`
#[derive(Default)]
pub(super) struct RawHttp {
    pub(super) listen: Option<Text>,
    pub(super) hosts: Vec<Text>,
}

pub(super) struct RawAccount {
    /// The dotted key of the account, for messages.
    pub(super) key: String,
    pub(super) name: Option<Text>,
    pub(super) appid: Option<Text>,
    pub(super) credentials: Option<RawCredentials>,
    pub(super) drafts: Option<RawDrafts>,
    pub(super) schedule: Option<Text>,
    pub(super) timezone: Option<Text>,
    pub(super) quota_share: Option<Number>,
    pub(super) ignore_fields: Vec<Text>,
    pub(super) watch_fields: Vec<Text>,
    pub(super) assets: Option<Text>,
    pub(super) asset_limit: Option<Number>,
    pub(super) api_base: Option<Text>,
    pub(super) image_base: Option<Text>,
    pub(super) proxy: Option<Text>,
}

pub(super) struct RawCredentials {
    pub(super) within: Within,
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

pub(super) enum RawDrafts {
    Word(Text),
    List(Vec<Text>, Range<usize>),
}

/// Reads the text as TOML and walks it. Where it is no TOML, only that is told: the rest would follow from it.
pub(super) fn read(text: &str, report: &mut Report<'_>) -> Option<RawConfig> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        report.refuse_syntax(error);
    }
    if !errors.is_empty() {
        return None;
    }
    let mut file = Walk { table: table.get_ref(), key: String::new(), within: Within::File, at: 0..0, report };
    file.refuse_unknown_keys();
    let archive = file.required_text("archive", "a configuration names its archive, such as archive = \"archive.db\"");
    let ca_file = file.text("ca_file");
    Some(RawConfig { archive, ca_file, http: file.http(), accounts: file.accounts() })
}

/// A table on the way through it.
struct Walk<'a, 't> {
    table: &'a DeTable<'a>,
    /// The dotted key of the table; empty for the file.
    key: String,
    within: Within,
    /// The place that is told for a key that is missing.
    at: Range<usize>,
    report: &'a mut Report<'t>,
}

impl<'a> Walk<'a, '_> {
    fn http(&mut self) -> RawHttp {
        let Some(value) = self.table.get("http") else { return RawHttp::default() };
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: a line [http], and below it listen = \"127.0.0.1:8787\"";
            self.refuse_value("http", value, rule.to_owned());
            return RawHttp::default();
        };
        let mut http =
            Walk { table, key: "http".to_owned(), within: Within::Http, at: value.span(), report: self.report };
        http.refuse_unknown_keys();
        let hosts = http.texts("hosts", "hosts is a list of names: [\"monitor.example\"]").unwrap_or_default();
        // A socket of systemd's listens without a word here, and may still have names.
        let listen = match table.contains_key("hosts") {
            true => http.text("listen"),
            false => http.required_text("listen", "[http] says where to listen, such as listen = \"127.0.0.1:8787\""),
        };
        RawHttp { listen, hosts }
    }

    fn accounts(&mut self) -> Vec<RawAccount> {
        const RULE: &str = "accounts are tables, each under a line of its own that says [[account]]";
        let Some(value) = self.table.get("account") else {
            let rule = "missing: there is no account to watch; each has a table that begins with a line [[account]]";
            self.report.refuse("account", &self.at, rule);
            return Vec::new();
        };
        match value.get_ref() {
            DeValue::Array(array) if array.is_empty() => {
                self.report.refuse("account", &value.span(), RULE);
                Vec::new()
            }
            DeValue::Array(array) => {
                array.iter().enumerate().filter_map(|(index, entry)| self.account(index, entry, RULE)).collect()
            }
            _ => {
                self.report.refuse("account", &value.span(), RULE).hint("write [[account]], with two brackets");
                Vec::new()
            }
        }
    }

    fn account(&mut self, index: usize, entry: &'a Spanned<DeValue<'a>>, rule: &str) -> Option<RawAccount> {
        let Some(table) = entry.get_ref().as_table() else {
            self.report.refuse(&format!("account[{}]", index + 1), &entry.span(), rule);
            return None;
        };
        let name = table.get("name").and_then(|name| name.get_ref().as_str()?.parse::<AccountName>().ok());
        let key = name.map_or_else(|| format!("account[{}]", index + 1), |name| format!("account.{name}"));
        let mut account = Walk { table, key, within: Within::Account, at: entry.span(), report: self.report };
        account.refuse_unknown_keys();
        Some(RawAccount {
            name: account.required_text("name", "an account has a name of your own choice, used everywhere"),
            appid: account.required_text("appid", "an account has an appid: the AppID that the platform gave it"),
            credentials: account.credentials(),
            drafts: account.drafts(),
            schedule: account.text("schedule"),
            timezone: account.text("timezone"),
            quota_share: account.number("quota_share"),
            ignore_fields: account.texts("ignore_fields", FIELDS).unwrap_or_default(),
            watch_fields: account.texts("watch_fields", FIELDS).unwrap_or_default(),
            assets: account.text("assets"),
            asset_limit: account.number("asset_limit"),
            api_base: account.text("api_base"),
            image_base: account.text("image_base"),
            proxy: account.text("proxy"),
            key: account.key,
        })
    }

    fn credentials(&mut self) -> Option<RawCredentials> {
        match (self.table.get("secret"), self.table.get("token")) {
            (Some(secret), None) => self.source("secret", Within::Secret, secret),
            (None, Some(token)) => self.source("token", Within::Token, token),
            (Some(_), Some(token)) => {
                let rule = "an account has a secret or a token, not both";
                self.report.refuse(&self.dotted("token"), &token.span(), rule);
                None
            }
            (None, None) => {
                let rule = "missing: an account has a secret, or a token where somebody else keeps it";
                self.report
                    .refuse(&self.dotted("secret"), &self.at, rule)
                    .hint("put the AppSecret into a file of its own and write: secret = { file = \"mag.secret\" }");
                None
            }
        }
    }

    /// Reads `secret` or `token`: a table with exactly one key. What stands in it is shown in no message.
    fn source(&mut self, name: &str, within: Within, value: &'a Spanned<DeValue<'a>>) -> Option<RawCredentials> {
        let key = self.dotted(name);
        let kinds = names(within);
        let Some(table) = value.get_ref().as_table() else {
            let rule = format!("a {name} never stands in this file: it says where to read it, by one of {kinds}");
            let hint =
                format!("put it into a file that only you can read and write: {name} = {{ file = \"mag.{name}\" }}");
            self.report.refuse(&key, &value.span(), rule).hint(hint);
            return None;
        };
        let mut walk = Walk { table, key: key.clone(), within, at: value.span(), report: self.report };
        let known = walk.refuse_unknown_keys();
        let [kind] = known[..] else {
            if known.len() > 1 || table.is_empty() {
                let rule = format!("exactly one of {kinds} says where the {name} comes from");
                walk.report.refuse(&key, &value.span(), rule);
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

    fn drafts(&mut self) -> Option<RawDrafts> {
        let value = self.table.get("drafts")?;
        if value.get_ref().is_str() {
            return self.text("drafts").map(RawDrafts::Word);
        }
        let rule = "drafts is \"all\" or a list of media_ids: [\"…\", \"…\"]";
        self.texts("drafts", rule).map(|list| RawDrafts::List(list, value.span()))
    }

    fn required_text(&mut self, name: &str, rule: &str) -> Option<Text> {
        if !self.table.contains_key(name) {
            self.report.refuse(&self.dotted(name), &self.at, format!("missing: {rule}"));
        }
        self.text(name)
    }

    fn text(&mut self, name: &str) -> Option<Text> {
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

    /// Reads a whole or broken number. A whole one that is too large for the machine breaks any bound.
    fn number(&mut self, name: &str) -> Option<Number> {
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

    /// Reads a list of texts; every entry that is none is told.
    fn texts(&mut self, name: &str, rule: &str) -> Option<Vec<Text>> {
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

    /// Refuses a value of the wrong kind. Shows numbers and the like as written, but nothing of a secret.
    fn refuse_value(&mut self, key: &str, value: &Spanned<DeValue<'_>>, rule: String) {
        let written = self.report.written(&value.span());
        let showable = !matches!(self.within, Within::Secret | Within::Token)
            && !matches!(value.get_ref(), DeValue::Array(_) | DeValue::Table(_))
            && !could_be_secret(written);
        let mistake = self.report.refuse(key, &value.span(), rule);
        if showable {
            mistake.showing_plain(written);
        }
    }

    /// Refuses the keys that the table may not hold, without their values, and returns the others.
    fn refuse_unknown_keys(&mut self) -> Vec<&'static str> {
        let mut known = Vec::new();
        for name in self.table.keys() {
            match KEYS.iter().find(|key| key.within == self.within && key.name == name.get_ref()) {
                Some(key) => known.push(key.name),
                None => self.refuse_key(name.get_ref(), &name.span()),
            }
        }
        known
    }

    fn refuse_key(&mut self, name: &str, at: &Range<usize>) {
        let hint = hint_for(name, self.within);
        let rule = match self.within {
            Within::File => "a configuration has no such key",
            Within::Http => "[http] has no such key",
            Within::Account => "an account has no such key",
            Within::Secret => "a secret has no such key",
            Within::Token => "a token has no such key",
        };
        self.report.refuse(&self.dotted(&segment(name)), at, rule).hint(hint);
    }

    fn dotted(&self, name: &str) -> String {
        if self.key.is_empty() { name.to_owned() } else { format!("{}.{name}", self.key) }
    }
}

/// Says where a key belongs, what was meant by it, or which ones there are.
fn hint_for(name: &str, within: Within) -> String {
    let here = || KEYS.iter().filter(|key| key.within == within);
    let meant = here().find(|key| key.also.contains(&name.to_lowercase().as_str())).map(|key| key.name);
    if let Some(meant) = meant.or_else(|| nearest(name, here().map(|key| key.name))) {
        return format!("did you mean {meant}?");
    }
    match KEYS.iter().find(|key| key.name == name).map(|key| key.within) {
        Some(Within::File) => format!("{name} belongs above the first [[account]]"),
        Some(Within::Http) => format!("{name} belongs under [http]"),
        Some(Within::Account) => format!("{name} belongs under [[account]]"),
        _ => format!("the keys here are {}", names(within)),
    }
}

fn names(within: Within) -> String {
    let names: Vec<&str> = KEYS.iter().filter(|key| key.within == within).map(|key| key.name).collect();
    names.join(", ")
}

/// Writes a part of a dotted key as TOML would, and hides one that could be a secret.
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
