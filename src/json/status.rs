//! The document of `status`.

use serde_json::{Map, Value, json};

use crate::archive::{
    AccountStats, CopyState, GateRecord, HeldDrafts, PictureCount, PollRecord, ProofRecord, RestoreRecord,
};
use crate::health::{
    AccountStatus, CopyProblem, Forecast, MirrorProblem, Problem, ProofProblem, TargetProblem, copy_problems,
    proof_problems,
};
use crate::model::{DraftState, Endpoint, ListOrder, Timestamp, rfc3339};
use crate::quota::FreshnessEstimate;
use crate::retention::Rules;

/// A limit that nobody told is the documentation's.
const DOCUMENTATION: &str = "documentation";

/// What concerns all accounts, and stands in the element of each.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceStatus<'a> {
    /// Whether the daemon runs; `None` if that is not known.
    pub daemon: Option<bool>,
    /// What is wrong with targets of messages.
    pub targets: &'a [TargetProblem],
    pub copies: &'a [CopyState],
    pub proofs: &'a [ProofRecord],
    /// What is wrong with the mirror.
    pub mirror: Option<&'a MirrorProblem>,
    /// What the daemon keeps, and when versions were pruned last; `None` where it keeps all.
    pub retention: Option<(&'a Rules, Option<Timestamp>)>,
    /// The drills whose draft may be in the box of their account still.
    pub drills_left: &'a [RestoreRecord],
    /// What programs asked to write, and waits for a yes.
    pub held_writes: &'a [GateRecord],
}

/// Returns the element of an account.
pub fn status(account: &AccountStatus, service: &ServiceStatus<'_>) -> Value {
    let stats = &account.stats;
    let ServiceStatus { daemon, targets, copies, proofs, mirror, retention, drills_left, held_writes } = service;
    let drills_left = drills_left.iter().filter(|drill| drill.account == stats.account);
    let held = held_writes.iter().filter(|write| write.account == stats.account);
    let made = stats.usage.iter().filter(|line| line.own_calls > 0);
    let calls = made.map(|line| (line.endpoint.as_str().to_owned(), json!(line.own_calls)));
    let limits = Endpoint::ALL.iter().map(|each| (each.as_str().to_owned(), json!(stats.usage_of(*each).limit())));
    let states = DraftState::ALL.iter().map(|state| (state.as_str().to_owned(), json!(stats.in_state(*state))));
    json!({
        "account": stats.account,
        "last_poll": stats.last_poll.as_ref().map(|poll| rfc3339(poll.finished_at)),
        "last_ok": stats.last_ok.map(rfc3339),
        "drafts": stats.all_drafts(),
        "calls_today": calls.collect::<Map<_, _>>(),
        "trouble": trouble(account),
        "held_back": held_back(account),
        "daemon": daemon,
        "outcome": stats.last_poll.as_ref().map(outcome),
        "drafts_by_state": states.collect::<Map<_, _>>(),
        "versions": stats.versions,
        "versions_today": stats.versions_today,
        "pictures": pictures(stats),
        "limits": limits.collect::<Map<_, _>>(),
        "quota": quota(stats),
        "freshness": account.forecast.as_ref().map(freshness),
        "volatile": stats.state.volatile,
        "list_order": stats.state.list_order.map(ListOrder::as_str),
        "next": account.next(),
        "configured": account.configured,
        "known_as": stats.known_as,
        "polled_as": account.polled_as,
        "targets": targets.iter().map(target).collect::<Vec<_>>(),
        "copies": copies.iter().map(copy).collect::<Vec<_>>(),
        "proofs": proofs.iter().filter(|record| is_of(record, &stats.appid)).map(proof).collect::<Vec<_>>(),
        "mirror": mirror.map(failing_mirror),
        "retention": retention.map(|(rules, pruned_at)| kept(rules, pruned_at)),
        "drills_left": drills_left.map(drill_left).collect::<Vec<_>>(),
        "held_writes": held.map(|write| write.id.0).collect::<Vec<_>>(),
    })
}

fn copy(state: &CopyState) -> Value {
    let (good, problem) = (state.good.as_ref(), copy_problems(std::slice::from_ref(state)).pop());
    json!({
        "place": state.place,
        "name": good.map(|good| &good.name),
        "made_at": good.map(|good| rfc3339(good.made_at)),
        "proven_at": good.map(|good| rfc3339(good.proven_at)),
        "size": good.map(|good| good.size),
        "failing_since": problem.as_ref().map(|problem| rfc3339(problem.since)),
        "reason": problem.as_ref().map(|problem| problem.fault.text()),
        "fault": problem.as_ref().map(|problem| problem.fault.fault.kind.as_str()),
        "next": problem.as_ref().map(CopyProblem::command),
    })
}

/// Returns whether a proof is about the archive as a whole, or this account.
fn is_of(record: &ProofRecord, appid: &str) -> bool {
    record.key.appid.is_empty() || record.key.appid == appid
}

fn proof(record: &ProofRecord) -> Value {
    let problem = proof_problems(std::slice::from_ref(record)).pop();
    json!({
        "kind": record.key.kind.as_str(),
        "tried_at": rfc3339(record.tried_at),
        "proven_at": record.proven_at.map(rfc3339),
        "checked": record.checked,
        "recent": record.recent.map(|(recent, _)| recent),
        "total": record.recent.map(|(_, total)| total),
        "failing_since": problem.as_ref().map(|problem| rfc3339(problem.since)),
        "reason": problem.as_ref().map(|problem| problem.failed.fault.text()),
        "fault": problem.as_ref().map(|problem| problem.failed.fault.kind.as_str()),
        "about": problem.as_ref().map(|problem| &problem.failed.fault.about),
        "is_damage": record.failure.as_ref().map(|failure| failure.is_damage),
        "next": problem.as_ref().map(ProofProblem::command),
    })
}

/// What `[retention]` says, in the keys of the configuration.
fn kept(rules: &Rules, pruned_at: Option<Timestamp>) -> Value {
    let Rules { last, within, daily, weekly, monthly, drop_session_ends } = rules;
    json!({
        "keep_last": last,
        "keep_within": within.as_ref().map(ToString::to_string),
        "keep_daily": daily,
        "keep_weekly": weekly,
        "keep_monthly": monthly,
        "drop_session_ends": drop_session_ends,
        "pruned_at": pruned_at.map(rfc3339),
    })
}

fn drill_left(record: &RestoreRecord) -> Value {
    json!({"restore": record.id.0, "media_id": record.media_id, "began_at": rfc3339(record.started_at)})
}

fn failing_mirror(problem: &MirrorProblem) -> Value {
    let MirrorProblem { since, reason } = problem;
    json!({"failing_since": rfc3339(*since), "reason": reason, "next": MirrorProblem::COMMAND})
}

fn target(problem: &TargetProblem) -> Value {
    let TargetProblem { target, kind, since, .. } = problem;
    json!({
        "name": target,
        "problem": kind.as_str(),
        "since": rfc3339(*since),
        "answer": problem.answer(),
        "next": problem.command(),
    })
}

/// Returns what is known of drafts that are held back.
fn held_back(account: &AccountStatus) -> Option<Value> {
    let document = |HeldDrafts { drafts, since, confirmable_from }: &HeldDrafts| json!({"drafts": drafts, "since": rfc3339(*since), "believed_at": confirmable_from.map(rfc3339)});
    account.problems.iter().find_map(|problem| match problem {
        Problem::HeldBack(held) => Some(document(held)),
        _ => None,
    })
}

/// Returns all problems in one text, each with its next step.
fn trouble(account: &AccountStatus) -> Option<String> {
    let text = |problem: &Problem| {
        format!("{}; next: {}", problem.what(&rfc3339), problem.next(&account.stats.account, &rfc3339))
    };
    let texts: Vec<_> = account.problems.iter().map(text).collect();
    (!texts.is_empty()).then(|| texts.join(". Also: "))
}

fn pictures(stats: &AccountStats) -> Value {
    let PictureCount { held, missing, waiting, lost } = stats.pictures;
    json!({"held": held, "missing": missing, "waiting": waiting, "lost": lost})
}

fn outcome(poll: &PollRecord) -> Value {
    json!({
        "strategy": poll.strategy.as_str(),
        "calls": poll.calls,
        "seen": poll.seen,
        "new_versions": poll.new_versions,
        "missing": poll.missing,
        "errors": poll.failure_count,
    })
}

/// What can be promised, in seconds.
fn freshness(forecast: &Forecast) -> Value {
    match forecast {
        Forecast::Adaptive(FreshnessEstimate { active, idle, new }) => {
            let new = new.map(|new| new.num_seconds());
            json!({ "edited": active.num_seconds(), "others": idle.num_seconds(), "new": new })
        }
        _ => Value::Null,
    }
}

/// What the platform allows today and who used it, by endpoint.
fn quota(stats: &AccountStats) -> Map<String, Value> {
    let line = |endpoint: &Endpoint| {
        let line = stats.usage_of(*endpoint);
        let reported = line.reported.as_ref();
        let document = json!({
            "limit": line.limit(),
            "limit_from": reported.map_or(DOCUMENTATION, |report| report.from.as_str()),
            "ours": line.own_calls,
            "others": reported.map(|report| report.others),
            "left": line.left(),
            "told_at": reported.map(|report| rfc3339(report.at)),
        });
        (endpoint.as_str().to_owned(), document)
    };
    Endpoint::ALL.iter().map(line).collect()
}
