//! Validates one account.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;

use super::diagnostics::{Diagnostics, could_be_secret};
use super::media_id::{self, media_id};
use super::model::{Account, Assets, DraftSelection, FieldRules, PollMode};
use super::placeholder::is_placeholder;
use super::raw::{RawAccount, RawDrafts};
use super::share::QuotaShare;
use super::source_check::{CheckedSource, SourceKind};
use super::suggest::suggest;
use super::table::{Number, Text};
use super::validate_gate::validate_policy;
use super::zone::{DEFAULT_ZONE, validate_zone};
use super::{address, credentials, quota};
use crate::canonical;
use crate::model::{AccountName, MediaId, ShrunkShare};
use crate::schedule::{Schedule, ScheduleError};

const DEFAULT_API_BASE: &str = "https://api.weixin.qq.com";

/// The default for the largest picture, in megabytes: twice what the platform accepts.
const DEFAULT_ASSET_LIMIT: f64 = 20.0;

pub(super) fn validate_account(
    directory: &Path,
    raw: &RawAccount,
    ca_file: Option<PathBuf>,
    checked: &mut Vec<CheckedSource>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Account> {
    let mut check = AccountValidator { account: &raw.key, diagnostics };
    let name = check.of("name", raw.name.as_ref(), str::parse::<AccountName>);
    let appid = check.appid(raw.appid.as_ref());
    let credentials = raw.credentials.as_ref().and_then(|raw| credentials::validate(directory, raw, check.diagnostics));
    if let (Some(raw), Some(credentials)) = (&raw.credentials, &credentials) {
        let what = SourceKind::Credentials(credentials.clone());
        checked.push(CheckedSource { key: raw.key.clone(), at: raw.at.clone(), what });
    }
    let drafts = check.drafts(raw.drafts.as_ref());
    let zone = check.zone(raw.timezone.as_ref());
    let poll_mode = check.poll_mode(raw.schedule.as_ref(), zone);
    let quota_share = check.share(raw.quota_share.as_ref());
    let shrunk_share = check.shrunk_share(raw.shrunk_share.as_ref());
    let fields = check.fields(&raw.ignore_fields, &raw.watch_fields);
    let assets = check.assets(raw.assets.as_ref());
    let asset_limit = check.asset_limit(raw.asset_limit.as_ref());
    let api_base = check.address("api_base", raw.api_base.as_ref(), address::api);
    let image_base = check.address("image_base", raw.image_base.as_ref(), address::server);
    let proxy = check.address("proxy", raw.proxy.as_ref(), address::proxy);
    let gate = validate_policy(&raw.key, &raw.gate, check.diagnostics);
    let account = Account {
        name: name?,
        appid: appid?,
        credentials: credentials?,
        drafts: drafts?,
        poll_mode: poll_mode?,
        zone: zone?,
        quota_share: quota_share?,
        shrunk_share: shrunk_share?,
        fields: fields?,
        assets: assets?,
        asset_limit: asset_limit?,
        api_base: api_base?.unwrap_or_else(|| DEFAULT_API_BASE.to_owned()),
        image_base: image_base?,
        proxy: proxy?,
        gate: gate?,
        ca_file,
    };
    if let Some((schedule, message)) = raw.schedule.as_ref().zip(quota::warning(&account)) {
        diagnostics.warn(&format!("{}.schedule", raw.key), &schedule.span(), message);
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

/// Validates the values of one account. Methods return `None` for a value that was rejected.
struct AccountValidator<'a, 't> {
    account: &'a str,
    diagnostics: &'a mut Diagnostics<'t>,
}

impl AccountValidator<'_, '_> {
    fn of<T>(&mut self, key: &str, text: Option<&Text>, read: impl Fn(&str) -> Result<T, &'static str>) -> Option<T> {
        let text = text?;
        match read(text.get_ref()) {
            Ok(value) => Some(value),
            Err(rule) => {
                self.diagnostics.refuse(&self.dotted(key), &text.span(), rule).with_value(text.get_ref());
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
        let issue = self.diagnostics.refuse(&self.dotted("appid"), &text.span(), rule).with_value(written);
        if is_placeholder(written) {
            issue.with_hint(
                "the AppID (开发者ID) stands in the console, mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置)",
            );
        } else if written.starts_with("gh_") {
            issue.with_hint(
                "this is the account's original id (原始ID); the AppID stands beside it in the console (开发者ID)",
            );
        } else if issue.value.is_none() {
            issue.with_hint("this looks like the AppSecret, which never stands in this file");
        } else if appid(written.trim().to_lowercase().as_str()).is_ok() {
            issue.with_hint(format!("did you mean {}?", written.trim().to_lowercase()));
        }
        None
    }

    fn drafts(&mut self, raw: Option<&RawDrafts>) -> Option<DraftSelection> {
        const RULE: &str = "drafts is \"all\" or a list of media_ids: [\"…\", \"…\"]";
        match raw {
            None => Some(DraftSelection::All),
            Some(RawDrafts::Word(word)) if word.get_ref() == "all" => Some(DraftSelection::All),
            Some(RawDrafts::Word(word)) => {
                let hint = match media_id(word.get_ref()) {
                    Ok(()) => "one draft is a list of one: [\"…\"]",
                    Err(_) => media_id::WAY_OUT,
                };
                let shown = media_id::shown(word.get_ref());
                self.diagnostics
                    .refuse(&self.dotted("drafts"), &word.span(), RULE)
                    .with_media_id(&shown)
                    .with_hint(hint);
                None
            }
            Some(RawDrafts::List(list, at)) if list.is_empty() => {
                let hint = "drafts = \"all\" watches the whole draft box";
                self.diagnostics
                    .refuse(&self.dotted("drafts"), at, "an empty list watches nothing")
                    .with_plain_value("[]")
                    .with_hint(hint);
                None
            }
            Some(RawDrafts::List(list, _)) => self.media_ids(list).map(DraftSelection::Listed),
        }
    }

    fn media_ids(&mut self, list: &[Text]) -> Option<Vec<MediaId>> {
        let mut first: HashMap<&str, Range<usize>> = HashMap::new();
        let mut good = true;
        for (index, text) in list.iter().enumerate() {
            let written = text.get_ref().as_str();
            let (rule, hint) = match (first.get(written), media_id(written)) {
                (Some(earlier), _) => {
                    (format!("this media_id stands in line {} already", self.diagnostics.line(earlier)), None)
                }
                (None, Err(rule)) => (rule.to_owned(), Some(media_id::WAY_OUT)),
                (None, Ok(())) => {
                    first.insert(written, text.span());
                    continue;
                }
            };
            let key = self.dotted(&format!("drafts[{}]", index + 1));
            let issue = self.diagnostics.refuse(&key, &text.span(), rule).with_media_id(&media_id::shown(written));
            issue.hint = hint.map(str::to_owned);
            good = false;
        }
        good.then(|| list.iter().map(|text| MediaId::new(text.get_ref())).collect())
    }

    fn poll_mode(&mut self, schedule: Option<&Text>, zone: Option<Tz>) -> Option<PollMode> {
        match schedule.filter(|text| text.get_ref().trim() != PollMode::AUTO) {
            Some(expression) => self.schedule(expression, zone).map(PollMode::Cron),
            None => Some(PollMode::Adaptive),
        }
    }

    fn schedule(&mut self, expression: &Text, zone: Option<Tz>) -> Option<Schedule> {
        let written = expression.get_ref();
        match Schedule::parse(written, zone.unwrap_or(DEFAULT_ZONE)) {
            Ok(schedule) => zone.map(|_| schedule),
            Err(error) => {
                let at = expression.span();
                let issue =
                    self.diagnostics.refuse(&self.dotted("schedule"), &at, error.to_string()).with_value(written);
                if is_nearly_auto(written) {
                    issue.with_hint("did you mean auto?");
                } else if matches!(error, ScheduleError::Fields(_)) {
                    issue.with_hint("every five minutes is \"*/5 * * * *\"; \"auto\" is as often as the quota allows");
                }
                None
            }
        }
    }

    fn zone(&mut self, text: Option<&Text>) -> Option<Tz> {
        let Some(text) = text else { return Some(DEFAULT_ZONE) };
        validate_zone(&self.dotted("timezone"), text, self.diagnostics)
    }

    fn share(&mut self, number: Option<&Number>) -> Option<QuotaShare> {
        let Some(number) = number else { return Some(QuotaShare::default()) };
        let share = QuotaShare::new(*number.get_ref());
        if share.is_none() {
            self.refuse_share("quota_share", number, "a share is a number above 0, and at most 1");
        }
        share
    }

    fn shrunk_share(&mut self, number: Option<&Number>) -> Option<ShrunkShare> {
        let Some(number) = number else { return Some(ShrunkShare::default()) };
        let share = ShrunkShare::new(*number.get_ref());
        if share.is_none() {
            self.refuse_share("shrunk_share", number, "the share of a lost text is a number from 0.1 to 0.95");
        }
        share
    }

    fn refuse_share(&mut self, key: &str, number: &Number, rule: &str) {
        let written = self.diagnostics.written(&number.span());
        let issue = self.diagnostics.refuse(&self.dotted(key), &number.span(), rule);
        if !could_be_secret(written) {
            issue.with_plain_value(written);
        }
        if *number.get_ref() > 1.0 {
            issue.with_hint("95 % is 0.95");
        }
    }

    fn fields(&mut self, ignored: &[Text], watched: &[Text]) -> Option<FieldRules> {
        let names = |list: &[Text]| list.iter().map(|name| name.get_ref().clone()).collect::<BTreeSet<_>>();
        let fields = FieldRules { ignored: names(ignored), watched: names(watched) };
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
                self.diagnostics.refuse(&self.dotted(key), &name.span(), rule).with_value(name.get_ref());
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
        let written = self.diagnostics.written(&at);
        let issue = self.diagnostics.refuse(&self.dotted("asset_limit"), &at, RULE);
        if !could_be_secret(written) {
            issue.with_plain_value(written);
        }
        None
    }

    /// Validates an optional address; a rejected one is shown without user name, path and query.
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
                let issue = self.diagnostics.refuse(&self.dotted(key), &text.span(), rule).with_value(&shown);
                if key == "proxy" && text.get_ref().contains('@') {
                    issue.with_hint("give a proxy with a password to the environment, as HTTPS_PROXY");
                }
                None
            }
        }
    }

    fn dotted(&self, key: &str) -> String {
        format!("{}.{key}", self.account)
    }
}

/// Returns whether `auto` was meant: in capitals, mistyped, or as part of a longer word.
fn is_nearly_auto(written: &str) -> bool {
    let written = written.trim();
    written.to_lowercase().starts_with(PollMode::AUTO) || suggest(written, [PollMode::AUTO]).is_some()
}
