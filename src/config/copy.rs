//! Where copies of the archive are made, as configured.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::address;
use super::recipients::Recipients;
use super::source::SecretSource;
use crate::schedule::Schedule;

/// `[[copy]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyConfig {
    pub to: CopyTarget,
    /// When a copy is made.
    pub schedule: Schedule,
    /// Which copies stay.
    pub keep: KeepRule,
    /// Who alone can read them; `None` is everybody who can read the place.
    pub encrypt_to: Option<Recipients>,
}

/// A place for copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyTarget {
    /// Absolute, or relative to the working directory.
    Directory(PathBuf),
    S3(S3Target),
}

/// A bucket of an S3-compatible store, and where its copies are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Target {
    pub bucket: String,
    /// Without slashes at its ends; may be empty.
    pub prefix: String,
    /// Scheme, host and port; `None` is AWS.
    pub endpoint: Option<String>,
    pub region: String,
    pub addressing: Addressing,
    pub key_id: SecretSource,
    pub secret_key: SecretSource,
    /// Certificates that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// Where a bucket's name stands in an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// In the host: `https://bucket.host/`.
    Virtual,
    /// In the path: `https://host/bucket/`.
    Path,
}

impl CopyTarget {
    /// Reads a place as it is written in `to`; a directory is relative to `base`. The keys of a bucket are those of the environment.
    ///
    /// # Errors
    ///
    /// The rule that the text breaks.
    pub fn parse(text: &str, base: &Path) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("this is a directory, such as \"/mnt/nas/draftkeep\", or a bucket: \"s3://bucket/prefix\"");
        }
        if let Some(rest) = text.strip_prefix(S3Target::SCHEME) {
            return S3Target::parse(rest).map(Self::S3);
        }
        if text.contains("://") {
            return Err("this is a directory or s3://bucket/prefix; no address of another kind is known");
        }
        if text.contains('\0') {
            return Err("a path holds no NUL");
        }
        if text.starts_with("~/") || text == "~" {
            return Err("~ is not understood here; write the whole path");
        }
        Ok(Self::Directory(base.join(text)))
    }
}

impl S3Target {
    const SCHEME: &str = "s3://";

    /// The region where none is named: the one that a store of one's own is asked with.
    pub const USUAL_REGION: &str = "us-east-1";

    fn parse(rest: &str) -> Result<Self, &'static str> {
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_bucket = (3..=63).contains(&bucket.len())
            && bucket.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-'));
        if !is_bucket {
            return Err("a bucket has 3 to 63 characters of a-z, 0-9, \".\" and \"-\": \"s3://bucket/prefix\"");
        }
        let prefix = prefix.trim_matches('/');
        let is_prefix = prefix.is_empty()
            || prefix.split('/').all(|part| {
                !matches!(part, "" | "." | "..")
                    && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.=+".contains(&byte))
            });
        if !is_prefix {
            return Err("a prefix has parts of letters, digits and -_.=+, with single slashes between them");
        }
        Ok(Self {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
            endpoint: None,
            region: Self::USUAL_REGION.to_owned(),
            addressing: Addressing::Virtual,
            key_id: SecretSource::Env("AWS_ACCESS_KEY_ID".to_owned()),
            secret_key: SecretSource::Env("AWS_SECRET_ACCESS_KEY".to_owned()),
            ca_file: None,
        })
    }

    /// Gives the bucket the store that has it, and the way that this store is usually addressed.
    ///
    /// # Errors
    ///
    /// The rule that the address breaks.
    pub fn at(self, endpoint: &str) -> Result<Self, &'static str> {
        let endpoint = address::server(endpoint)?;
        Ok(Self { addressing: Addressing::usual(Some(&endpoint)), endpoint: Some(endpoint), ..self })
    }

    /// Returns where requests are sent; `None` is AWS. A bucket that stands in the host is put there.
    pub fn address(&self) -> Option<String> {
        let endpoint = self.endpoint.as_ref()?;
        match (self.addressing, endpoint.split_once("://")) {
            (Addressing::Virtual, Some((scheme, host))) => Some(format!("{scheme}://{}.{host}", self.bucket)),
            _ => Some(endpoint.clone()),
        }
    }
}

impl Addressing {
    /// Returns how a store is addressed where nothing else is said; `None` is AWS.
    pub(super) fn usual(endpoint: Option<&str>) -> Self {
        match endpoint {
            // A store of one's own has seldom a name for each bucket.
            Some(endpoint) if !takes_virtual_only(endpoint) => Self::Path,
            _ => Self::Virtual,
        }
    }
}

/// Returns whether a store takes addresses with the bucket in the host only: 腾讯云 COS and 阿里云 OSS.
pub(super) fn takes_virtual_only(endpoint: &str) -> bool {
    [".myqcloud.com", ".aliyuncs.com"].iter().any(|end| endpoint.ends_with(end))
}

impl fmt::Display for S3Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::SCHEME, self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

impl FromStr for Addressing {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "virtual" => Ok(Self::Virtual),
            "path" => Ok(Self::Path),
            _ => Err("this is \"virtual\" (the bucket stands in the host) or \"path\""),
        }
    }
}

/// As it is known everywhere: in the archive, in messages and in commands. Two that are written differently and name the same
/// directory are one.
impl fmt::Display for CopyTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                let normal: PathBuf = path.components().collect();
                write!(f, "{}", normal.display())
            }
            Self::S3(target) => target.fmt(f),
        }
    }
}

/// How many copies stay: the newest of each of the last days, weeks and months of which there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepRule {
    pub daily: u32,
    pub weekly: u32,
    pub monthly: u32,
}

impl Default for KeepRule {
    fn default() -> Self {
        Self { daily: 7, weekly: 4, monthly: 12 }
    }
}
