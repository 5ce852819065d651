//! The path of the configuration.

use std::path::PathBuf;

/// The default path of the configuration.
pub const DEFAULT_PATH: &str = "/etc/draftkeep/config.toml";

/// The largest file that is read: a hundred accounts are 30 KB, and a wrong path must not fill the memory.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// Returns the path of the configuration: `flag`, else `$DRAFTKEEP_CONFIG`, else [`DEFAULT_PATH`].
pub fn path(flag: Option<PathBuf>) -> PathBuf {
    let variable = || std::env::var_os("DRAFTKEEP_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    flag.or_else(variable).unwrap_or_else(|| DEFAULT_PATH.into())
}
