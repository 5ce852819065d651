//! The title of a draft in a message.

use crate::model::{Language, shortened};

/// The longest title of a draft in a message, in characters. The platform's own limit is 64.
const LONGEST_TITLE: usize = 64;

/// Names a draft by its title.
pub(super) fn title(title: Option<&str>, language: Language) -> String {
    let title = title.map(str::trim).filter(|title| !title.is_empty());
    let title = title.map(|title| shortened(title, LONGEST_TITLE));
    match (language, title) {
        (Language::Chinese, Some(title)) => format!("《{title}》"),
        (Language::Chinese, None) => "（无标题）".to_owned(),
        (Language::English, Some(title)) => format!("“{title}”"),
        (Language::English, None) => "(no title)".to_owned(),
    }
}
