//! Time zones by name.

use chrono_tz::{TZ_VARIANTS, Tz};

use super::diagnostics::Diagnostics;
use super::suggest::suggest;
use super::table::Text;

/// The zone where none is configured.
pub const DEFAULT_ZONE: Tz = Tz::Asia__Shanghai;

/// What people write for the time zone of China, none of which is its name.
const CHINA: [&str; 8] = ["asia/beijing", "beijing", "china", "cst", "utc+8", "gmt+8", "+8", "+08:00"];

/// Reads the name of a time zone; `None` if it was rejected.
pub(super) fn validate_zone(key: &str, text: &Text, diagnostics: &mut Diagnostics<'_>) -> Option<Tz> {
    let written = text.get_ref();
    if let Ok(zone) = written.parse() {
        return Some(zone);
    }
    let rule = "no time zone of this name is known; zones are called as in Asia/Shanghai";
    let mistake = diagnostics.refuse(key, &text.span(), rule).with_value(written);
    let china = CHINA.contains(&written.to_lowercase().as_str()).then_some("Asia/Shanghai");
    if let Some(zone) = china.or_else(|| suggest(written, TZ_VARIANTS.iter().map(|zone| zone.name()))) {
        mistake.with_hint(format!("did you mean {zone}?"));
    }
    None
}
