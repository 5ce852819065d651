//! The pages.

pub(super) mod account;
pub(super) mod accounts;
mod compare;
pub(super) mod draft;
pub(super) mod layout;
pub(super) mod time;
mod version;
pub(super) mod versions;

use super::texts::Texts;
use crate::sanitize;

/// Returns a title as the pages show it, on one line and with nothing that turns text around.
fn title(title: &str, texts: &Texts) -> String {
    if title.is_empty() { texts.no_title.to_owned() } else { sanitize::line(title).into_owned() }
}
