//! `[retention]` as written.

use std::ops::Range;

use super::keys::TableKind;
use super::table::{Number, TableReader, Text};

/// `[retention]`
pub(super) struct RawRetention {
    pub(super) at: Range<usize>,
    pub(super) keep_last: Option<Number>,
    pub(super) keep_within: Option<Text>,
    pub(super) keep_daily: Option<Number>,
    pub(super) keep_weekly: Option<Number>,
    pub(super) keep_monthly: Option<Number>,
    pub(super) drop_session_ends: bool,
}

impl TableReader<'_, '_> {
    pub(super) fn retention(&mut self) -> Option<RawRetention> {
        let value = self.table.get("retention")?;
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: a line [retention], and below it for example keep_within = \"90d\"";
            self.refuse_value("retention", value, rule.to_owned());
            return None;
        };
        let (key, at) = ("retention".to_owned(), value.span());
        let mut retention =
            TableReader { table, key, within: TableKind::Retention, at: at.clone(), diagnostics: self.diagnostics };
        retention.refuse_unknown_keys();
        Some(RawRetention {
            at,
            keep_last: retention.number("keep_last"),
            keep_within: retention.text("keep_within"),
            keep_daily: retention.number("keep_daily"),
            keep_weekly: retention.number("keep_weekly"),
            keep_monthly: retention.number("keep_monthly"),
            drop_session_ends: retention.switch("drop_session_ends").unwrap_or_default(),
        })
    }
}
