//! Where copies of the archive are made, as configured.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::schedule::Schedule;

/// `[[copy]]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyConfig {
    pub to: CopyTarget,
    /// When a copy is made.
    pub schedule: Schedule,
    /// Which copies stay.
    pub keep: KeepRule,
}

/// A place for copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyTarget {
    /// Absolute, or relative to the working directory.
    Directory(PathBuf),
}

impl CopyTarget {
    /// Reads a place as it is written in `to`; a directory is relative to `base`.
    ///
    /// # Errors
    ///
    /// The rule that the text breaks.
    pub fn parse(text: &str, base: &Path) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err("this is a directory, such as \"/mnt/nas/draftkeep\"");
        }
        if text.contains("://") {
            return Err("this is a directory; no address of another kind is known");
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
