//! The vocabulary as types. Imports nothing of ours.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveTime, SecondsFormat, TimeDelta, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// How far a stored time may lie ahead of the clock: everyday corrections are smaller. One that lies further ahead was
/// written by a wrong clock, and says nothing.
pub const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// How long a planned poll with nothing to tell goes on before what it saw is written down: each write costs some fifty
/// kilobytes on the disk, and an idle service is to write less than two hundred an hour.
pub const LONGEST_POLL: TimeDelta = TimeDelta::minutes(20);

/// An instant, always in UTC.
pub type Timestamp = DateTime<Utc>;

/// Writes an instant as the archive and the JSON output have it: RFC 3339, UTC, milliseconds, so that texts sort as
/// instants do.
pub fn rfc3339(instant: Timestamp) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The day that the platform's call limits count by, as `YYYY-MM-DD`.
///
/// The reset is assumed at 00:00 Asia/Shanghai; the documentation only says "当天" (服务端 API 调用额度). Shanghai has
/// had no daylight saving since 1991, so a fixed offset is the zone.
pub fn quota_day(instant: Timestamp) -> String {
    instant.with_timezone(&SHANGHAI).format("%Y-%m-%d").to_string()
}

/// Returns when the [`quota_day`] of an instant began.
pub fn quota_day_began(instant: Timestamp) -> Timestamp {
    let since_midnight = instant.with_timezone(&SHANGHAI).time() - NaiveTime::MIN;
    instant - since_midnight
}

const SHANGHAI: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours are a valid offset");

/// Writes a number with its noun in English: `1 draft`, `2 drafts`.
pub fn counted<N: Copy + fmt::Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// Returns a text of at most `most` characters as it is, and of a longer one so many and `…`.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// The operator's name for an account: 1 to 32 of `a-z`, `0-9`, `_`, `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct AccountName(String);

impl AccountName {
    /// Returns the name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Refuses what is no account name, telling the rule.
impl FromStr for AccountName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if (1..=32).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err("a name is 1 to 32 characters of a-z, 0-9, _ and -")
        }
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The platform's name for a draft, opaque, unique within its account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct MediaId(String);

impl MediaId {
    /// Takes the id as the platform or the operator wrote it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MediaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What an article is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArticleType {
    /// 图文消息: HTML with pictures in it.
    News,
    /// 图片消息: up to 20 pictures and a plain text.
    Newspic,
}

impl ArticleType {
    /// Returns the platform's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::News => "news",
            Self::Newspic => "newspic",
        }
    }
}

/// Returns the number by which people name an article: they count from 1, the platform and JSON from 0.
pub fn article_number(position: usize) -> usize {
    position + 1
}

/// One entry of a draft, as people read it and as the archive's `article_view` shows it.
///
/// What the platform leaves out (a newspic has no author, digest or link) is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Article {
    /// Its place in the draft, from 0.
    pub position: usize,
    pub article_type: ArticleType,
    pub title: String,
    pub author: String,
    /// 摘要, the summary under the title.
    pub digest: String,
    /// 阅读原文, the link at the article's end.
    pub content_source_url: String,
    /// The cover picture's address.
    pub cover: String,
    /// HTML of a news article, plain text with a few tags of a newspic, as received.
    pub content: String,
}

/// What we know of a draft's presence in its box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// Seen at the last look.
    Live,
    /// Not there at the last look; not confirmed yet.
    Missing,
    /// Left the box by being published.
    Published,
    /// Left the box by being deleted.
    Deleted,
    /// Left the box, cause not known.
    Gone,
}

impl DraftState {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 5] = [Self::Live, Self::Missing, Self::Published, Self::Deleted, Self::Gone];

    /// Returns the word that the archive and the JSON output use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Missing => "missing",
            Self::Published => "published",
            Self::Deleted => "deleted",
            Self::Gone => "gone",
        }
    }
}

impl FromStr for DraftState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no state of a draft"))
    }
}

/// What `draft/batchget` sorts by, newest first. The documentation does not say; it is observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListOrder {
    /// By the time of creation: an edit does not move a draft.
    Created,
    /// By the time of the last save.
    Updated,
    /// By neither.
    Other,
}

impl ListOrder {
    /// Returns the archive's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Other => "other",
        }
    }
}

impl FromStr for ListOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Created, Self::Updated, Self::Other]
            .into_iter()
            .find(|order| order.as_str() == text)
            .ok_or_else(|| format!("{text:?} is no order of a list"))
    }
}

/// A SHA-256, shown in lower-case hex: of a version's canonical bytes, it is the version's name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Hashes `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Returns its first digits, enough to know it by.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

/// Reads 64 digits of hex, in lower case as they are shown.
impl FromStr for Hash {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rule = "a hash is 64 digits of hex, in lower case";
        let mut hash = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(rule);
        }
        for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| rule)?;
        }
        Ok(Self(hash))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An endpoint of the platform that has a daily call limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `stable_token`
    StableToken,
    /// `stable_token` with `force_refresh`, which has a daily limit of its own.
    StableTokenForce,
    /// `draft/get`
    DraftGet,
    /// `draft/batchget`
    DraftBatchget,
    /// `draft/count`
    DraftCount,
    /// `draft/add`
    DraftAdd,
    /// `draft/update`
    DraftUpdate,
    /// `draft/delete`
    DraftDelete,
    /// `freepublish/batchget`
    FreepublishBatchget,
    /// `material/get_material`
    MaterialGet,
    /// `material/add_material`
    MaterialAdd,
    /// `material/batchget_material`
    MaterialBatchget,
    /// `media/uploadimg`
    ImageUpload,
    /// `openapi/quota/get`
    QuotaGet,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::StableToken,
        Self::StableTokenForce,
        Self::DraftGet,
        Self::DraftBatchget,
        Self::DraftCount,
        Self::DraftAdd,
        Self::DraftUpdate,
        Self::DraftDelete,
        Self::FreepublishBatchget,
        Self::MaterialGet,
        Self::MaterialAdd,
        Self::MaterialBatchget,
        Self::ImageUpload,
        Self::QuotaGet,
    ];

    /// Returns how many calls a day a newly registered account may make (官方文档 服务端 API 调用额度); accounts with many
    /// followers may make more. The limits of `openapi/quota/get` and of materials are not documented: the numbers are a
    /// self-restraint, a call every five minutes, and what uploads have been seen to stop at.
    pub fn daily_limit(self) -> u64 {
        match self {
            Self::StableToken => 500_000,
            Self::StableTokenForce => 20,
            Self::DraftGet => 500,
            Self::DraftBatchget | Self::DraftCount | Self::DraftAdd | Self::DraftUpdate | Self::DraftDelete => 1_000,
            Self::MaterialGet | Self::MaterialAdd | Self::MaterialBatchget | Self::ImageUpload => 1_000,
            Self::FreepublishBatchget => 100,
            Self::QuotaGet => 288,
        }
    }

    /// Returns the endpoint's name in the ledger, which is its path below `/cgi-bin/` but for `stable_token/force`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StableToken => "stable_token",
            Self::StableTokenForce => "stable_token/force",
            Self::DraftGet => "draft/get",
            Self::DraftBatchget => "draft/batchget",
            Self::DraftCount => "draft/count",
            Self::DraftAdd => "draft/add",
            Self::DraftUpdate => "draft/update",
            Self::DraftDelete => "draft/delete",
            Self::FreepublishBatchget => "freepublish/batchget",
            Self::MaterialGet => "material/get_material",
            Self::MaterialAdd => "material/add_material",
            Self::MaterialBatchget => "material/batchget_material",
            Self::ImageUpload => "media/uploadimg",
            Self::QuotaGet => "openapi/quota/get",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The largest answer that is taken from the platform, decompressed, and so the largest document there is: 32 MiB. A page of
/// twenty drafts at their documented largest is below it.
pub const LARGEST_DOCUMENT: usize = 32 << 20;

/// One line of the ledger: calls made to an endpoint on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calls {
    /// Which daily limit they count against.
    pub endpoint: Endpoint,
    /// The day in UTC+8, see [`quota_day`].
    pub day: String,
    /// How many, refused ones included: the platform counts those too.
    pub count: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_day_begins_at_midnight_in_shanghai() {
        let instant = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(quota_day(instant("2026-09-01T15:59:59Z")), "2026-09-01");
        assert_eq!(quota_day(instant("2026-09-01T16:00:00Z")), "2026-09-02");
        for within in ["2026-09-01T16:00:00Z", "2026-09-02T15:59:59.999Z"] {
            assert_eq!(quota_day_began(instant(within)), instant("2026-09-01T16:00:00Z"));
        }
    }

    #[test]
    fn a_hash_is_read_as_it_is_shown() {
        let hash = Hash::of(b"one");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        let shown = hash.to_string();
        for bad in [&shown[1..], &shown.to_uppercase(), &format!("{shown}0"), &"é".repeat(32), ""] {
            assert!(bad.parse::<Hash>().is_err(), "{bad}");
        }
    }

    #[test]
    fn account_names_follow_their_rule() {
        assert!("mag-1_a".parse::<AccountName>().is_ok());
        for bad in ["", "Mag", "a b", "公众号", &"a".repeat(33)] {
            assert!(bad.parse::<AccountName>().is_err(), "{bad}");
        }
    }
}
