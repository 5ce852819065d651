//! What programs may write to the draft box of an account, as configured.

use std::collections::BTreeSet;

use crate::model::GateAction;

/// `gate = { allow = […], approve = […] }` of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GatePolicy {
    /// What programs may do; nothing by default.
    pub allow: BTreeSet<GateAction>,
    /// What of it waits until somebody says yes.
    pub approve: BTreeSet<GateAction>,
}
