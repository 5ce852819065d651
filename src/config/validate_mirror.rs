//! Validates `[mirror]`.

use std::path::Path;

use super::diagnostics::Diagnostics;
use super::mirror::MirrorConfig;
use super::raw_mirror::RawMirror;

/// Returns the mirror; `None` if any value was rejected.
pub(super) fn validate_mirror(
    directory: &Path,
    raw: &RawMirror,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<MirrorConfig> {
    let text = raw.dir.as_ref()?;
    let written = text.get_ref();
    let rule = if written.is_empty() {
        "this is a directory, such as \"/srv/drafts\""
    } else if written.contains('\0') {
        "a path holds no NUL"
    } else if written.starts_with("~/") {
        "~ is not understood here; write the whole path"
    } else {
        return Some(MirrorConfig { dir: directory.join(written) });
    };
    diagnostics.refuse("mirror.dir", &text.span(), rule).with_value(written);
    None
}
