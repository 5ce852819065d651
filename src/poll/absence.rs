//! What may be concluded about drafts that were not there. Pure.
//!
//! The platform answers 40007 if a draft was published, if it was deleted, and sometimes if nothing happened to it. So one
//! absence makes a draft `missing`. A second one, at least a minute later and confirmed by `draft/get`, makes it gone. If more
//! than a fifth of a box vanishes at once, those drafts are held back: each is gone once `draft/get` has confirmed it in two
//! polls that are ten minutes apart, or when the operator says so.

use std::collections::HashSet;

use chrono::TimeDelta;

use crate::archive::{DraftSnapshot, MissingDraft, SeenDraft};
use crate::model::{DraftState, MediaId, Timestamp};

/// A second absence counts only so long after the first one.
pub(super) const MIN_CONFIRM_GAP: TimeDelta = TimeDelta::minutes(1);

/// A poll in steps counts drafts that vanish within this time as drafts that vanish at once.
const BURST_WINDOW: TimeDelta = TimeDelta::minutes(10);

/// How much of the box the poll looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    /// All drafts, as far as the poll came: if it was cut short, nothing is known of the others.
    Full,
    /// One draft or one page. The other drafts are taken to be there.
    Partial,
}

/// Drafts known before that a list of the whole box did not hold.
#[derive(Debug, Default)]
pub(super) struct Unlisted {
    pub(super) media_ids: Vec<MediaId>,
    /// Whether the list certainly had every draft of the box. If not, `draft/get` must confirm each absence.
    pub(super) is_proven: bool,
}

/// What a poll has seen of a box.
pub(super) struct Evidence<'a> {
    /// Drafts that `draft/get` itself did not have.
    not_found: HashSet<&'a MediaId>,
    /// Drafts that were not on a list of the whole box.
    unlisted: HashSet<&'a MediaId>,
    is_proven: bool,
    seen: HashSet<&'a MediaId>,
    coverage: Coverage,
    now: Timestamp,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(
        not_found: &'a [MediaId],
        unlisted: &'a Unlisted,
        seen: &'a [SeenDraft],
        coverage: Coverage,
        now: Timestamp,
    ) -> Self {
        Self {
            not_found: not_found.iter().collect(),
            unlisted: unlisted.media_ids.iter().collect(),
            is_proven: unlisted.is_proven,
            seen: seen.iter().map(|seen| &seen.media_id).collect(),
            coverage,
            now,
        }
    }

    /// Returns whether a draft was not there.
    pub(super) fn is_absent(&self, known: &DraftSnapshot) -> bool {
        self.not_found.contains(&known.media_id) || self.unlisted.contains(&known.media_id)
    }

    /// Returns whether the platform said of this very draft that it is not there, or showed it.
    pub(super) fn is_answered(&self, known: &DraftSnapshot) -> bool {
        let is_shown = self.seen.contains(&known.media_id) && !self.unlisted.contains(&known.media_id);
        self.not_found.contains(&known.media_id) || is_shown
    }

    /// Returns whether so many drafts vanished at once that something else is probably wrong: two or more, and more than a fifth of
    /// the box. One draft alone is normal, however small the box.
    pub(super) fn is_mass_disappearance(&self, known: &[&DraftSnapshot]) -> bool {
        let vanished = known.iter().filter(|known| self.has_vanished(known)).count();
        let before = known.iter().filter(|known| self.has_vanished(known) || self.is_there(known)).count();
        vanished >= 2 && vanished * 5 > before
    }

    /// Returns whether a draft vanished just now: in this poll, in one of the steps before it, or together with the drafts that are
    /// held back.
    fn has_vanished(&self, known: &DraftSnapshot) -> bool {
        let is_seen = self.seen.contains(&known.media_id);
        let is_new =
            known.missing_since.is_some_and(|since| (TimeDelta::zero()..=BURST_WINDOW).contains(&(self.now - since)));
        let was_just_missed = self.coverage == Coverage::Partial && known.state == DraftState::Missing && is_new;
        (is_live(known) && self.is_absent(known)) || (!is_seen && (was_just_missed || known.held_back.is_some()))
    }

    fn is_there(&self, known: &DraftSnapshot) -> bool {
        is_live(known) && (self.coverage == Coverage::Partial || self.seen.contains(&known.media_id))
    }
}

fn is_live(known: &DraftSnapshot) -> bool {
    known.state == DraftState::Live
}

/// What a poll may conclude.
#[derive(Debug, Default, PartialEq)]
pub(super) struct AbsenceDecision {
    /// Concluded.
    pub(super) absences: Vec<MissingDraft>,
    /// To be concluded if `draft/get` confirms them.
    pub(super) to_confirm: Vec<MissingDraft>,
    /// Nothing is concluded yet about these, because too many vanished at once.
    pub(super) held_back: Vec<MediaId>,
}

/// Decides about absent drafts. `known` are the drafts that should be in the box. A draft that was first missed `confirm_gap` ago or
/// earlier is gone, not only missing. A draft that is held back stays so, whatever happens to the others.
pub(super) fn decide_absences(
    known: &[&DraftSnapshot],
    evidence: &Evidence<'_>,
    confirm_gap: TimeDelta,
) -> AbsenceDecision {
    let is_mass_disappearance = evidence.is_mass_disappearance(known);
    let mut decision = AbsenceDecision::default();
    for draft in known.iter().filter(|known| evidence.is_absent(known)) {
        if is_mass_disappearance || draft.held_back.is_some() {
            decision.held_back.push(draft.media_id.clone());
            continue;
        }
        let again = draft.missing_since.is_some_and(|since| evidence.now - since >= confirm_gap);
        let state = if again { DraftState::Gone } else { DraftState::Missing };
        let absence = MissingDraft { media_id: draft.media_id.clone(), state, at: evidence.now };
        // An empty list proves nothing: a box that could not be read looks the same.
        let is_listed_well = evidence.is_proven && !evidence.seen.is_empty();
        let is_confirmed = evidence.not_found.contains(&draft.media_id);
        let sure = is_confirmed || (state == DraftState::Missing && is_listed_well);
        if sure { decision.absences.push(absence) } else { decision.to_confirm.push(absence) }
    }
    decision
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::HeldBack;

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minute)
    }

    fn id(n: usize) -> MediaId {
        MediaId::new(format!("D{n}"))
    }

    fn live(n: usize) -> DraftSnapshot {
        DraftSnapshot {
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
            held_back: None,
        }
    }

    fn missing(n: usize, since: i64) -> DraftSnapshot {
        DraftSnapshot { state: DraftState::Missing, missing_since: Some(at(since)), ..live(n) }
    }

    fn states(absences: &[MissingDraft]) -> Vec<(&str, DraftState)> {
        absences.iter().map(|absence| (absence.media_id.as_str(), absence.state)).collect()
    }

    fn unlisted_from(unlisted: &[MediaId]) -> Unlisted {
        Unlisted { media_ids: unlisted.to_vec(), is_proven: true }
    }

    fn judged(
        known: &[DraftSnapshot],
        not_found: &[MediaId],
        unlisted: &[MediaId],
        seen: &[MediaId],
        now: Timestamp,
    ) -> AbsenceDecision {
        judged_with(known, not_found, &unlisted_from(unlisted), seen, now, MIN_CONFIRM_GAP)
    }

    fn judged_with(
        known: &[DraftSnapshot],
        not_found: &[MediaId],
        unlisted: &Unlisted,
        seen: &[MediaId],
        now: Timestamp,
        confirm_gap: TimeDelta,
    ) -> AbsenceDecision {
        let seen_draft = |media_id: &MediaId| SeenDraft {
            media_id: media_id.clone(),
            at: now,
            create_time: None,
            update_time: None,
            is_read: true,
        };
        let seen: Vec<SeenDraft> = seen.iter().map(seen_draft).collect();
        let known: Vec<&DraftSnapshot> = known.iter().collect();
        decide_absences(&known, &Evidence::new(not_found, unlisted, &seen, Coverage::Full, now), confirm_gap)
    }

    #[test]
    fn a_draft_is_answered_for_where_the_platform_spoke_of_it_or_listed_it() {
        let is_answered = |not_found: &[MediaId], unlisted: &[MediaId], seen: &[MediaId]| {
            let seen_draft = |id: &MediaId| SeenDraft {
                media_id: id.clone(),
                at: at(0),
                create_time: None,
                update_time: None,
                is_read: true,
            };
            let (unlisted, seen) = (unlisted_from(unlisted), seen.iter().map(seen_draft).collect::<Vec<_>>());
            Evidence::new(not_found, &unlisted, &seen, Coverage::Full, at(0)).is_answered(&live(1))
        };
        assert!(is_answered(&[id(1)], &[], &[]) && is_answered(&[id(1)], &[id(1)], &[]));
        assert!(is_answered(&[], &[], &[id(1)]));
        assert!(!is_answered(&[], &[id(1)], &[id(1)]), "it was there before the list was read, and is not on it");
        assert!(!is_answered(&[], &[], &[]) && !is_answered(&[id(2)], &[], &[id(2)]));
    }

    #[test]
    fn one_absence_is_missing_and_two_a_minute_apart_are_gone() {
        let decision = judged(&[live(1), live(2)], &[id(1)], &[], &[id(2)], at(0));
        assert_eq!(states(&decision.absences), [("D1", DraftState::Missing)]);
        let too_soon = judged(&[missing(1, 0), live(2)], &[id(1)], &[], &[id(2)], at(0) + TimeDelta::seconds(59));
        assert_eq!(states(&too_soon.absences), [("D1", DraftState::Missing)]);
        let decision = judged(&[missing(1, 0), live(2)], &[id(1)], &[], &[id(2)], at(1));
        assert_eq!(states(&decision.absences), [("D1", DraftState::Gone)]);
    }

    #[test]
    fn a_list_alone_never_makes_a_draft_gone() {
        let decision = judged(&[missing(1, 0), live(2)], &[], &[id(1)], &[id(2)], at(5));
        assert_eq!(states(&decision.absences), []);
        assert_eq!(states(&decision.to_confirm), [("D1", DraftState::Gone)]);
    }

    #[test]
    fn a_draft_stays_missing_until_the_gap_is_over_and_is_not_asked_for() {
        let day = TimeDelta::days(1);
        let unlisted = unlisted_from(&[id(1)]);
        let after_gap = |after| judged_with(&[missing(1, 0), live(2)], &[], &unlisted, &[id(2)], at(0) + after, day);
        let decision = after_gap(day - TimeDelta::seconds(1));
        assert_eq!((states(&decision.absences), decision.to_confirm), (vec![("D1", DraftState::Missing)], vec![]));
        assert_eq!(states(&after_gap(day).to_confirm), [("D1", DraftState::Gone)]);
    }

    #[test]
    fn a_list_that_is_not_proven_makes_no_draft_missing() {
        let unlisted = Unlisted { is_proven: false, ..unlisted_from(&[id(1)]) };
        let decision = judged_with(&[live(1), live(2)], &[], &unlisted, &[id(2)], at(0), MIN_CONFIRM_GAP);
        assert_eq!(states(&decision.absences), []);
        assert_eq!(states(&decision.to_confirm), [("D1", DraftState::Missing)]);
    }

    #[test]
    fn an_empty_list_is_no_evidence() {
        let decision = judged(&[live(1)], &[], &[id(1)], &[], at(0));
        assert_eq!(states(&decision.absences), []);
        assert_eq!(states(&decision.to_confirm), [("D1", DraftState::Missing)]);
    }

    #[test]
    fn more_than_a_fifth_at_once_is_not_believed() {
        let known: Vec<DraftSnapshot> = (0..10).map(live).collect();
        let absent: Vec<MediaId> = (0..3).map(id).collect();
        let decision = judged(&known, &[], &absent, &(3..10).map(id).collect::<Vec<_>>(), at(0));
        assert_eq!((states(&decision.absences), states(&decision.to_confirm)), (vec![], vec![]));
        assert_eq!(decision.held_back, absent);
        let rest: Vec<MediaId> = (2..10).map(id).collect();
        let held_back = |known: &[DraftSnapshot], not_found: &[MediaId], unlisted: &[MediaId], seen: &[MediaId]| {
            judged(known, not_found, unlisted, seen, at(0)).held_back.len()
        };
        assert_eq!(held_back(&known, &[], &absent[..2], &rest), 0);
        assert_eq!(held_back(&known, &absent[..2], &[], &rest[..3]), 2, "the others were not asked");
        assert_eq!(held_back(&known[..2], &[], &absent[..1], &[id(1)]), 0);
    }

    #[test]
    fn drafts_that_were_missed_before_do_not_vanish_anew() {
        let known = [missing(1, 0), missing(2, 0), live(3), live(4), live(5)];
        let decision = judged(&known, &[id(1), id(2)], &[], &[id(3), id(4), id(5)], at(60));
        assert_eq!(states(&decision.absences), [("D1", DraftState::Gone), ("D2", DraftState::Gone)]);
    }

    #[test]
    fn who_is_held_back_stays_so_and_counts_among_those_that_vanish_later() {
        let held = |n| DraftSnapshot { held_back: Some(HeldBack::begin(at(0))), ..live(n) };
        let alone = judged(&[held(1), live(2), live(3)], &[id(1)], &[], &[id(2), id(3)], at(5));
        assert_eq!((alone.held_back, alone.absences), (vec![id(1)], vec![]), "the others came back");
        let another = judged(&[held(1), live(2), live(3)], &[id(2)], &[], &[id(3)], at(5));
        assert_eq!((another.held_back, another.absences), (vec![id(2)], vec![]));
        let back = judged(&[held(1), live(2), live(3)], &[id(2)], &[], &[id(1), id(3)], at(5));
        assert_eq!((back.held_back, states(&back.absences)), (vec![], vec![("D2", DraftState::Missing)]));
    }

    #[test]
    fn what_vanishes_step_by_step_is_held_back_although_the_first_one_was_missed_before() {
        let held = |n| DraftSnapshot { held_back: Some(HeldBack::begin(at(1))), ..live(n) };
        let step = |known: &[DraftSnapshot], not_found: &[MediaId], now| {
            let (known, unlisted): (Vec<&DraftSnapshot>, _) = (known.iter().collect(), Unlisted::default());
            decide_absences(&known, &Evidence::new(not_found, &unlisted, &[], Coverage::Partial, now), MIN_CONFIRM_GAP)
                .held_back
        };
        assert_eq!(step(&[missing(1, 0), live(2), live(3), live(4)], &[id(2)], at(1)), [id(2)]);
        assert_eq!(step(&[missing(1, 0), held(2), live(3), live(4)], &[id(1)], at(2)), [id(1)]);
        assert_eq!(step(&[missing(1, 0), live(2), live(3), live(4)], &[id(2)], at(11)), [], "ten minutes later");
    }
}
