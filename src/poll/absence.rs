//! What may be concluded about drafts that were not there. Pure.
//!
//! A draft that leaves the box was published or deleted, or the platform's answer was wrong; the platform tells 40007
//! for all of it. So one absence makes a draft `missing`; it takes a second one, at least a minute later and confirmed
//! by `draft/get`, to believe it.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::archive::{Absence, Known};
use crate::model::{DraftState, MediaId, Timestamp};

/// How long after the first absence a second one counts.
pub(super) const APART: TimeDelta = TimeDelta::minutes(1);

/// Drafts that are missed one after the other within this time vanish at once, as a poll in steps sees it.
const AT_ONCE: TimeDelta = TimeDelta::minutes(10);

/// Which drafts were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// All of them, as far as the poll came: one that was cut short says nothing about the others.
    All,
    /// One, or a page, of a box whose other drafts are there for all that is known.
    Some,
}

/// Drafts known before that a list of the whole box did not hold.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    pub(super) media_ids: Vec<MediaId>,
    /// Whether the list surely held every draft of the box; else `draft/get` must say so of each.
    pub(super) is_proven: bool,
}

/// What a poll may conclude.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Verdicts {
    /// Concluded.
    pub(super) absences: Vec<Absence>,
    /// To be concluded once `draft/get` has said so too.
    pub(super) to_confirm: Vec<Absence>,
    /// Why nothing was concluded, for the operator.
    pub(super) warning: Option<String>,
}

/// Judges absences. `not_found` drafts were refused by `draft/get` itself, `unlisted` ones were not on a list of the whole
/// box, `seen` ones are there. A draft that was first missed before the last `patience` is more than missing.
pub(super) fn judge<'a>(
    known: impl IntoIterator<Item = &'a Known>,
    not_found: &[MediaId],
    unlisted: &Unlisted,
    seen: &[MediaId],
    now: Timestamp,
    patience: TimeDelta,
    asked: Asked,
) -> Verdicts {
    let not_found: HashSet<&MediaId> = not_found.iter().collect();
    let Unlisted { media_ids: unlisted, is_proven } = unlisted;
    let unlisted: HashSet<&MediaId> = unlisted.iter().collect();
    let present: Vec<&Known> = known.into_iter().filter(|known| known.is_present()).collect();
    let absent: Vec<&&Known> = present
        .iter()
        .filter(|known| not_found.contains(&known.media_id) || unlisted.contains(&known.media_id))
        .collect();
    let seen: HashSet<&MediaId> = seen.iter().collect();
    let just_missed = |known: &&&Known| {
        let is_new = known.missing_since.is_some_and(|since| (TimeDelta::zero()..=AT_ONCE).contains(&(now - since)));
        asked == Asked::Some && known.state == DraftState::Missing && is_new && !seen.contains(&known.media_id)
    };
    let live = |known: &Known| known.state == DraftState::Live;
    let there = |known: &&&Known| live(known) && (asked == Asked::Some || seen.contains(&known.media_id));
    let missed = absent.iter().filter(|known| live(known)).count();
    let vanished = missed + present.iter().filter(just_missed).count();
    let before = match asked {
        Asked::All => vanished + present.iter().filter(there).count(),
        Asked::Some => vanished - missed + present.iter().filter(there).count(),
    };
    if let Some(warning) = too_many(vanished, before) {
        return Verdicts { warning: Some(warning), ..Verdicts::default() };
    }
    let mut verdicts = Verdicts::default();
    for draft in absent {
        let again = draft.missing_since.is_some_and(|since| now - since >= patience);
        let state = if again { DraftState::Gone } else { DraftState::Missing };
        let absence = Absence { media_id: draft.media_id.clone(), state, at: now };
        // An empty list is no evidence: a box that was not read looks the same.
        let is_listed_well = *is_proven && !seen.is_empty();
        let sure = not_found.contains(&draft.media_id) || (state == DraftState::Missing && is_listed_well);
        if sure { verdicts.absences.push(absence) } else { verdicts.to_confirm.push(absence) }
    }
    verdicts
}

/// The breaker: several drafts, and more than a fifth of the box, do not vanish at once; something else is wrong. One draft
/// alone is everyday life, however small the box.
fn too_many(vanished: usize, before: usize) -> Option<String> {
    (vanished >= 2 && vanished * 5 > before).then(|| {
        format!(
            "{vanished} of {before} drafts vanished at once, which is more than a fifth: nothing is concluded about them. \
             Look into the draft box at mp.weixin.qq.com; their versions are safe in the archive."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minute)
    }

    fn id(n: usize) -> MediaId {
        MediaId::new(format!("D{n}"))
    }

    fn live(n: usize) -> Known {
        Known {
            media_id: id(n),
            state: DraftState::Live,
            missing_since: None,
            number: 1,
            hash: None,
            version_time: None,
            last_seen: at(0),
            create_time: None,
            update_time: None,
            read_time: None,
        }
    }

    fn missing(n: usize, since: i64) -> Known {
        Known { state: DraftState::Missing, missing_since: Some(at(since)), ..live(n) }
    }

    fn states(absences: &[Absence]) -> Vec<(&str, DraftState)> {
        absences.iter().map(|absence| (absence.media_id.as_str(), absence.state)).collect()
    }

    fn unlisted_from(unlisted: &[MediaId]) -> Unlisted {
        Unlisted { media_ids: unlisted.to_vec(), is_proven: true }
    }

    fn judged(
        known: &[Known],
        not_found: &[MediaId],
        unlisted: &[MediaId],
        seen: &[MediaId],
        now: Timestamp,
    ) -> Verdicts {
        judge(known, not_found, &unlisted_from(unlisted), seen, now, APART, Asked::All)
    }

    #[test]
    fn one_absence_is_missing_and_two_a_minute_apart_are_gone() {
        let verdicts = judged(&[live(1), live(2)], &[id(1)], &[], &[id(2)], at(0));
        assert_eq!(states(&verdicts.absences), [("D1", DraftState::Missing)]);
        let too_soon = judged(&[missing(1, 0), live(2)], &[id(1)], &[], &[id(2)], at(0) + TimeDelta::seconds(59));
        assert_eq!(states(&too_soon.absences), [("D1", DraftState::Missing)]);
        let verdicts = judged(&[missing(1, 0), live(2)], &[id(1)], &[], &[id(2)], at(1));
        assert_eq!(states(&verdicts.absences), [("D1", DraftState::Gone)]);
    }

    #[test]
    fn a_list_alone_never_makes_a_draft_gone() {
        let verdicts = judged(&[missing(1, 0), live(2)], &[], &[id(1)], &[id(2)], at(5));
        assert_eq!(states(&verdicts.absences), []);
        assert_eq!(states(&verdicts.to_confirm), [("D1", DraftState::Gone)]);
    }

    #[test]
    fn a_draft_stays_missing_while_there_is_patience_and_is_not_asked_for() {
        let day = TimeDelta::days(1);
        let unlisted = unlisted_from(&[id(1)]);
        let patient =
            |after| judge(&[missing(1, 0), live(2)], &[], &unlisted, &[id(2)], at(0) + after, day, Asked::All);
        let verdicts = patient(day - TimeDelta::seconds(1));
        assert_eq!((states(&verdicts.absences), verdicts.to_confirm), (vec![("D1", DraftState::Missing)], vec![]));
        assert_eq!(states(&patient(day).to_confirm), [("D1", DraftState::Gone)]);
    }

    #[test]
    fn a_list_that_is_not_proven_makes_no_draft_missing() {
        let unlisted = Unlisted { is_proven: false, ..unlisted_from(&[id(1)]) };
        let verdicts = judge(&[live(1), live(2)], &[], &unlisted, &[id(2)], at(0), APART, Asked::All);
        assert_eq!(states(&verdicts.absences), []);
        assert_eq!(states(&verdicts.to_confirm), [("D1", DraftState::Missing)]);
    }

    #[test]
    fn an_empty_list_is_no_evidence() {
        let verdicts = judged(&[live(1)], &[], &[id(1)], &[], at(0));
        assert_eq!(states(&verdicts.absences), []);
        assert_eq!(states(&verdicts.to_confirm), [("D1", DraftState::Missing)]);
    }

    #[test]
    fn more_than_a_fifth_at_once_is_not_believed() {
        let known: Vec<Known> = (0..10).map(live).collect();
        let absent: Vec<MediaId> = (0..3).map(id).collect();
        let verdicts = judged(&known, &[], &absent, &(3..10).map(id).collect::<Vec<_>>(), at(0));
        assert_eq!((states(&verdicts.absences), states(&verdicts.to_confirm)), (vec![], vec![]));
        assert!(verdicts.warning.unwrap().starts_with("3 of 10 drafts vanished at once"));
        let rest: Vec<MediaId> = (2..10).map(id).collect();
        assert!(judged(&known, &[], &absent[..2], &rest, at(0)).warning.is_none());
        assert!(judged(&known, &absent[..2], &[], &rest[..3], at(0)).warning.is_some(), "the others were not asked");
        assert!(judged(&known[..2], &[], &absent[..1], &[id(1)], at(0)).warning.is_none());
    }
}
