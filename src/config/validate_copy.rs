//! Validates `[[copy]]`.

use std::collections::HashSet;
use std::path::Path;

use toml::Spanned;

use super::address;
use super::copy::{Addressing, CopyConfig, CopyTarget, KeepRule, S3Target, takes_virtual_only};
use super::diagnostics::{Diagnostics, could_be_secret};
use super::raw_copy::{RawCopy, RawKeep};
use super::raw_source::RawCredentials;
use super::recipients::Recipients;
use super::source::SecretSource;
use super::source_check::{CheckedSource, SourceKind};
use super::table::{Number, Text};
use super::value;
use super::zone::{DEFAULT_ZONE, validate_zone};
use crate::schedule::Schedule;

/// When a copy is made where nothing is said: at night, and not at a full hour, at which many others begin something.
const USUAL_SCHEDULE: &str = "30 3 * * *";

/// More would hold nothing back in a lifetime.
const MOST_KEPT: f64 = 10_000.0;

/// Validates all tables; reports every issue.
pub(super) fn validate_copies(
    directory: &Path,
    copies: &[RawCopy],
    ca_file: Option<&Path>,
    checked: &mut Vec<CheckedSource>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Vec<CopyConfig>> {
    let mut places = HashSet::new();
    let mut validated = Vec::new();
    for raw in copies {
        let copy = CopyValidator { directory, raw, ca_file, checked, diagnostics }.validate();
        if let (Some(copy), Some(to)) = (&copy, &raw.to)
            && !places.insert(copy.to.to_string())
        {
            let rule = "another [[copy]] has this place already";
            diagnostics.refuse(&raw.dotted("to"), &to.span(), rule).with_value(to.get_ref());
        }
        validated.push(copy);
    }
    validated.into_iter().collect()
}

struct CopyValidator<'a, 't> {
    directory: &'a Path,
    raw: &'a RawCopy,
    ca_file: Option<&'a Path>,
    checked: &'a mut Vec<CheckedSource>,
    diagnostics: &'a mut Diagnostics<'t>,
}

/// Methods return `None` for a value that was rejected.
impl CopyValidator<'_, '_> {
    fn validate(mut self) -> Option<CopyConfig> {
        let to = self.to();
        let schedule = self.schedule();
        let keep = match &self.raw.keep {
            Some(keep) => self.keep(keep),
            None => Some(KeepRule::default()),
        };
        let encrypt_to = self.encrypt_to();
        Some(CopyConfig { to: to?, schedule: schedule?, keep: keep?, encrypt_to: encrypt_to? })
    }

    fn to(&mut self) -> Option<CopyTarget> {
        let (raw, directory) = (self.raw, self.directory);
        let (key, to) = (raw.dotted("to"), raw.to.as_ref()?);
        match value::value(&key, to, |text| CopyTarget::parse(text, directory), self.diagnostics)? {
            CopyTarget::S3(target) => self.bucket(target).map(CopyTarget::S3),
            target => {
                let source = CheckedSource { key, at: to.span(), what: SourceKind::Target };
                self.checked.push(source);
                self.refuse_keys_of_buckets().then_some(target)
            }
        }
    }

    fn bucket(&mut self, target: S3Target) -> Option<S3Target> {
        let raw = self.raw;
        let endpoint = self.optional("endpoint", raw.endpoint.as_ref(), address::server);
        let region = self.optional("region", raw.region.as_ref(), |text| match text {
            "" => Err("this is the region of the bucket, such as \"eu-central-1\""),
            text => Ok(text.to_owned()),
        });
        let addressing = self.optional("addressing", raw.addressing.as_ref(), str::parse::<Addressing>);
        let key_id = self.key("key_id", "s3.id", raw.key_id.as_ref());
        let secret_key = self.key("secret_key", "s3.secret", raw.secret_key.as_ref());
        if raw.endpoint.is_none() && raw.region.is_none() {
            let rule = "missing: a bucket of AWS has a region; one of another store has an endpoint";
            self.diagnostics.refuse(&raw.dotted("region"), &raw.at, rule);
            return None;
        }
        let endpoint = endpoint?;
        let addressing = addressing?.unwrap_or_else(|| Addressing::usual(endpoint.as_deref()));
        let target = S3Target {
            addressing,
            region: region?.unwrap_or(target.region),
            key_id: key_id?,
            secret_key: secret_key?,
            ca_file: self.ca_file.map(Path::to_owned),
            endpoint,
            ..target
        };
        self.refuse_path_addressing(&target).then_some(target)
    }

    /// Returns whether the store takes the addresses.
    fn refuse_path_addressing(&mut self, target: &S3Target) -> bool {
        if target.addressing == Addressing::Virtual || !target.endpoint.as_deref().is_some_and(takes_virtual_only) {
            return true;
        }
        let at = self.raw.addressing.as_ref().map_or(self.raw.at.clone(), Spanned::span);
        let rule = "this store takes addresses with the bucket in the host only";
        self.diagnostics
            .refuse(&self.raw.dotted("addressing"), &at, rule)
            .with_hint("leave addressing out, and write the endpoint without the bucket");
        false
    }

    /// Returns whether there is none.
    fn refuse_keys_of_buckets(&mut self) -> bool {
        let raw = self.raw;
        let texts = [("endpoint", &raw.endpoint), ("region", &raw.region), ("addressing", &raw.addressing)];
        let texts = texts.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?.span())));
        let sources = [("key_id", &raw.key_id), ("secret_key", &raw.secret_key)];
        let sources = sources.into_iter().filter_map(|(key, source)| Some((key, source.as_ref()?.at.clone())));
        let found: Vec<_> = texts.chain(sources).collect();
        for (key, at) in &found {
            self.diagnostics.refuse(&raw.dotted(key), at, "only a bucket (s3://bucket/prefix) has this key");
        }
        found.is_empty()
    }

    fn key(&mut self, name: &str, file: &str, source: Option<&RawCredentials>) -> Option<SecretSource> {
        let Some(source) = source else {
            let key = self.raw.dotted(name);
            // One that is there and was refused was reported.
            if !self.diagnostics.has(&key) {
                let rule = format!("missing: a bucket has a {name}, given as an AppSecret is");
                let hint = format!("put it into a file of its own and write: {name} = {{ file = \"{file}\" }}");
                self.diagnostics.refuse(&key, &self.raw.at, rule).with_hint(hint);
            }
            return None;
        };
        value::secret(self.directory, source, self.checked, self.diagnostics)
    }

    fn encrypt_to(&mut self) -> Option<Option<Recipients>> {
        // One that is there and was refused was reported.
        let key = self.raw.dotted("encrypt_to");
        let Some(texts) = &self.raw.encrypt_to else { return (!self.diagnostics.has(&key)).then_some(None) };
        match Recipients::parse(texts.iter().map(|text| text.get_ref().as_str()), self.directory) {
            Ok(recipients) => Some(Some(recipients)),
            Err(rule) => {
                let at = texts.first().map_or(self.raw.at.clone(), Spanned::span);
                self.diagnostics.refuse(&key, &at, rule);
                None
            }
        }
    }

    fn optional<T>(
        &mut self,
        key: &str,
        text: Option<&Text>,
        read: impl Fn(&str) -> Result<T, &'static str>,
    ) -> Option<Option<T>> {
        value::optional(&self.raw.dotted(key), text, read, self.diagnostics)
    }

    fn schedule(&mut self) -> Option<Schedule> {
        let zone = match &self.raw.timezone {
            Some(zone) => validate_zone(&self.raw.dotted("timezone"), zone, self.diagnostics),
            None => Some(DEFAULT_ZONE),
        };
        let written = self.raw.schedule.as_ref().map_or(USUAL_SCHEDULE, |text| text.get_ref());
        match Schedule::parse(written, zone.unwrap_or(DEFAULT_ZONE)) {
            Ok(schedule) => zone.map(|_| schedule),
            Err(error) => {
                let text = self.raw.schedule.as_ref()?;
                self.diagnostics
                    .refuse(&self.raw.dotted("schedule"), &text.span(), error.to_string())
                    .with_value(written)
                    .with_hint("every night at half past three is \"30 3 * * *\"");
                None
            }
        }
    }

    fn keep(&mut self, raw: &RawKeep) -> Option<KeepRule> {
        let parts = [("daily", &raw.daily), ("weekly", &raw.weekly), ("monthly", &raw.monthly)];
        let [daily, weekly, monthly] = parts.map(|(key, number)| self.count(key, number.as_ref()));
        let keep = KeepRule { daily: daily?, weekly: weekly?, monthly: monthly? };
        if keep == (KeepRule { daily: 0, weekly: 0, monthly: 0 }) {
            let rule = "at least one of daily, weekly and monthly is 1 or more";
            self.diagnostics.refuse(&self.raw.dotted("keep"), &raw.at, rule);
            return None;
        }
        Some(keep)
    }

    fn count(&mut self, key: &str, number: Option<&Number>) -> Option<u32> {
        let Some(number) = number else { return Some(0) };
        let value = *number.get_ref();
        if value.fract() == 0.0 && (0.0..=MOST_KEPT).contains(&value) {
            return Some(value as u32);
        }
        let written = self.diagnostics.written(&number.span());
        let rule = "this is how many copies stay, a whole number from 0 to 10000";
        let issue = self.diagnostics.refuse(&self.raw.dotted(&format!("keep.{key}")), &number.span(), rule);
        if !could_be_secret(written) {
            issue.with_plain_value(written);
        }
        None
    }
}
