//! The status as text: the daemon, then a block for each account.

use chrono::TimeDelta;
use owo_colors::Style;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::output::{ago, size};
use super::super::times::local;
use super::{Report, notes, quota};
use crate::archive::{CopyState, PictureCount, PollRecord, ProofKind, ProofRecord, RefusedReload};
use crate::health::{
    AccountStatus, CopyProblem, MirrorProblem, Problem, ProofProblem, TargetProblem, copy_problems, proof_problems,
};
use crate::model::{DraftState, Timestamp, counted, quota_day_began};
use crate::sanitize;

/// The column in which values begin.
const LABELS: usize = 14;

pub(super) fn print(context: &CommandContext, report: &Report, now: Timestamp) -> Result<(), CommandError> {
    let archive = report.archive.to_string_lossy();
    let mut text = match (report.daemon, report.configured) {
        (Some(true), _) => format!("The daemon is running on {}.\n", sanitize::line(&archive)),
        (Some(false), true) => "The daemon is not running; to start it: systemctl start draftkeep\n".to_owned(),
        (Some(false), false) => format!("No daemon is running on {}.\n", sanitize::line(&archive)),
        (None, _) => "Whether the daemon is running cannot be seen; try: systemctl status draftkeep\n".to_owned(),
    };
    if let Some(RefusedReload { at, message }) = &report.refused {
        let (at, message) = (local(*at), sanitize::line(message));
        text.push_str(&format!("It refused the configuration at {at}, and goes on with the one before: {message}\n"));
        text.push_str("  → draftkeep config check && systemctl reload draftkeep\n");
    }
    for problem in &report.targets {
        text.push_str(&format!("Problem: {}\n  → {}\n", sanitize::line(&problem.what(&local)), problem.command()));
    }
    for problem in copy_problems(&report.copies) {
        text.push_str(&format!("Problem: {}\n  → {}\n", sanitize::line(&problem.what(&local)), problem.command()));
    }
    for problem in proof_problems(&report.proofs) {
        text.push_str(&format!("Problem: {}\n  → {}\n", sanitize::line(&problem.what(&local)), problem.command()));
    }
    if let Some(problem) = &report.mirror {
        let what = sanitize::line(&problem.what(&local)).into_owned();
        text.push_str(&format!("Problem: {what}\n  → {}\n", MirrorProblem::COMMAND));
    }
    report.copies.iter().filter_map(|state| good_copy(state, now)).for_each(|line| text.push_str(&line));
    text.push_str(&proofs(&report.proofs, now));
    text.push_str(&retention(report, now));
    if report.accounts.is_empty() {
        text.push_str("No account was polled yet.\n");
    }
    for account in &report.accounts {
        text.push_str(&block(context, account, report, now));
    }
    context.ui.text(&text)
}

/// Says when the last good copy was made.
fn good_copy(state: &CopyState, now: Timestamp) -> Option<String> {
    let good = state.good.as_ref().filter(|_| state.failure.is_none())?;
    let (made, size) = (ago(good.made_at, now), size(good.size));
    let is_read_again = good.proven_at - good.made_at > TimeDelta::hours(20);
    let proven = if is_read_again { format!(" {}", ago(good.proven_at, now)) } else { String::new() };
    Some(format!(
        "Copied to {} {made} ({}), {size}, read back and proven{proven}.\n",
        sanitize::line(&state.place),
        local(good.made_at)
    ))
}

/// Says what was proven of the archive, and when; nothing before the first proof.
fn proofs(records: &[ProofRecord], now: Timestamp) -> String {
    let of = |kind| records.iter().find(|record| record.key.kind == kind);
    let mut text = String::new();
    if let Some((record, (recent, total))) = of(ProofKind::Versions).and_then(|record| Some((record, record.recent?))) {
        let pictures = of(ProofKind::Assets).and_then(|record| record.recent).filter(|(_, total)| *total > 0);
        let pictures =
            pictures.map_or_else(String::new, |(recent, total)| format!(", {recent} of {}", counted(total, "picture")));
        let (last, when) = (ago(record.tried_at, now), local(record.tried_at));
        text.push_str(&format!(
            "Proven within 30 days: {recent} of {}{pictures}; last proof {last} ({when}).\n",
            counted(total, "version")
        ));
    }
    if let Some(at) = of(ProofKind::Files).and_then(|record| record.proven_at) {
        text.push_str(&format!("A version was restored to files and compared {} ({}).\n", ago(at, now), local(at)));
    }
    text
}

/// Says what the daemon keeps; nothing where it keeps all.
fn retention(report: &Report, now: Timestamp) -> String {
    let Some((rules, pruned_at)) = &report.retention else { return String::new() };
    let removed = match pruned_at {
        Some(at) => format!("versions were last removed {} ({})", ago(*at, now), local(*at)),
        None => "no version was removed yet".to_owned(),
    };
    format!("Kept of each draft: {rules}; {removed}.\n")
}

/// Returns one line per problem: of the accounts, of the targets, of the copies, of the proofs, then of the mirror.
pub(super) fn problems(report: &Report) -> String {
    let line = |account: &str, problem: &Problem| {
        let text = format!("{account}: {}; next: {}", problem.what(&local), problem.next(account, &local));
        format!("{}\n", sanitize::line(&text))
    };
    let of_account = |account: &AccountStatus| -> String {
        account.problems.iter().map(|problem| line(&account.stats.account, problem)).collect()
    };
    let of_target = |problem: &TargetProblem| {
        let text = format!("notify {}: {}; next: {}", problem.target, problem.what(&local), problem.command());
        format!("{}\n", sanitize::line(&text))
    };
    let of_copy = |problem: &CopyProblem| {
        format!("{}\n", sanitize::line(&format!("{}; next: {}", problem.what(&local), problem.command())))
    };
    let of_accounts = report.accounts.iter().map(of_account);
    let of_proof = |problem: &ProofProblem| {
        format!("{}\n", sanitize::line(&format!("{}; next: {}", problem.what(&local), problem.command())))
    };
    let of_copies: String = copy_problems(&report.copies).iter().map(of_copy).collect();
    let of_proofs: String = proof_problems(&report.proofs).iter().map(of_proof).collect();
    let of_mirror = |problem: &MirrorProblem| {
        let text = format!("{}; next: {}", problem.what(&local), MirrorProblem::COMMAND);
        format!("{}\n", sanitize::line(&text))
    };
    let of_mirror: String = report.mirror.iter().map(of_mirror).collect();
    of_accounts.chain(report.targets.iter().map(of_target)).chain([of_copies, of_proofs, of_mirror]).collect()
}

fn block(context: &CommandContext, account: &AccountStatus, report: &Report, now: Timestamp) -> String {
    let (stats, (state, style)) = (&account.stats, state(account));
    let mut lines = format!("\n{}: {}\n", sanitize::line(&stats.account), context.ui.painted(state, style));
    let mut line = |label: &str, value: &str| {
        lines.push_str(&format!(
            "  {label:<width$}{}\n",
            context.ui.folded(&sanitize::line(value), LABELS),
            width = LABELS - 2
        ));
    };
    let when = |instant: Timestamp| format!("{} ({})", ago(instant, now), local(instant));
    if let Some(before) = &stats.known_as {
        line("renamed", &format!("from {before}; the archive takes the new name over at the next poll"));
    }
    if let Some(name) = &account.polled_as {
        line("same appid", &format!("as {name}, which is polled; what was kept under this name stays readable"));
    }
    if let Some(poll) = &stats.last_poll {
        line("last poll", &format!("{}: {}", when(poll.finished_at), outcome(poll)));
        if poll.failure_count > 0 {
            line("last good", &stats.last_ok.map_or_else(|| "never".to_owned(), when));
        }
    }
    if stats.all_drafts() > 0 {
        line("drafts", &drafts(account));
        let today = stats.versions_today;
        line("versions", &format!("{}, {today} of them today", stats.versions));
    }
    if let Some(text) = pictures(stats.pictures) {
        line("pictures", &text);
    }
    let proven = |kind| {
        let is_it = |record: &&ProofRecord| record.key.kind == kind && record.key.appid == stats.appid;
        report.proofs.iter().find(is_it).and_then(|record| record.proven_at)
    };
    if let Some(at) = proven(ProofKind::Drafts) {
        line("compared", &format!("with drafts of the box {}", when(at)));
    }
    if let Some(at) = proven(ProofKind::Drill) {
        line("drill", &format!("a version came back as a new draft, and the draft was deleted again, {}", when(at)));
    }
    for drill in report.drills_left.iter().filter(|drill| drill.account == stats.account) {
        let draft = drill.media_id.as_ref().map_or_else(String::new, |media_id| format!(" {media_id}"));
        let text = format!(
            "the draft{draft} of the drill that began {} may be in the box still; the next drill deletes it",
            when(drill.started_at)
        );
        line("drill left", &text);
    }
    let held: Vec<_> = report.held_writes.iter().filter(|write| write.account == stats.account).collect();
    if !held.is_empty() {
        let count = counted(held.len() as u64, "write");
        line("programs", &format!("{count} to approve: draftkeep gate list --held"));
    }
    if let Some(forecast) = &account.forecast {
        line("polls", &forecast.words());
    }
    if account.forecast.is_some() || !stats.usage.is_empty() {
        let tomorrow = quota_day_began(now) + TimeDelta::days(1);
        quota::lines(stats, tomorrow).iter().for_each(|(label, text)| line(label, text));
    }
    notes::lines(stats).iter().for_each(|(label, text)| line(label, text));
    for problem in &account.problems {
        line("problem", &problem.what(&local));
        line("", &format!("→ {}", problem.next(&stats.account, &local)));
    }
    lines
}

/// The state in words; the colour adds nothing.
fn state(account: &AccountStatus) -> (&'static str, Style) {
    match account.configured {
        Some(false) => ("not in the configuration any more", Style::new().yellow()),
        _ if account.stats.last_poll.is_none() => ("never polled", Style::new().yellow()),
        _ if !account.problems.is_empty() => ("has problems", Style::new().red()),
        _ => ("healthy", Style::new().green()),
    }
}

fn outcome(poll: &PollRecord) -> String {
    let mut text = format!("{} seen, {}", counted(poll.seen, "draft"), counted(poll.new_versions, "new version"));
    if poll.missing > 0 {
        text.push_str(&format!(", {} missing", poll.missing));
    }
    if poll.failure_count > 0 {
        text.push_str(&format!(", {}", counted(poll.failure_count, "failure")));
    }
    text
}

/// Describes how many pictures are archived; `None` if none is needed.
fn pictures(PictureCount { held, missing, waiting, lost }: PictureCount) -> Option<String> {
    let parts = [
        (held, "held"),
        (missing, "missing, and asked for again and again"),
        (lost, "of these asked for in vain for hours, and needed by drafts in the box"),
        (waiting, "not asked for yet"),
    ];
    let text: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    (!text.is_empty()).then(|| text.join(", "))
}

fn drafts(account: &AccountStatus) -> String {
    let in_state = |state| match account.stats.in_state(state) {
        0 => None,
        drafts => Some(format!("{drafts} {}", state.as_str())),
    };
    DraftState::ALL.into_iter().filter_map(in_state).collect::<Vec<_>>().join(", ")
}
