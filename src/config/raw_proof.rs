//! `[proof]` as written.

use super::keys::TableKind;
use super::table::TableReader;

/// `[proof]`
#[derive(Default)]
pub(super) struct RawProof {
    pub(super) enabled: Option<bool>,
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
        RawProof { enabled: proof.switch("enabled") }
    }
}
