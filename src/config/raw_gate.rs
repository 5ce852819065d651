//! `[gate]`, and `gate = { … }` of an account, as written.

use super::keys::TableKind;
use super::table::{TableReader, Text};

/// `gate = { … }` of an account.
#[derive(Default)]
pub(super) struct RawGatePolicy {
    pub(super) allow: Vec<Text>,
    pub(super) approve: Vec<Text>,
}

impl TableReader<'_, '_> {
    /// Reads `[gate]`: where it listens.
    pub(super) fn gate(&mut self) -> Option<Text> {
        let value = self.table.get("gate")?;
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this is a table: a line [gate], and below it listen = \"127.0.0.1:8789\"";
            self.refuse_value("gate", value, rule.to_owned());
            return None;
        };
        let (key, at) = ("gate".to_owned(), value.span());
        let mut gate = TableReader { table, key, within: TableKind::Gate, at, diagnostics: self.diagnostics };
        gate.refuse_unknown_keys();
        gate.required_text("listen", "[gate] says where to listen, such as listen = \"127.0.0.1:8789\"")
    }

    pub(super) fn gate_policy(&mut self) -> RawGatePolicy {
        let Some(value) = self.table.get("gate") else { return RawGatePolicy::default() };
        let Some(table) = value.get_ref().as_table() else {
            let rule = "this says what programs may do: gate = { allow = [\"update\"] }";
            self.refuse_value(&self.dotted("gate"), value, rule.to_owned());
            return RawGatePolicy::default();
        };
        let (key, at) = (self.dotted("gate"), value.span());
        let mut gate = TableReader { table, key, within: TableKind::GatePolicy, at, diagnostics: self.diagnostics };
        gate.refuse_unknown_keys();
        let rule = "this is a list of actions: [\"create\", \"update\", \"restore\", \"delete\"]";
        let allow = gate.texts("allow", rule).unwrap_or_default();
        RawGatePolicy { allow, approve: gate.texts("approve", rule).unwrap_or_default() }
    }
}
