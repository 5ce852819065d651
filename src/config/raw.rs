//! The configuration as written: values of the right type, not validated yet.
//!
//! The file is not read by serde, because serde stops at the first error. Missing keys and wrong types are reported here; `validate`
//! checks the values.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostics::Diagnostics;
use super::keys::TableKind;
use super::raw_copy::RawCopy;
use super::raw_gate::RawGatePolicy;
use super::raw_mirror::RawMirror;
use super::raw_notify::RawNotify;
use super::raw_proof::RawProof;
use super::raw_retention::RawRetention;
use super::raw_source::RawCredentials;
use super::table::{Number, TableReader, Text};
use crate::model::AccountName;

const FIELDS: &str = "fields are a list of names, as the platform writes them: [\"ad_seed\"]";

/// The file. A key that is missing, or has an error that was reported, is `None`.
pub(super) struct RawConfig {
    pub(super) archive: Option<Text>,
    pub(super) ca_file: Option<Text>,
    pub(super) http: RawHttp,
    pub(super) web: Option<RawWeb>,
    pub(super) notify: Vec<RawNotify>,
    pub(super) copies: Vec<RawCopy>,
    pub(super) retention: Option<RawRetention>,
    pub(super) proof: RawProof,
    pub(super) mirror: Option<RawMirror>,
    /// `[gate] listen`
    pub(super) gate: Option<Text>,
    pub(super) accounts: Vec<RawAccount>,
}

/// `[web]`
pub(super) struct RawWeb {
    pub(super) listen: Option<Text>,
    pub(super) public_url: Option<Text>,
    pub(super) password: Option<RawCredentials>,
    pub(super) trusted_proxies: Vec<Text>,
    pub(super) user_header: Option<Text>,
    pub(super) allow_restore: bool,
    pub(super) link_ttl: Option<Text>,
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
    pub(super) shrunk_share: Option<Number>,
    pub(super) ignore_fields: Vec<Text>,
    pub(super) watch_fields: Vec<Text>,
    pub(super) assets: Option<Text>,
    pub(super) asset_limit: Option<Number>,
    pub(super) api_base: Option<Text>,
    pub(super) image_base: Option<Text>,
    pub(super) proxy: Option<Text>,
    pub(super) gate: RawGatePolicy,
}

pub(super) enum RawDrafts {
    Word(Text),
    List(Vec<Text>, Range<usize>),
}

/// Parses the text as TOML and reads its tables. Syntax errors are reported alone: other errors would follow from them.
pub(super) fn read(text: &str, diagnostics: &mut Diagnostics<'_>) -> Option<RawConfig> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        diagnostics.refuse_syntax(error);
    }
    if !errors.is_empty() {
        return None;
    }
    let mut file =
        TableReader { table: table.get_ref(), key: String::new(), within: TableKind::File, at: 0..0, diagnostics };
    file.refuse_unknown_keys();
    let archive = file.required_text("archive", "a configuration names its archive, such as archive = \"archive.db\"");
    let ca_file = file.text("ca_file");
    Some(RawConfig {
        archive,
        ca_file,
        http: file.http(),
        web: file.web(),
        notify: file.notify(),
        copies: file.copies(),
        retention: file.retention(),
        proof: file.proof(),
        mirror: file.mirror(),
        gate: file.gate(),
        accounts: file.accounts(),
    })
}

impl<'a> TableReader<'a, '_> {
    fn http(&mut self) -> RawHttp {
        let Some(value) = self.table.get("http") else { return RawHttp::default() };
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: a line [http], and below it listen = \"127.0.0.1:8787\"";
            self.refuse_value("http", value, rule.to_owned());
            return RawHttp::default();
        };
        let mut http = TableReader {
            table,
            key: "http".to_owned(),
            within: TableKind::Http,
            at: value.span(),
            diagnostics: self.diagnostics,
        };
        http.refuse_unknown_keys();
        let hosts = http.texts("hosts", "hosts is a list of names: [\"monitor.example\"]").unwrap_or_default();
        // A socket of systemd needs no `listen`, but may have `hosts`.
        let listen = match table.contains_key("hosts") {
            true => http.text("listen"),
            false => http.required_text("listen", "[http] says where to listen, such as listen = \"127.0.0.1:8787\""),
        };
        RawHttp { listen, hosts }
    }

    fn web(&mut self) -> Option<RawWeb> {
        let value = self.table.get("web")?;
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: a line [web], and below it listen = \"127.0.0.1:8788\"";
            self.refuse_value("web", value, rule.to_owned());
            return None;
        };
        let (key, at) = ("web".to_owned(), value.span());
        let mut web = TableReader { table, key, within: TableKind::Web, at, diagnostics: self.diagnostics };
        web.refuse_unknown_keys();
        let proxies = "trusted_proxies is a list of addresses and networks: [\"127.0.0.1/32\"]";
        Some(RawWeb {
            listen: web.text("listen"),
            public_url: web.text("public_url"),
            password: table
                .get("password")
                .and_then(|value| web.source("password", TableKind::Secret, "web.password", value)),
            trusted_proxies: web.texts("trusted_proxies", proxies).unwrap_or_default(),
            user_header: web.text("user_header"),
            allow_restore: web.switch("allow_restore").unwrap_or_default(),
            link_ttl: web.text("link_ttl"),
        })
    }

    fn accounts(&mut self) -> Vec<RawAccount> {
        const RULE: &str = "accounts are tables, each under a line of its own that says [[account]]";
        let Some(value) = self.table.get("account") else {
            let rule = "missing: there is no account to watch; each has a table that begins with a line [[account]]";
            self.diagnostics.refuse("account", &self.at, rule);
            return Vec::new();
        };
        match value.get_ref() {
            DeValue::Array(array) if array.is_empty() => {
                self.diagnostics.refuse("account", &value.span(), RULE);
                Vec::new()
            }
            DeValue::Array(array) => {
                array.iter().enumerate().filter_map(|(index, entry)| self.account(index, entry, RULE)).collect()
            }
            _ => {
                self.diagnostics
                    .refuse("account", &value.span(), RULE)
                    .with_hint("write [[account]], with two brackets");
                Vec::new()
            }
        }
    }

    fn account(&mut self, index: usize, entry: &'a Spanned<DeValue<'a>>, rule: &str) -> Option<RawAccount> {
        let Some(table) = entry.get_ref().as_table() else {
            self.diagnostics.refuse(&format!("account[{}]", index + 1), &entry.span(), rule);
            return None;
        };
        let name = table.get("name").and_then(|name| name.get_ref().as_str()?.parse::<AccountName>().ok());
        let key = name.map_or_else(|| format!("account[{}]", index + 1), |name| format!("account.{name}"));
        let mut account =
            TableReader { table, key, within: TableKind::Account, at: entry.span(), diagnostics: self.diagnostics };
        account.refuse_unknown_keys();
        Some(RawAccount {
            name: account.required_text("name", "an account has a name of your own choice, used everywhere"),
            appid: account.required_text("appid", "an account has an appid: the AppID that the platform gave it"),
            credentials: account.credentials(),
            drafts: account.drafts(),
            schedule: account.text("schedule"),
            timezone: account.text("timezone"),
            quota_share: account.number("quota_share"),
            shrunk_share: account.number("shrunk_share"),
            ignore_fields: account.texts("ignore_fields", FIELDS).unwrap_or_default(),
            watch_fields: account.texts("watch_fields", FIELDS).unwrap_or_default(),
            assets: account.text("assets"),
            asset_limit: account.number("asset_limit"),
            api_base: account.text("api_base"),
            image_base: account.text("image_base"),
            proxy: account.text("proxy"),
            gate: account.gate_policy(),
            key: account.key,
        })
    }

    fn credentials(&mut self) -> Option<RawCredentials> {
        match (self.table.get("secret"), self.table.get("token")) {
            (Some(secret), None) => self.source("secret", TableKind::Secret, "mag.secret", secret),
            (None, Some(token)) => self.source("token", TableKind::Token, "mag.token", token),
            (Some(_), Some(token)) => {
                let rule = "an account has a secret or a token, not both";
                self.diagnostics.refuse(&self.dotted("token"), &token.span(), rule);
                None
            }
            (None, None) => {
                let rule = "missing: an account has a secret, or a token where somebody else keeps it";
                self.diagnostics.refuse(&self.dotted("secret"), &self.at, rule).with_hint(
                    "put the AppSecret into a file of its own and write: secret = { file = \"mag.secret\" }",
                );
                None
            }
        }
    }

    fn drafts(&mut self) -> Option<RawDrafts> {
        let value = self.table.get("drafts")?;
        if value.get_ref().is_str() {
            return self.text("drafts").map(RawDrafts::Word);
        }
        let rule = "drafts is \"all\" or a list of media_ids: [\"…\", \"…\"]";
        self.texts("drafts", rule).map(|list| RawDrafts::List(list, value.span()))
    }
}
