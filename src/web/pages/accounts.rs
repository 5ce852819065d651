//! `/`: the accounts, those with problems first, each in one sentence.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::super::access::Visitor;
use super::super::answer::PageError;
use super::super::caller::Caller;
use super::super::problems;
use super::super::site::Site;
use super::super::texts::{Language, filled};
use super::{layout, time};
use crate::archive::{AccountStats, DaemonLock, DaemonReport};
use crate::config::Account;
use crate::health::{self, Problem};
use crate::model::{DraftState, Timestamp};

/// An account, and what is wrong with it.
struct Line {
    stats: AccountStats,
    is_watched: bool,
    problems: Vec<Problem>,
}

pub(in super::super) async fn get(
    State(site): State<Site>,
    visitor: Visitor,
    caller: Caller,
) -> Result<Response, PageError> {
    if caller.wants_json {
        return Err(PageError::NoJson);
    }
    let (now, accounts, language) = (site.clock().now(), site.settings().accounts, caller.language);
    let lines = site
        .read(move |reader| {
            let report = DaemonLock::reported(reader.path()).unwrap_or_default();
            Ok(lines(&accounts, reader.account_stats(now)?, &report, now))
        })
        .await?;
    let texts = language.texts();
    let body = html! {
        h1 { (texts.accounts) }
        @if lines.is_empty() { p { (texts.no_accounts) } }
        ul.items { @for line in &lines { (item(line, language, now)) } }
    };
    Ok(layout::page(&caller, Some(&visitor), texts.accounts, &body))
}

/// Returns the accounts of the configuration in its order, problems first; then those that only the archive has.
fn lines(accounts: &[Account], mut all: Vec<AccountStats>, report: &DaemonReport, now: Timestamp) -> Vec<Line> {
    let watched = accounts.iter().map(|account| {
        let stats = AccountStats::take_or_default(&mut all, &account.name, &account.appid);
        let forecast = health::forecast(&stats, account, now);
        // The daemon answers, so it runs.
        let problems = health::problems(&stats, Some(account), forecast.as_ref(), Some(true), report, now);
        Line { stats, is_watched: true, problems }
    });
    let mut lines: Vec<Line> = watched.collect();
    lines.sort_by_key(|line| line.problems.is_empty());
    lines.extend(all.into_iter().map(|stats| Line { stats, is_watched: false, problems: Vec::new() }));
    lines
}

fn item(line: &Line, language: Language, now: Timestamp) -> Markup {
    let (texts, stats) = (language.texts(), &line.stats);
    let in_states = |states: &[DraftState]| states.iter().map(|state| stats.in_state(*state)).sum::<u64>();
    let lost = in_states(&[DraftState::Missing, DraftState::Deleted, DraftState::Gone]);
    let published = in_states(&[DraftState::Published]);
    let address = format!("/a/{}", stats.account);
    html! {
        li.item {
            h2 { a href=(address) { (stats.account) } }
            @if !line.is_watched {
                p { (texts.not_watched) }
            } @else if line.problems.is_empty() {
                p.good { "✓ " (texts.all_is_well) }
            } @else {
                @for problem in &line.problems { p.alert { "⚠ " (problems::sentence(problem, language)) } }
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
