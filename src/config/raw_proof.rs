//! `[proof]` as written.

use super::keys::TableKind;
use super::table::{TableReader, Text};

/// `[proof]`
#[derive(Default)]
pub(super) struct RawProof {
    pub(super) enabled: Option<bool>,
    pub(super) drill: Option<RawDrill>,
}

/// `drill = { … }`. A key that is missing, or has an error that was reported, is `None`.
pub(super) struct RawDrill {
    pub(super) account: Option<Text>,
    pub(super) schedule: Option<Text>,
}

impl TableReader<'_, '_> {
    pub(super) fn proof(&mut self) -> RawProof {
        let Some(value) = self.table.get("proof") else { return RawProof::default() };
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: a line [proof], and below it for example enabled = false";
            self.refuse_value("proof", value, rule.to_owned());
            return RawProof::default();
        };
        let (key, at) = ("proof".to_owned(), value.span());
        let mut proof = TableReader { table, key, within: TableKind::Proof, at, diagnostics: self.diagnostics };
        proof.refuse_unknown_keys();
        RawProof { enabled: proof.switch("enabled"), drill: proof.drill() }
    }

    fn drill(&mut self) -> Option<RawDrill> {
        let value = self.table.get("drill")?;
        let key = self.dotted("drill");
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: drill = { account = \"sandbox\", schedule = \"0 4 * * 1\" }";
            self.refuse_value(&key, value, rule.to_owned());
            return None;
        };
        let (within, at) = (TableKind::Drill, value.span());
        let mut drill = TableReader { table, key, within, at, diagnostics: self.diagnostics };
        drill.refuse_unknown_keys();
        Some(RawDrill {
            account: drill.required_text("account", "the account whose draft box is written to, such as \"sandbox\""),
            schedule: drill.required_text("schedule", "when it is made, such as \"0 4 * * 1\", Mondays at four"),
        })
    }
}
