//! Which file is the configuration.

use std::path::PathBuf;

/// The file that is read where neither `--config` nor `$DRAFTKEEP_CONFIG` names another.
pub const DEFAULT_PATH: &str = "/etc/draftkeep/config.toml";

/// A larger file is refused: a hundred accounts are 30 KB, and a mistaken path must not fill the memory.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// Returns the file to read: `flag`, else `$DRAFTKEEP_CONFIG`, else [`DEFAULT_PATH`].
pub fn path(flag: Option<PathBuf>) -> PathBuf {
    let variable = || std::env::var_os("DRAFTKEEP_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    flag.or_else(variable).unwrap_or_else(|| DEFAULT_PATH.into())
}
