//! Validates `[mirror]`.

use std::path::{Path, PathBuf};

use super::diagnostics::Diagnostics;
use super::mirror::MirrorConfig;
use super::raw_mirror::RawMirror;

/// Returns the mirror; `None` if any value was rejected.
pub(super) fn validate_mirror(
    directory: &Path,
    raw: &RawMirror,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<MirrorConfig> {
    let (dir, push) = (dir(directory, raw, diagnostics), push(raw, diagnostics));
    Some(MirrorConfig { dir: dir?, git: raw.git, push: push? })
}

fn dir(directory: &Path, raw: &RawMirror, diagnostics: &mut Diagnostics<'_>) -> Option<PathBuf> {
    let text = raw.dir.as_ref()?;
    let written = text.get_ref();
    let rule = if written.is_empty() {
        "this is a directory, such as \"/srv/drafts\""
    } else if written.contains('\0') {
        "a path holds no NUL"
    } else if written.starts_with("~/") {
        "~ is not understood here; write the whole path"
    } else {
        return Some(directory.join(written));
    };
    diagnostics.refuse("mirror.dir", &text.span(), rule).with_value(written);
    None
}

/// Validates the optional remote; `None` if it was rejected. An address could hold a password, and is therefore not shown.
fn push(raw: &RawMirror, diagnostics: &mut Diagnostics<'_>) -> Option<Option<String>> {
    let Some(text) = &raw.push else { return Some(None) };
    let name = text.get_ref();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if name.is_empty() || name.starts_with(['-', '.']) || !name.bytes().all(is_name) {
        diagnostics
            .refuse("mirror.push", &text.span(), "this is the name of a remote, such as \"origin\"")
            .with_hint("give the address a name in the directory of the mirror: git remote add origin ADDRESS");
        return None;
    }
    if !raw.git {
        diagnostics.refuse("mirror.push", &text.span(), "without git = true, there are no commits to push");
        return None;
    }
    Some(Some(name.clone()))
}
