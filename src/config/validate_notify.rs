//! Validates `[[notify]]`.

use std::collections::HashSet;

use super::credentials;
use super::notify::{KindPattern, NotifyAddress, NotifyConfig, QuietHours, SignedAddress, time_of_day};
use super::notify_validator::NotifyValidator;
use super::ping::PingConfig;
use super::raw_notify::{RawAddress, RawNotify, RawSigned, RawTarget};
use super::source_check::{CheckedSource, SourceKind};
use super::suggest::suggest;
use super::table::Text;
use super::validate_mail::validate_mail;
use super::zone::{DEFAULT_ZONE, validate_zone};
use crate::model::{AccountName, Language, Severity};

/// The valid rules, each kind in the file's order.
pub(super) struct NotifyRules {
    pub(super) messages: Vec<NotifyConfig>,
    pub(super) pings: Vec<PingConfig>,
}

/// Methods return `None` for a value that was rejected.
impl NotifyValidator<'_, '_> {
    /// Validates all rules.
    pub(super) fn validate_all(&mut self, rules: &[RawNotify]) -> Option<NotifyRules> {
        let mut names = HashSet::new();
        for rule in rules {
            let Some(name) = &rule.name else { continue };
            if !names.insert(name.get_ref()) {
                let message = "another [[notify]] has this name already";
                self.diagnostics.refuse(&rule.dotted("name"), &name.span(), message).with_value(name.get_ref());
            }
        }
        let (mut messages, mut pings) = (Vec::new(), Vec::new());
        // Reports every issue.
        for rule in rules {
            match &rule.to {
                Some(RawAddress { what: RawTarget::Ping(url), .. }) => pings.push(self.ping(rule, url)),
                _ => messages.push(self.validate(rule)),
            }
        }
        let messages: Option<_> = messages.into_iter().collect();
        let pings: Option<_> = pings.into_iter().collect();
        Some(NotifyRules { messages: messages?, pings: pings? })
    }

    fn validate(&mut self, raw: &RawNotify) -> Option<NotifyConfig> {
        let name = raw.name.as_ref().and_then(|name| self.read(&raw.dotted("name"), name, str::parse::<AccountName>));
        let to = raw.to.as_ref().and_then(|to| self.address(to, &raw.dotted("to")));
        let accounts = self.accounts(raw);
        let kinds = match &raw.kinds {
            Some(kinds) => self.kinds(&raw.dotted("kinds"), kinds).map(Some),
            None => Some(None),
        };
        let at_least = self.optional(&raw.dotted("at_least"), raw.at_least.as_ref(), |text| {
            text.parse::<Severity>().map_err(|_| "this is info, warning or alarm")
        });
        let people = self.people(raw);
        let quiet = self.optional(&raw.dotted("quiet"), raw.quiet.as_ref(), str::parse::<QuietHours>);
        let through = self.kinds(&raw.dotted("through"), &raw.through);
        let digest = self.optional(&raw.dotted("digest"), raw.digest.as_ref(), |text| {
            time_of_day(text).ok_or("this is a time of the day, such as \"09:00\"")
        });
        let zone = match &raw.timezone {
            Some(zone) => validate_zone(&raw.dotted("timezone"), zone, self.diagnostics),
            None => Some(DEFAULT_ZONE),
        };
        let language = self.optional(&raw.dotted("language"), raw.language.as_ref(), |text| {
            Language::of_code(text).ok_or("this is \"zh-CN\" or \"en\"")
        });
        self.warn_of_no_effect(raw);
        if let (Some(every), Some(_)) = (&raw.every, &raw.to) {
            let rule = "messages are sent when something happens; only to = { ping = … } has an interval";
            self.diagnostics.refuse(&raw.dotted("every"), &every.span(), rule).with_value(every.get_ref());
            return None;
        }
        // Who names kinds wants them all; who names none wants alarms.
        let usual = if raw.kinds.is_some() { Severity::Info } else { Severity::Alarm };
        Some(NotifyConfig {
            name: name?.as_str().to_owned(),
            to: to?,
            accounts: accounts?,
            kinds: kinds?,
            at_least: at_least?.unwrap_or(usual),
            people: people?,
            quiet: quiet?,
            through: through?,
            digest: digest?,
            zone: zone?,
            language: language?.unwrap_or_default(),
        })
    }

    fn warn_of_no_effect(&mut self, raw: &RawNotify) {
        if let (Some(through), None) = (raw.through.first(), &raw.quiet) {
            let message = "it has no effect: it names what is sent in quiet hours, and there are none";
            self.diagnostics.warn(&raw.dotted("through"), &through.span(), message);
        }
    }

    fn address(&mut self, raw: &RawAddress, key: &str) -> Option<NotifyAddress> {
        if matches!(raw.what, RawTarget::Exec(_) | RawTarget::Mail(_)) {
            let key = format!("{key}.{}", raw.kind);
            self.checked.push(CheckedSource { key, at: raw.at.clone(), what: SourceKind::Target });
        }
        let signed = match &raw.what {
            RawTarget::Exec(words) => return self.exec(raw, words, key),
            RawTarget::Mail(mail) => {
                return validate_mail(self, mail, &raw.at, &format!("{key}.mail")).map(NotifyAddress::Mail);
            }
            RawTarget::Address(signed) => self.signed(signed)?,
            // A rule of its own.
            RawTarget::Ping(_) => return None,
        };
        Some(match raw.kind {
            "wecom" => NotifyAddress::Wecom(signed.url),
            "feishu" => NotifyAddress::Feishu(signed),
            "dingtalk" => NotifyAddress::Dingtalk(signed),
            "apprise" => NotifyAddress::Apprise(signed.url),
            _ => NotifyAddress::Webhook(signed),
        })
    }

    fn signed(&mut self, raw: &RawSigned) -> Option<SignedAddress> {
        let url = raw.url.as_ref().and_then(|url| self.secret(url));
        let secret = match &raw.secret {
            Some(secret) => self.secret(secret).map(Some),
            None => Some(None),
        };
        Some(SignedAddress { url: url?, secret: secret? })
    }

    fn exec(&mut self, raw: &RawAddress, words: &[Text], key: &str) -> Option<NotifyAddress> {
        let words: Vec<_> = words.iter().map(|word| word.get_ref().clone()).collect();
        if words.first().is_none_or(String::is_empty) || words.iter().any(|word| word.contains('\0')) {
            let rule = "a command begins with the program to run: [\"/usr/local/bin/tell\", \"--now\"]";
            self.diagnostics.refuse(&format!("{key}.exec"), &raw.at, rule);
            return None;
        }
        Some(NotifyAddress::Exec(credentials::command(self.directory, &words)))
    }

    fn accounts(&mut self, raw: &RawNotify) -> Option<Option<Vec<AccountName>>> {
        let Some(accounts) = &raw.accounts else { return Some(None) };
        let known = |this: &mut Self, text: &Text| {
            let written = text.get_ref().as_str();
            if this.accounts.contains(&written) {
                // A name that breaks the rule was reported with its account.
                return written.parse().ok();
            }
            let rule = "no [[account]] has this name";
            let issue = this.diagnostics.refuse(&raw.dotted("accounts"), &text.span(), rule).with_value(written);
            if let Some(meant) = suggest(written, this.accounts.iter().copied()) {
                issue.with_hint(format!("did you mean {meant}?"));
            }
            None
        };
        let names: Vec<_> = accounts.iter().map(|text| known(self, text)).collect();
        names.into_iter().collect::<Option<_>>().map(Some)
    }

    fn kinds(&mut self, key: &str, texts: &[Text]) -> Option<Vec<KindPattern>> {
        let pattern = |this: &mut Self, text: &Text| {
            let written = text.get_ref().as_str();
            match written.parse() {
                Ok(pattern) => Some(pattern),
                Err(rule) => {
                    let issue = this.diagnostics.refuse(key, &text.span(), rule).with_value(written);
                    if let Some(meant) = KindPattern::suggest(written) {
                        issue.with_hint(format!("did you mean {meant}?"));
                    }
                    None
                }
            }
        };
        texts.iter().map(|text| pattern(self, text)).collect::<Vec<_>>().into_iter().collect()
    }

    fn people(&mut self, raw: &RawNotify) -> Option<Vec<String>> {
        const RULE: &str = "a person is named as the target names people: at most 64 characters, no blanks";
        let is_name = |text: &str| {
            (1..=64).contains(&text.chars().count()) && !text.contains(|c: char| c.is_whitespace() || c.is_control())
        };
        let read = |text: &str| if is_name(text) { Ok(text.to_owned()) } else { Err(RULE) };
        raw.people
            .iter()
            .map(|text| self.read(&raw.dotted("people"), text, read))
            .collect::<Vec<_>>()
            .into_iter()
            .collect()
    }
}
