//! A copy that is given as it lies, and that only who has the key can open.

use std::path::Path;

use super::error::{CommandError, Exit};
use crate::copies::{CopyName, Encryption, encryption_of};
use crate::invocation::for_the_shell;

/// Explains why a file is no archive, where the reason is that it is encrypted.
pub(super) fn explain(path: &Path) -> Option<CommandError> {
    let encryption = encryption_of(path)?;
    let message = format!("{} is a copy that is encrypted with {}", path.display(), encryption.name());
    Some(CommandError::new(Exit::Usage, message).hint(hint(path, encryption)))
}

/// Says how to open it. What has the name of a copy is also found, proven and unpacked.
pub(super) fn hint(path: &Path, encryption: Encryption) -> String {
    let is_copy = |name: &&str| name.parse::<CopyName>().is_ok();
    let Some(name) = path.file_name().and_then(|name| name.to_str()).filter(is_copy) else {
        let program = match encryption {
            Encryption::Age => "age -d -i KEY",
            Encryption::OpenPgp => "gpg -d",
        };
        return format!("Decrypt it: {program} -o FILE {}", for_the_shell(&path.display().to_string()));
    };
    let place = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let place = format!("{}@{name}", place.display());
    let key = match encryption {
        Encryption::Age => " --identity KEY",
        Encryption::OpenPgp => "",
    };
    format!("Bring it back on a machine with the key: draftkeep copy fetch {} FILE{key}", for_the_shell(&place))
}
