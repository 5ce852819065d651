//! The day's quota: what the platform allows, who used it, and what is left.

use super::super::times::local;
use crate::archive::{AccountStats, EndpointUsage, QuotaSource};
use crate::model::{Endpoint, Timestamp};
use crate::quota::PollCall;

/// Says it to people: a line for each endpoint that polls live on or that is spent, then the others that were called.
pub(super) fn lines(stats: &AccountStats, tomorrow: Timestamp) -> Vec<(&'static str, String)> {
    let lines: Vec<EndpointUsage> = Endpoint::ALL.iter().map(|endpoint| stats.usage_of(*endpoint)).collect();
    let (main, others): (Vec<&EndpointUsage>, _) =
        lines.iter().partition(|line| polls_live_on(line.endpoint) || line.left() == 0);
    let widest = main.iter().map(|line| line.endpoint.as_str().len()).max().unwrap_or_default();
    let mut main_lines: Vec<String> =
        main.iter().map(|line| format!("{:widest$}  {}", line.endpoint, used(line, tomorrow))).collect();
    main_lines.extend(undocumented(
        main.iter()
            .filter(|line| line.reported.is_none())
            .map(|line| line.endpoint)
            .filter(|each| polls_live_on(*each)),
    ));
    let called: Vec<String> = others
        .into_iter()
        .filter(|line: &&EndpointUsage| line.own_calls > 0)
        .map(|line| format!("{} {} of {}", line.endpoint, line.own_calls, line.limit()))
        .collect();
    let mut labelled: Vec<_> = main_lines.into_iter().map(|line| ("", line)).collect();
    labelled[0].0 = "quota today";
    labelled.extend((!called.is_empty()).then(|| ("also called", called.join(", "))));
    labelled
}

/// Only of these the platform is asked for its counters.
fn polls_live_on(endpoint: Endpoint) -> bool {
    PollCall::ALL.iter().any(|call| call.endpoint() == endpoint)
}

fn used(line: &EndpointUsage, tomorrow: Timestamp) -> String {
    let others = match (line.assumed_calls(), line.other_calls()) {
        (0, 0) => String::new(),
        (0, others) => format!(", {others} by others"),
        // The platform has not reported since.
        (assumed, _) => format!(", {assumed} assumed (a repair lost the counts)"),
    };
    let left = match line.left() {
        0 => format!("none left until {}", local(tomorrow)),
        left => format!("{left} left"),
    };
    let refused = line.reported.as_ref().is_some_and(|report| report.from == QuotaSource::Refusal);
    let from = if refused { " (refused with 45009)" } else { "" };
    format!("{} of {} ours{others}, {left}{from}", line.own_calls, line.limit())
}

/// Says which limits are only known from the documentation.
fn undocumented(endpoints: impl Iterator<Item = Endpoint>) -> Option<String> {
    let names: Vec<&str> = endpoints.map(Endpoint::as_str).collect();
    match names.len() {
        0 => None,
        1 => Some(format!("({}: not told yet, the limit of a new account)", names[0])),
        n if n == PollCall::ALL.len() => Some("(not told yet: the limits of a new account)".to_owned()),
        _ => Some(format!("({}: not told yet, the limits of a new account)", names.join(", "))),
    }
}
