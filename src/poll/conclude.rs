//! The end of a poll: what is concluded about the drafts that were not there.

use super::absence::{self, AbsenceDecision, CONFIRM_AFTER, Coverage, Evidence};
use super::departure;
use super::run::{ADAPTIVE, PollRun};
use crate::archive::{self, DraftSnapshot, Failure, HeldBack, HeldBackUpdate, MissingDraft};
use crate::model::{DraftState, Endpoint, MediaId, Timestamp};
use crate::wechat::ErrorKind;

/// So many drafts a poll asks for by themselves because they are held back: the platform may be wrong about all of them, and
/// the day's calls are needed for others.
pub(super) const MOST_ASKED: usize = 50;

impl PollRun<'_> {
    /// Draws conclusions about the drafts that were not there.
    pub(super) async fn resolve_absences(&mut self) -> Result<(), archive::Error> {
        self.read_overtaken().await?;
        self.ask_for_doubtful().await?;
        if self.stop.is_cancelled() || (self.not_found.is_empty() && self.unlisted.media_ids.is_empty()) {
            return Ok(());
        }
        let access = departure::publish_list_access(self).await?;
        let patience = access.confirm_after(CONFIRM_AFTER);
        let AbsenceDecision { absences, to_confirm, held_back } =
            absence::decide_absences(&self.watched(), &self.evidence(), patience);
        let at = |absence: &MissingDraft| self.missed_at(&absence.media_id);
        self.poll.absences = absences.into_iter().map(|absence| MissingDraft { at: at(&absence), ..absence }).collect();
        for media_id in &held_back {
            self.hold_back(media_id, patience > CONFIRM_AFTER);
        }
        for absence in to_confirm {
            if !self.can_call_once_refreshed(Endpoint::DraftGet).await? {
                break;
            }
            let client = self.client;
            match self.cancellable(client.draft_get(&absence.media_id)).await {
                Some(Err(error)) if error.kind == ErrorKind::NotFound => {
                    self.poll.absences.push(MissingDraft { at: self.now, ..absence });
                }
                Some(answer) => self.on_draft_answer(absence.media_id, answer).await?,
                None => break,
            }
        }
        departure::explain_departures(self, access).await
    }

    /// Asks for each draft that is held back, or is about to be, where `draft/get` has not said yet whether it is there.
    async fn ask_for_doubtful(&mut self) -> Result<(), archive::Error> {
        let most = if self.believes { usize::MAX } else { MOST_ASKED };
        for media_id in self.doubtful().into_iter().take(most) {
            if self.is_halted() || !self.can_call_once_refreshed(Endpoint::DraftGet).await? {
                break;
            }
            let seen_before = self.poll.seen.len();
            self.fetch_draft(media_id.clone()).await?;
            if self.poll.seen.len() > seen_before {
                // The list was wrong about it.
                self.unlisted.media_ids.retain(|unlisted| *unlisted != media_id);
            }
        }
        Ok(())
    }

    fn doubtful(&self) -> Vec<MediaId> {
        let (watched, evidence) = (self.watched(), self.evidence());
        let is_mass_disappearance = evidence.is_mass_disappearance(&watched);
        let is_due = |known: &&&DraftSnapshot| match known.held_back {
            Some(held_back) => self.believes || held_back.is_due(self.now),
            None => is_mass_disappearance && evidence.is_absent(known),
        };
        let has_failed = |known: &&DraftSnapshot| {
            let is_it = |failure: &Failure| failure.media_id.as_ref() == Some(&known.media_id);
            self.poll.failures.iter().any(is_it) || self.is_backing_off(&known.media_id, known.update_time)
        };
        let due = watched.iter().filter(is_due).filter(|known| !evidence.is_answered(known) && !has_failed(known));
        due.map(|known| known.media_id.clone()).collect()
    }

    /// Holds a draft back that vanished with too many others; or no more, where `draft/get` has confirmed it twice, or once and
    /// the operator believes it. It is missing at first where its cause may still be found out.
    fn hold_back(&mut self, media_id: &MediaId, has_cause_later: bool) {
        let (at, is_confirmed) = (self.missed_at(media_id), self.not_found.contains(media_id));
        let Some(known) = self.known.get_mut(media_id) else { return };
        let before = known.held_back;
        let held_back = before.unwrap_or(HeldBack::begin(at));
        let is_believed = is_confirmed && (self.believes || held_back.is_believed(at));
        let held_back = if is_confirmed { held_back.confirmed(at) } else { held_back };
        known.held_back = Some(held_back).filter(|_| !is_believed);
        if is_believed {
            let state = if has_cause_later { DraftState::Missing } else { DraftState::Gone };
            self.poll.absences.push(MissingDraft { media_id: media_id.clone(), state, at });
        }
        if is_believed || before != Some(held_back) {
            self.poll.doubts.push(HeldBackUpdate { media_id: media_id.clone(), held_back, is_believed });
        }
    }

    /// Returns when a draft that was not there was asked for, or the list that did not hold it was begun.
    fn missed_at(&self, media_id: &MediaId) -> Timestamp {
        self.missed_at.get(media_id).copied().unwrap_or(self.now)
    }

    /// Returns how many drafts are held back.
    pub(super) fn held_back(&self) -> usize {
        self.watched().iter().filter(|known| known.held_back.is_some()).count()
    }

    /// Says that drafts are held back, where there are any.
    pub(super) fn held_back_failure(&self) -> Option<Failure> {
        let held_back = self.held_back();
        let live = |known: &&&DraftSnapshot| known.state == DraftState::Live || known.held_back.is_some();
        let before = self.watched().iter().filter(live).count();
        (held_back > 0).then(|| Failure::held_back(&self.name, held_back, before))
    }

    /// Returns the watched drafts that are in the box for all we know.
    fn watched(&self) -> Vec<&DraftSnapshot> {
        self.known.values().filter(|known| known.is_present() && self.is_watched(&known.media_id)).collect()
    }

    fn evidence(&self) -> Evidence<'_> {
        let asked = if self.poll.strategy == ADAPTIVE { Coverage::Partial } else { Coverage::Full };
        Evidence::new(&self.not_found, &self.unlisted, &self.poll.seen, asked, self.now)
    }
}
