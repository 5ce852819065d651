//! The keys that each table of the file may hold.

use super::suggest::suggest;

/// A table of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// The file itself, outside of any table.
    File,
    /// `[http]`
    Http,
    /// `[web]`
    Web,
    /// `[[notify]]`
    Notify,
    /// `to = { … }` of `[[notify]]`
    To,
    /// `to = { webhook = { … } }` and its like
    Signed,
    /// `to = { mail = { … } }`
    Mail,
    /// `[[copy]]`
    Copy,
    /// `keep = { … }` of `[[copy]]`
    Keep,
    /// `[retention]`
    Retention,
    /// `[proof]`
    Proof,
    /// `drill = { … }` of `[proof]`
    Drill,
    /// `[mirror]`
    Mirror,
    /// `[gate]`
    Gate,
    /// `gate = { … }` of `[[account]]`
    GatePolicy,
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
    pub within: TableKind,
    pub name: &'static str,
    /// Names that people write by mistake.
    also: &'static [&'static str],
}

const fn key(within: TableKind, name: &'static str, also: &'static [&'static str]) -> Key {
    Key { within, name, also }
}

/// All keys. Others are refused; docs/configuration.md documents each.
pub const KEYS: &[Key] = &[
    key(TableKind::File, "archive", &["database", "db"]),
    key(TableKind::File, "ca_file", &["ca", "cafile", "cacert", "ca_bundle", "ca_certificates"]),
    key(TableKind::File, "http", &["metrics", "health", "prometheus"]),
    key(TableKind::File, "web", &["pages", "ui", "site"]),
    key(TableKind::File, "notify", &["notifications", "alerts", "alert", "notifier"]),
    key(TableKind::File, "copy", &["copies", "backup", "backups"]),
    key(TableKind::File, "retention", &["keep", "prune", "forget"]),
    key(TableKind::File, "proof", &["proofs", "verify", "check"]),
    key(TableKind::File, "mirror", &["mirrors", "sync", "git", "export"]),
    key(TableKind::File, "gate", &["api", "agents", "write"]),
    key(TableKind::File, "account", &["accounts"]),
    key(TableKind::Http, "listen", &["address", "bind", "addr", "port"]),
    key(TableKind::Http, "hosts", &["host", "names", "allowed_hosts", "server_name"]),
    key(TableKind::Web, "listen", &["address", "bind", "addr", "port"]),
    key(TableKind::Web, "public_url", &["url", "base_url", "external_url", "root_url"]),
    key(TableKind::Web, "password", &["password_file", "password_hash"]),
    key(TableKind::Web, "trusted_proxies", &["proxies", "trusted_proxy", "proxy"]),
    key(TableKind::Web, "user_header", &["header", "remote_user"]),
    key(TableKind::Web, "allow_restore", &["restore", "allow_restores", "writable"]),
    key(TableKind::Web, "link_ttl", &["ttl", "link_lifetime", "links"]),
    key(TableKind::Retention, "keep_last", &["last", "keep-last"]),
    key(TableKind::Retention, "keep_within", &["within", "keep-within", "max_age"]),
    key(TableKind::Retention, "keep_daily", &["daily", "keep-daily"]),
    key(TableKind::Retention, "keep_weekly", &["weekly", "keep-weekly"]),
    key(TableKind::Retention, "keep_monthly", &["monthly", "keep-monthly"]),
    key(TableKind::Retention, "drop_session_ends", &["drop-session-ends", "sessions"]),
    key(TableKind::Proof, "enabled", &["enable", "on", "nightly"]),
    key(TableKind::Proof, "drill", &["drills", "restore", "exercise"]),
    key(TableKind::Notify, "name", &["id", "alias"]),
    key(TableKind::Notify, "to", &["target", "url", "address", "channel"]),
    key(TableKind::Notify, "accounts", &["account"]),
    key(TableKind::Notify, "kinds", &["kind", "events", "event", "types"]),
    key(TableKind::Notify, "at_least", &["severity", "level", "min_severity"]),
    key(TableKind::Notify, "people", &["mention", "mentions", "users"]),
    key(TableKind::Notify, "quiet", &["quiet_hours", "mute", "silence"]),
    key(TableKind::Notify, "through", &["except", "urgent"]),
    key(TableKind::Notify, "digest", &["daily", "summary"]),
    key(TableKind::Notify, "every", &["interval", "period"]),
    key(TableKind::Notify, "timezone", &["tz", "zone"]),
    key(TableKind::Notify, "language", &["lang", "locale"]),
    key(TableKind::To, "wecom", &["wework", "qywx", "wechat", "weixin"]),
    key(TableKind::To, "feishu", &["lark"]),
    key(TableKind::To, "dingtalk", &["dingding"]),
    key(TableKind::To, "webhook", &["http", "https", "url"]),
    key(TableKind::To, "mail", &["email", "smtp"]),
    key(TableKind::To, "exec", &["command", "cmd", "program"]),
    key(TableKind::To, "apprise", &["apprise_api"]),
    key(TableKind::To, "ping", &["healthchecks", "heartbeat", "deadman", "uptime_kuma"]),
    key(TableKind::Signed, "url", &["uri", "address"]),
    key(TableKind::Signed, "secret", &["sign", "key", "token"]),
    key(TableKind::Mail, "server", &["host", "smtp", "smarthost"]),
    key(TableKind::Mail, "security", &["encryption", "ssl"]),
    key(TableKind::Mail, "user", &["login", "username"]),
    key(TableKind::Mail, "password", &["pass", "secret"]),
    key(TableKind::Mail, "from", &["sender"]),
    key(TableKind::Mail, "to", &["recipients", "recipient"]),
    key(TableKind::Account, "name", &["id", "alias"]),
    key(TableKind::Account, "appid", &["app_id"]),
    key(TableKind::Account, "secret", &["appsecret", "app_secret", "secret_file", "password"]),
    key(TableKind::Account, "token", &["access_token", "token_file"]),
    key(TableKind::Account, "drafts", &["media_id", "media_ids"]),
    key(TableKind::Account, "schedule", &["cron", "interval", "every"]),
    key(TableKind::Account, "timezone", &["tz", "zone"]),
    key(TableKind::Account, "quota_share", &["quota", "share", "limit", "budget"]),
    key(TableKind::Account, "shrunk_share", &["shrunk", "loss_share", "shrink", "shrink_share"]),
    key(TableKind::Account, "ignore_fields", &["ignore", "ignored_fields", "volatile"]),
    key(TableKind::Account, "watch_fields", &["watch", "watched_fields", "fields"]),
    key(TableKind::Account, "assets", &["pictures", "images", "covers"]),
    key(TableKind::Account, "asset_limit", &["picture_limit", "max_size", "size_limit"]),
    key(TableKind::Account, "api_base", &["api", "base_url", "api_url"]),
    key(TableKind::Account, "image_base", &["image_url"]),
    key(TableKind::Account, "gate", &["allow", "write", "agents"]),
    key(TableKind::Account, "proxy", &["http_proxy", "https_proxy"]),
    key(TableKind::Mirror, "git", &["commit", "commits", "vcs"]),
    key(TableKind::Mirror, "push", &["remote", "push_to", "origin"]),
    key(TableKind::Mirror, "dir", &["directory", "path", "to", "target"]),
    key(TableKind::Copy, "to", &["target", "destination", "dir", "directory", "path", "url"]),
    key(TableKind::Copy, "schedule", &["cron", "interval", "every"]),
    key(TableKind::Copy, "timezone", &["tz", "zone"]),
    key(TableKind::Copy, "keep", &["retention", "rotate"]),
    key(TableKind::Copy, "encrypt_to", &["encrypt", "encryption", "recipient", "recipients", "age", "gpg"]),
    key(TableKind::Copy, "endpoint", &["endpoint_url", "host", "server"]),
    key(TableKind::Copy, "region", &["location", "zone_id"]),
    key(TableKind::Copy, "addressing", &["address_style", "addressing_style", "path_style", "style"]),
    key(TableKind::Copy, "key_id", &["access_key", "access_key_id", "access_id", "secret_id", "ak"]),
    key(TableKind::Copy, "secret_key", &["secret", "secret_access_key", "access_key_secret", "sk"]),
    key(TableKind::Keep, "daily", &["days", "day"]),
    key(TableKind::Keep, "weekly", &["weeks", "week"]),
    key(TableKind::Keep, "monthly", &["months", "month"]),
    key(TableKind::Drill, "account", &["to", "sandbox", "name", "target"]),
    key(TableKind::Drill, "schedule", &["cron", "interval", "every"]),
    key(TableKind::Gate, "listen", &["address", "bind", "addr", "port"]),
    key(TableKind::GatePolicy, "allow", &["allowed", "actions", "may"]),
    key(TableKind::GatePolicy, "approve", &["approval", "confirm", "hold"]),
    key(TableKind::Secret, "file", &["path"]),
    key(TableKind::Secret, "env", &["environment", "variable"]),
    key(TableKind::Secret, "credential", &["credentials", "systemd"]),
    key(TableKind::Secret, "command", &["cmd", "exec"]),
    key(TableKind::Token, "file", &["path"]),
    key(TableKind::Token, "command", &["cmd", "exec"]),
    key(TableKind::Token, "url", &["uri", "address"]),
];

/// Suggests the key that was meant, the table where it belongs, or lists the valid keys.
pub(super) fn hint_for(name: &str, within: TableKind) -> String {
    let here = || KEYS.iter().filter(|key| key.within == within);
    let meant = here().find(|key| key.also.contains(&name.to_lowercase().as_str())).map(|key| key.name);
    if let Some(meant) = meant.or_else(|| suggest(name, here().map(|key| key.name))) {
        return format!("did you mean {meant}?");
    }
    match KEYS.iter().find(|key| key.name == name).map(|key| key.within) {
        Some(TableKind::File) => format!("{name} belongs above the first [[account]]"),
        Some(TableKind::Http) => format!("{name} belongs under [http]"),
        Some(TableKind::Web) => format!("{name} belongs under [web]"),
        Some(TableKind::Retention) => format!("{name} belongs under [retention]"),
        Some(TableKind::Proof) => format!("{name} belongs under [proof]"),
        Some(TableKind::Mirror) => format!("{name} belongs under [mirror]"),
        Some(TableKind::Notify) => format!("{name} belongs under [[notify]]"),
        Some(TableKind::Copy) => format!("{name} belongs under [[copy]]"),
        Some(TableKind::Account) => format!("{name} belongs under [[account]]"),
        _ => format!("the keys here are {}", names(within)),
    }
}

pub(super) fn names(within: TableKind) -> String {
    let names: Vec<&str> = KEYS.iter().filter(|key| key.within == within).map(|key| key.name).collect();
    names.join(", ")
}
