//! Notes about an account that are not problems.

use super::super::times::local;
use crate::archive::{AccountStats, EndpointBlock};
use crate::health::{block_kind, is_problem};
use crate::model::{Endpoint, ListOrder};
use crate::wechat::ErrorKind;

/// Returns it in lines with their labels.
pub(super) fn lines(stats: &AccountStats) -> Vec<(&'static str, String)> {
    let order = stats.state.list_order.map(|order| ("listed by", by(order).to_owned()));
    let blocks = stats.blocks.iter().filter(|block| !is_problem(block)).map(blocked);
    order.into_iter().chain(volatile(stats)).chain(blocks).collect()
}

fn by(order: ListOrder) -> &'static str {
    match order {
        ListOrder::Created => "time of creation",
        ListOrder::Updated => "time of the last save",
        ListOrder::Other => "neither time of creation nor of the last save: only whole lists tell",
    }
}

fn volatile(stats: &AccountStats) -> Option<(&'static str, String)> {
    let fields: Vec<&str> = stats.state.volatile.iter().map(String::as_str).collect();
    let verb = if fields.len() == 1 { "changes" } else { "change" };
    let text = format!(
        "{} {verb} although nobody saves: without a save that makes no version; to keep it all the same, name it in watch_fields",
        fields.join(", ")
    );
    (!fields.is_empty()).then_some(("volatile", text))
}

fn blocked(block: &EndpointBlock) -> (&'static str, String) {
    let EndpointBlock { endpoint, until, code, .. } = block;
    match (endpoint, block_kind(block)) {
        (Some(Endpoint::FreepublishBatchget), ErrorKind::Permission) => (
            "departures",
            format!("why drafts leave the box cannot be known: the account may not list what it published ({code})"),
        ),
        (Some(Endpoint::FreepublishBatchget), _) => {
            ("departures", format!("why drafts leave the box is not asked before {} ({code})", local(*until)))
        }
        _ => {
            let name = endpoint.map_or("the platform", Endpoint::as_str);
            (
                "pace",
                format!("slowed down: too many calls a minute, {name} is called again at {} ({code})", local(*until)),
            )
        }
    }
}
