//! `[mirror]` as written.

use super::keys::TableKind;
use super::table::{TableReader, Text};

/// `[mirror]`
pub(super) struct RawMirror {
    pub(super) dir: Option<Text>,
    pub(super) git: bool,
    pub(super) push: Option<Text>,
}

impl TableReader<'_, '_> {
    pub(super) fn mirror(&mut self) -> Option<RawMirror> {
        let value = self.table.get("mirror")?;
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: a line [mirror], and below it dir = \"/srv/drafts\"";
            self.refuse_value("mirror", value, rule.to_owned());
            return None;
        };
        let (key, at) = ("mirror".to_owned(), value.span());
        let mut mirror = TableReader { table, key, within: TableKind::Mirror, at, diagnostics: self.diagnostics };
        mirror.refuse_unknown_keys();
        Some(RawMirror {
            dir: mirror.required_text("dir", "a mirror is in a directory, such as dir = \"/srv/drafts\""),
            git: mirror.switch("git").unwrap_or_default(),
            push: mirror.text("push"),
        })
    }
}
