//! From the configuration as written to the configuration as meant. Every value that breaks a rule is told; nothing is
//! read but the text.

use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono_tz::{TZ_VARIANTS, Tz};

use super::listen::{self, Listen};
use super::media_id::{self, media_id};
use super::nearest::nearest;
use super::placeholder::is_placeholder;
use super::raw::{Number, RawAccount, RawConfig, RawDrafts, Text};
use super::sources::{Sought, What};
use super::text::{Report, could_be_secret};
use super::{Account, Assets, Config, Drafts, Fields, Share, Timing, address, credentials, quota};
use crate::canonical;
use crate::model::{AccountName, MediaId};
use crate::schedule::{Schedule, ScheduleError};

const DEFAULT_ZONE: Tz = Tz::Asia__Shanghai;
const DEFAULT_API_BASE: &str = "https://api.weixin.qq.com";

/// The largest picture that is kept, in megabytes, unless somebody says else: twice what the platform takes.
const DEFAULT_ASSET_LIMIT: f64 = 20.0;

/// Returns the configuration where every value is good, and the files and variables to look for in any case.
pub(super) fn validate(path: &Path, raw: &RawConfig, report: &mut Report<'_>) -> (Option<Config>, Vec<Sought>) {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut sought = Vec::new();
    let archive = validate_file(directory, "archive", raw.archive.as_ref(), "archive.db", report).flatten();
    let ca_file = validate_file(directory, "ca_file", raw.ca_file.as_ref(), "company.pem", report);
    if let (Some(text), Some(Some(path))) = (&raw.ca_file, &ca_file) {
        sought.push(Sought { key: "ca_file".to_owned(), at: text.span(), what: What::CaFile(path.clone()) });
    }
    let http = validate_listen(directory, raw.http.listen.as_ref(), report);
    let http_hosts = validate_hosts(&raw.http.hosts, report);
    refuse_repeated(&raw.accounts, "name", |account| account.name.as_ref(), report);
    refuse_repeated(&raw.accounts, "appid", |account| account.appid.as_ref(), report);
    let trusted = ca_file.clone().flatten();
    let account = |account| validate_account(directory, account, trusted.clone(), &mut sought, report);
    let accounts: Vec<Option<Account>> = raw.accounts.iter().map(account).collect();
    let accounts: Option<Vec<Account>> = accounts.into_iter().collect();
    let config = || {
        let (path, archive) = (path.to_owned(), archive?);
        Some(Config { path, archive, ca_file: ca_file?, http: http?, http_hosts: http_hosts?, accounts: accounts? })
    };
    (config(), sought)
}

/// Reads the path of a file; `None` is one that was refused, and there may be none.
fn validate_file(
    directory: &Path,
    key: &str,
    text: Option<&Text>,
    such_as: &str,
    report: &mut Report<'_>,
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
    report.refuse(key, &text.span(), rule).showing(written);
    None
}

/// `None` is an address that was refused; there may be none.
fn validate_listen(directory: &Path, listen: Option<&Text>, report: &mut Report<'_>) -> Option<Option<Listen>> {
    const OPEN: &str = "others than this machine can read account names and numbers there, without a password; \
                        127.0.0.1 is for this machine alone";
    let Some(text) = listen else { return Some(None) };
    match Listen::parse(text.get_ref(), directory) {
        Ok(listen) => {
            if !listen.is_private() {
                report.warn("http.listen", &text.span(), OPEN.to_owned());
            }
            Some(Some(listen))
        }
        Err(rule) => {
            let mistake = report.refuse("http.listen", &text.span(), rule).showing(text.get_ref());
            if let Some(meant) = listen::meant(text.get_ref()) {
                mistake.hint(format!("did you mean {meant}?"));
            }
            None
        }
    }
}

/// Names and addresses by which the daemon may be asked, as the header `Host` has them.
fn validate_hosts(hosts: &[Text], report: &mut Report<'_>) -> Option<Vec<String>> {
    const RULE: &str = "this is the name of a machine, or an address without a port, such as \"monitor.example\"";
    let valid = |host: &Text| {
        let name = host.get_ref().to_ascii_lowercase();
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        if name.parse::<IpAddr>().is_ok() || (!name.is_empty() && is_name(&name)) {
            return Some(name.trim_end_matches('.').to_owned());
        }
        report.refuse("http.hosts", &host.span(), RULE).showing(host.get_ref());
        None
    };
    // Every mistake is told.
    hosts.iter().map(valid).collect::<Vec<_>>().into_iter().collect()
}

fn validate_account(
    directory: &Path,
    raw: &RawAccount,
    ca_file: Option<PathBuf>,
    sought: &mut Vec<Sought>,
    report: &mut Report<'_>,
) -> Option<Account> {
    let mut check = Check { account: &raw.key, report };
    let name = check.of("name", raw.name.as_ref(), str::parse::<AccountName>);
    let appid = check.appid(raw.appid.as_ref());
    let credentials = raw.credentials.as_ref().and_then(|raw| credentials::validate(directory, raw, check.report));
    if let (Some(raw), Some(credentials)) = (&raw.credentials, &credentials) {
        let what = What::Credentials(credentials.clone());
        sought.push(Sought { key: raw.key.clone(), at: raw.at.clone(), what });
    }
    let drafts = check.drafts(raw.drafts.as_ref());
    let timing = check.timing(raw.schedule.as_ref(), raw.timezone.as_ref());
    let quota_share = check.share(raw.quota_share.as_ref());
    let fields = check.fields(&raw.ignore_fields, &raw.watch_fields);
    let assets = check.assets(raw.assets.as_ref());
    let asset_limit = check.asset_limit(raw.asset_limit.as_ref());
    let api_base = check.address("api_base", raw.api_base.as_ref(), address::api);
    let image_base = check.address("image_base", raw.image_base.as_ref(), address::server);
    let proxy = check.address("proxy", raw.proxy.as_ref(), address::proxy);
    let account = Account {
        name: name?,
        appid: appid?,
        credentials: credentials?,
        drafts: drafts?,
        timing: timing?,
        quota_share: quota_share?,
        fields: fields?,
        assets: assets?,
        asset_limit: asset_limit?,
        api_base: api_base?.unwrap_or_else(|| DEFAULT_API_BASE.to_owned()),
        image_base: image_base?,
        proxy: proxy?,
        ca_file,
    };
    if let Some((schedule, message)) = raw.schedule.as_ref().zip(quota::warning(&account)) {
        report.warn(&format!("{}.schedule", raw.key), &schedule.span(), message);
    }
    Some(account)
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Checks an AppID.
pub fn appid(text: &str) -> Result<(), &'static str> {
    if is_placeholder(text) {
        return Err("this is a placeholder, not an appid");
    }
    let rest = text.strip_prefix("wx").unwrap_or_default();
    let is_appid = rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if is_appid { Ok(()) } else { Err("an appid is \"wx\" and 16 characters of a-z and 0-9") }
}

/// The values of one account. `None` is a value that was refused.
struct Check<'a, 't> {
    account: &'a str,
    report: &'a mut Report<'t>,
}

impl Check<'_, '_> {
    fn of<T>(&mut self, key: &str, text: Option<&Text>, read: impl Fn(&str) -> Result<T, &'static str>) -> Option<T> {
        let text = text?;
        match read(text.get_ref()) {
            Ok(value) => Some(value),
            Err(rule) => {
                self.report.refuse(&self.dotted(key), &text.span(), rule).showing(text.get_ref());
                None
            }
        }
    }

    fn appid(&mut self, text: Option<&Text>) -> Option<String> {
        let text = text?;
        let written = text.get_ref();
        let rule = match appid(written) {
            Ok(()) => return Some(written.clone()),
            Err(rule) => rule,
        };
        let mistake = self.report.refuse(&self.dotted("appid"), &text.span(), rule).showing(written);
        if is_placeholder(written) {
            mistake.hint(
                "the AppID (开发者ID) stands in the console, mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置)",
            );
        } else if written.starts_with("gh_") {
            mistake.hint(
                "this is the account's original id (原始ID); the AppID stands beside it in the console (开发者ID)",
            );
        } else if mistake.value.is_none() {
            mistake.hint("this looks like the AppSecret, which never stands in this file");
        } else if appid(written.trim().to_lowercase().as_str()).is_ok() {
            mistake.hint(format!("did you mean {}?", written.trim().to_lowercase()));
        }
        None
    }

    fn drafts(&mut self, raw: Option<&RawDrafts>) -> Option<Drafts> {
        const RULE: &str = "drafts is \"all\" or a list of media_ids: [\"…\", \"…\"]";
        match raw {
            None => Some(Drafts::All),
            Some(RawDrafts::Word(word)) if word.get_ref() == "all" => Some(Drafts::All),
            Some(RawDrafts::Word(word)) => {
                let hint = match media_id(word.get_ref()) {
                    Ok(()) => "one draft is a list of one: [\"…\"]",
                    Err(_) => media_id::WAY_OUT,
                };
                let shown = media_id::shown(word.get_ref());
                self.report.refuse(&self.dotted("drafts"), &word.span(), RULE).showing_id(&shown).hint(hint);
                None
            }
            Some(RawDrafts::List(list, at)) if list.is_empty() => {
                let hint = "drafts = \"all\" watches the whole draft box";
                self.report
                    .refuse(&self.dotted("drafts"), at, "an empty list watches nothing")
                    .showing_plain("[]")
                    .hint(hint);
                None
            }
            Some(RawDrafts::List(list, _)) => self.media_ids(list).map(Drafts::List),
        }
    }

    fn media_ids(&mut self, list: &[Text]) -> Option<Vec<MediaId>> {
        let mut first: HashMap<&str, Range<usize>> = HashMap::new();
        let mut good = true;
        for (index, text) in list.iter().enumerate() {
            let written = text.get_ref().as_str();
            let (rule, hint) = match (first.get(written), media_id(written)) {
                (Some(earlier), _) => {
                    (format!("this media_id stands in line {} already", self.report.line(earlier)), None)
                }
                (None, Err(rule)) => (rule.to_owned(), Some(media_id::WAY_OUT)),
                (None, Ok(())) => {
                    first.insert(written, text.span());
                    continue;
                }
            };
            let key = self.dotted(&format!("drafts[{}]", index + 1));
            let mistake = self.report.refuse(&key, &text.span(), rule).showing_id(&media_id::shown(written));
            mistake.hint = hint.map(str::to_owned);
            good = false;
        }
        good.then(|| list.iter().map(|text| MediaId::new(text.get_ref())).collect())
    }

    fn timing(&mut self, schedule: Option<&Text>, zone: Option<&Text>) -> Option<Timing> {
        match schedule.filter(|text| text.get_ref().trim() != Timing::AUTO) {
            Some(expression) => self.schedule(expression, zone).map(Timing::Schedule),
            None => self.auto(zone),
        }
    }

    fn auto(&mut self, zone: Option<&Text>) -> Option<Timing> {
        if let Some(text) = zone {
            self.zone(text)?;
            let message = "it has no effect: only a cron expression has a time zone, and schedule is \"auto\"";
            self.report.warn(&self.dotted("timezone"), &text.span(), message);
        }
        Some(Timing::Auto)
    }

    fn schedule(&mut self, expression: &Text, zone: Option<&Text>) -> Option<Schedule> {
        let zone = match zone {
            Some(zone) => self.zone(zone),
            None => Some(DEFAULT_ZONE),
        };
        let written = expression.get_ref();
        match Schedule::parse(written, zone.unwrap_or(DEFAULT_ZONE)) {
            Ok(schedule) => zone.map(|_| schedule),
            Err(error) => {
                let at = expression.span();
                let mistake = self.report.refuse(&self.dotted("schedule"), &at, error.to_string()).showing(written);
                if is_nearly_auto(written) {
                    mistake.hint("did you mean auto?");
                } else if matches!(error, ScheduleError::Fields(_)) {
                    mistake.hint("every five minutes is \"*/5 * * * *\"; \"auto\" is as often as the quota allows");
                }
                None
            }
        }
    }

    fn zone(&mut self, text: &Text) -> Option<Tz> {
        let written = text.get_ref();
        if let Ok(zone) = written.parse() {
            return Some(zone);
        }
        let rule = "no time zone of this name is known; zones are called as in Asia/Shanghai";
        let mistake = self.report.refuse(&self.dotted("timezone"), &text.span(), rule).showing(written);
        // What people write for the one zone of China, which has no city of that name and no such abbreviation.
        const CHINA: [&str; 8] = ["asia/beijing", "beijing", "china", "cst", "utc+8", "gmt+8", "+8", "+08:00"];
        let china = CHINA.contains(&written.to_lowercase().as_str()).then_some("Asia/Shanghai");
        if let Some(zone) = china.or_else(|| nearest(written, TZ_VARIANTS.iter().map(|zone| zone.name()))) {
            mistake.hint(format!("did you mean {zone}?"));
        }
        None
    }

    fn share(&mut self, number: Option<&Number>) -> Option<Share> {
        let Some(number) = number else { return Some(Share::default()) };
        let (number, at) = (*number.get_ref(), number.span());
        let share = Share::new(number);
        if share.is_none() {
            let written = self.report.written(&at);
            let rule = "a share is a number above 0, and at most 1";
            let mistake = self.report.refuse(&self.dotted("quota_share"), &at, rule);
            if !could_be_secret(written) {
                mistake.showing_plain(written);
            }
            if number > 1.0 {
                mistake.hint("95 % is 0.95");
            }
        }
        share
    }

    fn fields(&mut self, ignored: &[Text], watched: &[Text]) -> Option<Fields> {
        let names = |list: &[Text]| list.iter().map(|name| name.get_ref().clone()).collect::<BTreeSet<_>>();
        let fields = Fields { ignored: names(ignored), watched: names(watched) };
        let mut good = true;
        for (key, list) in [("ignore_fields", ignored), ("watch_fields", watched)] {
            for name in list {
                let rule = match name.get_ref().as_str() {
                    written if !is_field(written) => {
                        "a field has the name that the platform writes: letters, digits and _"
                    }
                    written if key == "ignore_fields" && canonical::is_known_field(written) => {
                        "people change this field: its changes are what the archive is for"
                    }
                    written if key == "watch_fields" && fields.ignored.contains(written) => {
                        "a field is ignored or watched, not both"
                    }
                    _ => continue,
                };
                self.report.refuse(&self.dotted(key), &name.span(), rule).showing(name.get_ref());
                good = false;
            }
        }
        good.then_some(fields)
    }

    fn assets(&mut self, text: Option<&Text>) -> Option<Assets> {
        if text.is_none() { Some(Assets::default()) } else { self.of("assets", text, str::parse) }
    }

    /// Returns the limit in bytes.
    fn asset_limit(&mut self, number: Option<&Number>) -> Option<usize> {
        const RULE: &str = "the largest picture that is kept is a number of megabytes, at least 1 and at most 100";
        let megabytes = number.map_or(DEFAULT_ASSET_LIMIT, |number| *number.get_ref());
        if (1.0..=100.0).contains(&megabytes) {
            return Some((megabytes * f64::from(1 << 20)) as usize);
        }
        let at = number?.span();
        let written = self.report.written(&at);
        let mistake = self.report.refuse(&self.dotted("asset_limit"), &at, RULE);
        if !could_be_secret(written) {
            mistake.showing_plain(written);
        }
        None
    }

    /// Reads an address that may be missing; what it shows of a wrong one holds no user name, path or query.
    fn address(
        &mut self,
        key: &str,
        text: Option<&Text>,
        read: fn(&str) -> Result<String, &'static str>,
    ) -> Option<Option<String>> {
        let Some(text) = text else { return Some(None) };
        match read(text.get_ref()) {
            Ok(address) => Some(Some(address)),
            Err(rule) => {
                let shown = address::without_secrets(text.get_ref());
                let mistake = self.report.refuse(&self.dotted(key), &text.span(), rule).showing(&shown);
                if key == "proxy" && text.get_ref().contains('@') {
                    mistake.hint("give a proxy with a password to the environment, as HTTPS_PROXY");
                }
                None
            }
        }
    }

    fn dotted(&self, key: &str) -> String {
        format!("{}.{key}", self.account)
    }
}

/// Tells whether `auto` was meant: in capitals, mistyped, or as a longer word.
fn is_nearly_auto(written: &str) -> bool {
    let written = written.trim();
    written.to_lowercase().starts_with(Timing::AUTO) || nearest(written, [Timing::AUTO]).is_some()
}

/// Refuses a name and an appid that stand twice: two names of one appid would keep two histories, and count its calls apart.
fn refuse_repeated(
    accounts: &[RawAccount],
    key: &str,
    text: impl Fn(&RawAccount) -> Option<&Text>,
    report: &mut Report<'_>,
) {
    let mut first: HashMap<&str, Range<usize>> = HashMap::new();
    for account in accounts {
        let Some(text) = text(account) else { continue };
        match first.get(text.get_ref().as_str()) {
            Some(earlier) => {
                let rule = format!("the account in line {} has this {key} already", report.line(earlier));
                report.refuse(&format!("{}.{key}", account.key), &text.span(), rule).showing(text.get_ref());
            }
            None => {
                first.insert(text.get_ref(), text.span());
            }
        }
    }
}
