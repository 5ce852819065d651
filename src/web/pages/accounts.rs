//! `/`: the accounts, those with problems first, each in one sentence.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::super::access::Visitor;
use super::super::caller::Caller;
use super::super::daemon_state::{self, RUNS};
use super::super::layout;
use super::super::page_error::PageError;
use super::super::problems;
use super::super::site::Site;
use super::super::texts::filled;
use super::super::time;
use crate::archive::{ProofKind, ProofRecord, RestoreRecord, unless_damaged};
use crate::gate;
use crate::health::{self, AccountStatus, Problem};
use crate::json;
use crate::model::{DraftState, Language, Timestamp};

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
) -> Result<Response, PageError> {
    let (now, config, language) = (site.clock().now(), site.config(), caller.language);
    let rules = config.retention.clone();
    let (accounts, targets, copies, proofs, mirror, pruned_at, drills_left, waiting) = site
        .read(move |reader| {
            let report = daemon_state::report(reader);
            let accounts = health::status(&config, reader.account_stats(now)?, RUNS, &report, now);
            let targets = health::target_problems(&reader.outbox_targets()?, &report, now);
            let mirror = health::mirror_problem(&reader.open_conditions()?);
            let (copies, proofs) = (reader.copy_states()?, reader.proofs()?);
            let pruned_at = unless_damaged(reader.last_pruned_at())?;
            let drills_left = unless_damaged(reader.drills_left())?;
            let waiting = gate::waiting(reader, now)?;
            Ok((accounts, targets, copies, proofs, mirror, pruned_at, drills_left, waiting))
        })
        .await?;
    if caller.wants_json {
        let (targets, copies, proofs, drills_left, held_writes) = (&targets, &copies, &proofs, &drills_left, &waiting);
        let (daemon, mirror, retention) = (RUNS, mirror.as_ref(), rules.as_ref().map(|rules| (rules, pruned_at)));
        let service =
            json::ServiceStatus { daemon, targets, copies, proofs, mirror, retention, drills_left, held_writes };
        let document: Vec<_> = accounts.iter().map(|account| json::status(account, &service)).collect();
        return Ok(Json(document).into_response());
    }
    let texts = language.texts();
    let body = html! {
        h1 { (texts.accounts) }
        @if accounts.is_empty() { p { (texts.no_accounts) } }
        @if !waiting.is_empty() { p.alert { a href="/writes" { (filled(texts.writes_waiting, waiting.len())) } } }
        @let failing: Vec<_> = copies.iter().filter(|state| state.failure.is_some()).collect();
        @let doubtful = health::proof_problems(&proofs);
        @if !targets.is_empty() || !failing.is_empty() || !doubtful.is_empty() {
            @for problem in &targets { p.alert { "⚠ " (problems::of_target(problem, language)) } }
            @for state in failing { p.alert { "⚠ " (problems::of_copy(state, language)) } }
            @for problem in &doubtful { p.alert { "⚠ " (problems::of_proof(problem, language)) } }
            p.dim { (texts.tell_operator) " · " code { "draftkeep status" } }
        }
        @for good in copies.iter().filter(|state| state.failure.is_none()).filter_map(|state| state.good.as_ref()) {
            p.dim { (texts.copied) (time::instant(good.made_at, now, texts)) }
        }
        @if let Some((record, (recent, total))) = proven_versions(&proofs) {
            p.dim {
                (filled(texts.proven, format!("{recent}/{total}"))) " · "
                (texts.last_proof) (time::instant(record.tried_at, now, texts))
            }
        }
        ul.items { @for account in troubled_first(&accounts) { (item(account, language, now)) } }
    };
    Ok(layout::page(&caller, Some(&visitor), texts.accounts, &body))
}

/// Returns how many versions were proven lately, of how many.
fn proven_versions(proofs: &[ProofRecord]) -> Option<(&ProofRecord, (u64, u64))> {
    let record = proofs.iter().find(|record| record.key.kind == ProofKind::Versions)?;
    Some((record, record.recent?))
}

/// Returns the accounts with problems, then the others, then those that are not watched any more; each in its order.
fn troubled_first(accounts: &[AccountStatus]) -> Vec<&AccountStatus> {
    let mut sorted: Vec<_> = accounts.iter().collect();
    sorted.sort_by_key(|account| (account.configured != Some(true), account.problems.is_empty()));
    sorted
}

fn item(account: &AccountStatus, language: Language, now: Timestamp) -> Markup {
    let (texts, stats) = (language.texts(), &account.stats);
    let in_states = |states: &[DraftState]| states.iter().map(|state| stats.in_state(*state)).sum::<u64>();
    let lost = in_states(&[DraftState::Missing, DraftState::Deleted, DraftState::Gone]);
    let published = in_states(&[DraftState::Published]);
    let address = format!("/a/{}", stats.account);
    html! {
        li.item {
            h2 { a href=(address) { (stats.account) } }
            @if account.configured != Some(true) {
                p { (texts.not_watched) }
            } @else if account.problems.is_empty() {
                p.good { "✓ " (texts.all_is_well) }
            } @else {
                @for problem in &account.problems {
                    p.alert {
                        "⚠ " (problems::sentence(problem, language))
                        @if let Problem::UnfinishedRestore(RestoreRecord { id, .. }) = problem {
                            " " a href={ "/restores/" (id) } { (filled(texts.restore_number, id)) }
                        }
                    }
                }
                p.dim { (texts.tell_operator) " · " code { "draftkeep status " (stats.account) } }
            }
            p.dim {
                (filled(texts.drafts_in_box, in_states(&[DraftState::Live])))
                @if lost > 0 { " · " a href={ (address) "?show=lost" } { (filled(texts.drafts_lost, lost)) } }
                @if published > 0 { " · " a href={ (address) "?show=published" } { (filled(texts.drafts_published, published)) } }
                @if let Some(poll) = &stats.last_poll {
                    " · " (texts.last_read) (time::instant(poll.finished_at, now, texts))
                }
            }
        }
    }
}
