//! Validates `[proof]`.

use super::diagnostics::Diagnostics;
use super::proof::{DrillConfig, ProofConfig};
use super::raw::RawAccount;
use super::raw_proof::{RawDrill, RawProof};
use super::suggest::suggest;
use super::table::Text;
use super::zone::DEFAULT_ZONE;
use crate::model::AccountName;
use crate::schedule::Schedule;

/// `None` if a value was rejected. The accounts have been validated.
pub(super) fn validate_proof(
    proof: &RawProof,
    accounts: &[RawAccount],
    diagnostics: &mut Diagnostics<'_>,
) -> Option<ProofConfig> {
    let enabled = proof.enabled.unwrap_or(true);
    let drill = match &proof.drill {
        Some(drill) => Some(validate_drill(drill, accounts, diagnostics)?),
        None => None,
    };
    Some(ProofConfig { enabled, drill })
}

fn validate_drill(drill: &RawDrill, accounts: &[RawAccount], diagnostics: &mut Diagnostics<'_>) -> Option<DrillConfig> {
    let account = drill.account.as_ref().and_then(|text| find(text, accounts, diagnostics));
    let zone = account.as_ref().and_then(|(_, raw)| raw.timezone.as_ref()?.get_ref().parse().ok());
    let schedule = drill.schedule.as_ref().and_then(|text| {
        let schedule = Schedule::parse(text.get_ref(), zone.unwrap_or(DEFAULT_ZONE));
        let refuse = |error: &crate::schedule::ScheduleError| {
            let issue = diagnostics.refuse("proof.drill.schedule", &text.span(), error.to_string());
            issue.with_value(text.get_ref()).with_hint("Mondays at four is \"0 4 * * 1\"");
        };
        schedule.inspect_err(refuse).ok()
    });
    let (account, _) = account?;
    Some(DrillConfig { account, schedule: schedule? })
}

/// Finds the account, as the command `draftkeep drill` does.
fn find<'a>(
    text: &Text,
    accounts: &'a [RawAccount],
    diagnostics: &mut Diagnostics<'_>,
) -> Option<(AccountName, &'a RawAccount)> {
    let name = |account: &'a RawAccount| Some(account.name.as_ref()?.get_ref().as_str());
    let written = text.get_ref().as_str();
    if let Some(raw) = accounts.iter().find(|account| name(account) == Some(written)) {
        // A name that breaks the rule was reported with its account.
        return Some((written.parse().ok()?, raw));
    }
    let rule = "no [[account]] has this name";
    let issue = diagnostics.refuse("proof.drill.account", &text.span(), rule).with_value(written);
    if let Some(meant) = suggest(written, accounts.iter().filter_map(name)) {
        issue.with_hint(format!("did you mean {meant}?"));
    }
    None
}
