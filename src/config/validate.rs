//! Validates the configuration. Every value that breaks a rule is reported. Reads no other files.

use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::diagnostics::Diagnostics;
use super::listen::{self, Listen};
use super::model::{Account, Config};
use super::notify_validator::NotifyValidator;
use super::raw::{RawAccount, RawConfig};
use super::source_check::{CheckedSource, SourceKind};
use super::table::Text;
use super::validate_account::validate_account;
use super::validate_copy::validate_copies;
use super::validate_gate::validate_gate;
use super::validate_mirror::validate_mirror;
use super::validate_notify::NotifyRules;
use super::validate_proof::validate_proof;
use super::validate_retention::validate_retention;
use super::validate_web::validate_web;

/// Returns the configuration if every value is valid, and in any case the sources to check.
pub(super) fn validate(
    path: &Path,
    raw: &RawConfig,
    diagnostics: &mut Diagnostics<'_>,
) -> (Option<Config>, Vec<CheckedSource>) {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut checked = Vec::new();
    let archive = validate_file(directory, "archive", raw.archive.as_ref(), "archive.db", diagnostics).flatten();
    let ca_file = validate_file(directory, "ca_file", raw.ca_file.as_ref(), "company.pem", diagnostics);
    if let (Some(text), Some(Some(path))) = (&raw.ca_file, &ca_file) {
        checked.push(CheckedSource {
            key: "ca_file".to_owned(),
            at: text.span(),
            what: SourceKind::CaFile(path.clone()),
        });
    }
    let http = validate_listen(directory, raw.http.listen.as_ref(), diagnostics);
    let http_hosts = validate_hosts(&raw.http.hosts, diagnostics);
    let web = match &raw.web {
        Some(web) => validate_web(directory, web, &mut checked, diagnostics).map(Some),
        None => Some(None),
    };
    let retention = match &raw.retention {
        Some(retention) => validate_retention(retention, diagnostics).map(Some),
        None => Some(None),
    };
    let mirror = match &raw.mirror {
        Some(mirror) => validate_mirror(directory, mirror, diagnostics).map(Some),
        None => Some(None),
    };
    let gate = validate_gate(directory, raw.gate.as_ref(), diagnostics);
    let names: Vec<_> =
        raw.accounts.iter().filter_map(|account| Some(account.name.as_ref()?.get_ref().as_str())).collect();
    let mut validator = NotifyValidator { directory, accounts: &names, checked: &mut checked, diagnostics };
    let rules = validator.validate_all(&raw.notify);
    let trusted = ca_file.clone().flatten();
    let copies = validate_copies(directory, &raw.copies, trusted.as_deref(), &mut checked, diagnostics);
    refuse_repeated(&raw.accounts, "name", |account| account.name.as_ref(), diagnostics);
    refuse_repeated(&raw.accounts, "appid", |account| account.appid.as_ref(), diagnostics);
    let account = |account| validate_account(directory, account, trusted.clone(), &mut checked, diagnostics);
    let accounts: Vec<Option<Account>> = raw.accounts.iter().map(account).collect();
    let accounts: Option<Vec<Account>> = accounts.into_iter().collect();
    let proof = validate_proof(&raw.proof, &raw.accounts, diagnostics);
    let config = || {
        let (path, archive, NotifyRules { messages: notify, pings }) = (path.to_owned(), archive?, rules?);
        Some(Config {
            path,
            archive,
            ca_file: ca_file?,
            http: http?,
            http_hosts: http_hosts?,
            web: web?,
            notify,
            pings,
            copies: copies?,
            retention: retention?,
            proof: proof?,
            mirror: mirror?,
            gate: gate?,
            accounts: accounts?,
        })
    };
    (config(), checked)
}

/// Validates an optional path; `None` if it was rejected.
fn validate_file(
    directory: &Path,
    key: &str,
    text: Option<&Text>,
    such_as: &str,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Option<PathBuf>> {
    let Some(text) = text else { return Some(None) };
    let written = text.get_ref();
    let rule = if written.is_empty() || written.ends_with('/') {
        format!("this is a file, such as \"{such_as}\"")
    } else if written.contains('\0') {
        "a path holds no NUL".to_owned()
    } else if written.starts_with("~/") {
        "~ is not understood here; write the whole path".to_owned()
    } else {
        return Some(Some(directory.join(written)));
    };
    diagnostics.refuse(key, &text.span(), rule).with_value(written);
    None
}

/// Validates an optional address; `None` if it was rejected.
fn validate_listen(
    directory: &Path,
    listen: Option<&Text>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Option<Listen>> {
    const OPEN: &str = "others than this machine can read account names and numbers there, without a password; \
                        127.0.0.1 is for this machine alone";
    let Some(text) = listen else { return Some(None) };
    match Listen::parse(text.get_ref(), directory) {
        Ok(listen) => {
            if !listen.is_private() {
                diagnostics.warn("http.listen", &text.span(), OPEN.to_owned());
            }
            Some(Some(listen))
        }
        Err(rule) => {
            let issue = diagnostics.refuse("http.listen", &text.span(), rule).with_value(text.get_ref());
            if let Some(meant) = listen::suggest_address(text.get_ref()) {
                issue.with_hint(format!("did you mean {meant}?"));
            }
            None
        }
    }
}

/// Validates the host names that the header `Host` may have.
fn validate_hosts(hosts: &[Text], diagnostics: &mut Diagnostics<'_>) -> Option<Vec<String>> {
    const RULE: &str = "this is the name of a machine, or an address without a port, such as \"monitor.example\"";
    let valid = |host: &Text| {
        let name = host.get_ref().to_ascii_lowercase();
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        if name.parse::<IpAddr>().is_ok() || (!name.is_empty() && is_name(&name)) {
            return Some(name.trim_end_matches('.').to_owned());
        }
        diagnostics.refuse("http.hosts", &host.span(), RULE).with_value(host.get_ref());
        None
    };
    // Reports every issue.
    hosts.iter().map(valid).collect::<Vec<_>>().into_iter().collect()
}

/// Reports a name or an appid that occurs twice: two names for one appid would have separate histories and usage.
fn refuse_repeated(
    accounts: &[RawAccount],
    key: &str,
    text: impl Fn(&RawAccount) -> Option<&Text>,
    diagnostics: &mut Diagnostics<'_>,
) {
    let mut first: HashMap<&str, Range<usize>> = HashMap::new();
    for account in accounts {
        let Some(text) = text(account) else { continue };
        match first.get(text.get_ref().as_str()) {
            Some(earlier) => {
                let rule = format!("the account in line {} has this {key} already", diagnostics.line(earlier));
                diagnostics.refuse(&format!("{}.{key}", account.key), &text.span(), rule).with_value(text.get_ref());
            }
            None => {
                first.insert(text.get_ref(), text.span());
            }
        }
    }
}
