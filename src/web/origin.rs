//! Which program asked for a write, and why: words that anybody may have chosen.

use maud::{Markup, html};

use super::texts::Texts;
use crate::archive::WriteOrigin;
use crate::sanitize;

/// Says it in a line.
pub(super) fn line(origin: &WriteOrigin, texts: &Texts) -> Markup {
    html! {
        p {
            (texts.written_by) (sanitize::line(&origin.in_words()))
            @if let Some(note) = origin.short_note() { span.dim { " · " (sanitize::line(&note)) } }
        }
    }
}
