//! Validates `[gate]`, and `gate = { … }` of an account.

use std::collections::BTreeSet;
use std::path::Path;

use super::diagnostics::Diagnostics;
use super::gate::GatePolicy;
use super::listen::Listen;
use super::raw_gate::RawGatePolicy;
use super::table::Text;
use super::value::value;
use crate::model::GateAction;

/// Returns where the gate listens; `None` if the value was rejected.
pub(super) fn validate_gate(
    directory: &Path,
    listen: Option<&Text>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<Option<Listen>> {
    let Some(text) = listen else { return Some(None) };
    let address = value("gate.listen", text, |text| Listen::parse(text, directory), diagnostics)?;
    if !address.is_private() {
        let rule = "others than this machine reach this address: tokens and drafts would cross the network for everybody to read";
        diagnostics
            .refuse("gate.listen", &text.span(), rule)
            .with_value(text.get_ref())
            .with_hint("listen on 127.0.0.1, and let a proxy with a certificate stand in front; see docs/gate.md");
        return None;
    }
    Some(Some(address))
}

/// Returns what programs may do; `None` if a value was rejected.
pub(super) fn validate_policy(
    account: &str,
    raw: &RawGatePolicy,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<GatePolicy> {
    let key = |name: &str| format!("{account}.gate.{name}");
    let allow = actions(&key("allow"), &raw.allow, diagnostics);
    let approve = actions(&key("approve"), &raw.approve, diagnostics);
    let policy = GatePolicy { allow: allow?, approve: approve? };
    let forbidden = policy.approve.difference(&policy.allow).next();
    if let (Some(action), Some(text)) = (forbidden, raw.approve.first()) {
        let rule = format!("{action} is not allowed, so nobody can say yes to it");
        let hint = format!("add it to allow, or leave it out here: allow = [\"{action}\"]");
        diagnostics.refuse(&key("approve"), &text.span(), rule).with_hint(hint);
        return None;
    }
    Some(policy)
}

fn actions(key: &str, texts: &[Text], diagnostics: &mut Diagnostics<'_>) -> Option<BTreeSet<GateAction>> {
    let read: Vec<Option<GateAction>> = texts.iter().map(|text| value(key, text, str::parse, diagnostics)).collect();
    read.into_iter().collect()
}
