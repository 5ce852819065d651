//! What a poll takes in: entries of the list, and drafts as they were read.

use super::due::planned_draft;
use super::report::NewVersion;
use super::run::{PENDING_CALLS, PollRun, instant};
use super::volatile::{self, Reading};
use crate::archive::{self, DraftSnapshot, Failure, Observation, RecordOutcome, SeenDraft};
use crate::canonical;
use crate::model::{DraftState, Endpoint, Hash, MediaId, Timestamp};
use crate::wechat::{DraftListItem, DraftResponse};

/// The platform's times are whole seconds: what was read within the second of a save, or so soon after it that clocks may
/// differ, may be saved once more without another time.
pub(super) const SETTLED_AFTER: i64 = 2;

/// How often a draft is read again in one poll because another process has recorded it meanwhile.
const MOST_READINGS: u32 = 3;

/// Tells whether a later save would have another time. A save that is dated further ahead shows that the clocks differ: then
/// waiting tells nothing.
fn is_settled(update_time: Option<i64>, read_at: Timestamp) -> bool {
    update_time.is_none_or(|saved| !(-SETTLED_AFTER..SETTLED_AFTER).contains(&(read_at.timestamp() - saved)))
}

impl PollRun<'_> {
    /// Takes in an entry of the list without content, and tells whether there is something to read.
    pub(super) fn observe_listed(&mut self, listed: &DraftListItem) -> bool {
        let now = self.now;
        let DraftListItem { media_id, create_time, update_time, .. } = listed;
        let (create_time, update_time) = (*create_time, *update_time);
        self.learn(media_id, update_time, now);
        let known = self.known.get(media_id);
        let is_read = known.is_some_and(|known| update_time.is_some() && known.read_time == update_time);
        self.poll.seen.push(SeenDraft { media_id: media_id.clone(), at: now, create_time, update_time, is_read });
        !is_read
    }

    /// Learns from when a draft was saved.
    fn learn(&mut self, media_id: &MediaId, update_time: Option<i64>, now: Timestamp) {
        let is_first_contact = self.activity.is_empty() || self.is_first_sweep;
        match self.known.get_mut(media_id) {
            Some(known) => {
                let saved = update_time.and_then(instant);
                self.activity.note_observation(&planned_draft(known), saved, now);
                (known.last_seen, known.update_time) = (now, update_time.or(known.update_time));
                known.held_back = None;
            }
            // At the first contact nobody knows which of them are new.
            None if is_first_contact => {}
            None => self.activity.note_new_draft(),
        }
    }

    /// Takes in a draft that is in the box without articles. That may be a slip of the platform, so it is no version, and the
    /// draft counts as not read.
    pub(super) fn observe_no_articles(
        &mut self,
        media_id: MediaId,
        create_time: Option<i64>,
        update_time: Option<i64>,
    ) {
        self.circuit.answered();
        let now = self.now;
        self.learn(&media_id, update_time, now);
        self.note(Some(media_id.clone()), "the platform shows this draft without articles: there is nothing to keep");
        self.poll.seen.push(SeenDraft { media_id, at: now, create_time, update_time, is_read: false });
    }

    /// Canonicalises, hashes and records what the platform told of a draft at `answered_at`.
    pub(super) async fn record_content(
        &mut self,
        media_id: MediaId,
        fetched: DraftResponse,
        answered_at: Timestamp,
    ) -> Result<(), archive::Error> {
        self.circuit.answered();
        let before = self.now;
        let canonical = match canonical::canonicalise(&fetched.document) {
            Ok(canonical) => canonical,
            Err(error) => {
                let message = format!("the platform's answer for this draft cannot be read: {error}");
                self.poll.failures.push(Failure { media_id: Some(media_id), code: None, message });
                return Ok(());
            }
        };
        self.fetched.insert(media_id.clone());
        let (account, id) = (self.account, media_id.clone());
        let expected_previous = self.known.get(&media_id).map_or(0, |known| known.number);
        let reading = Reading { fetched, canonical };
        // What is known is compared with what was read only where it is known still.
        let is_newest = self.archive.run(move |writer| writer.newest_number(account, &id)).await? == expected_previous;
        let (reading, is_new) =
            if is_newest { volatile::resolve(self, &media_id, reading).await? } else { (reading, true) };
        // Where the draft was read once more to be sure, that is what was read.
        let now = if self.now > before { self.now } else { answered_at };
        let Reading { fetched: DraftResponse { document, create_time, update_time }, canonical } = reading;
        self.learn(&media_id, update_time, now);
        let is_read = is_settled(update_time, now);
        let presence = SeenDraft { media_id: media_id.clone(), at: now, create_time, update_time, is_read };
        if !is_new {
            self.mark_read(presence);
            return self.flush(PENDING_CALLS).await;
        }
        let hash = canonical.hash();
        self.drain_usage();
        let calls = self.pending.clone();
        let expected_previous = Some(expected_previous);
        let sighting = Observation {
            media_id: media_id.clone(),
            document,
            canonical,
            update_time,
            observed_at: now,
            expected_previous,
        };
        let recorded = match self.archive.run(move |writer| writer.record(account, &sighting, &calls)).await {
            // Of this draft alone: the others must not wait until somebody has mended it.
            Err(error @ (archive::Error::Damaged(_) | archive::Error::ReadBack(_))) => {
                self.fetched.remove(&media_id);
                self.poll.failures.push(Failure::not_stored(media_id, &error));
                return Ok(());
            }
            recorded => recorded?,
        };
        match recorded {
            RecordOutcome::Unchanged => {
                self.mark_read(presence);
                self.flush(PENDING_CALLS).await
            }
            // Which of the two contents is the later one shows when the draft is read again. Until then it counts as not read.
            RecordOutcome::Overtaken => {
                self.poll.seen.push(SeenDraft { is_read: false, ..presence });
                self.overtaken.insert(media_id);
                Ok(())
            }
            RecordOutcome::Version { draft, number: version, title, damage } => {
                self.pending.clear();
                self.apply_recorded_version(&presence, version, hash);
                self.mark_read(presence);
                tracing::info!(account = %self.name, %media_id, version, title, "new version");
                if let Some(damage) = damage {
                    self.poll.failures.push(Failure::older_version_damaged(media_id.clone(), version, &damage));
                }
                self.poll.new_versions += 1;
                self.versions.push(NewVersion { media_id, draft, version, title });
                Ok(())
            }
        }
    }

    /// Reads drafts again that another process has recorded since they were asked for.
    pub(super) async fn read_overtaken(&mut self) -> Result<(), archive::Error> {
        for _ in 0..MOST_READINGS {
            for media_id in std::mem::take(&mut self.overtaken) {
                if self.is_halted() || !self.can_call(Endpoint::DraftGet) {
                    return Ok(());
                }
                let (account, id) = (self.account, media_id.clone());
                if let Some(newest) = self.archive.run(move |writer| writer.draft_snapshot(account, &id)).await? {
                    let known = self.known.entry(media_id.clone()).or_insert_with(|| newest.clone());
                    (known.number, known.hash, known.version_time) = (newest.number, newest.hash, newest.version_time);
                }
                self.fetch_draft(media_id).await?;
            }
        }
        Ok(())
    }

    /// Takes note that a version was recorded of what was read.
    fn apply_recorded_version(&mut self, presence: &SeenDraft, number: u64, hash: Hash) {
        let SeenDraft { media_id, at, create_time, update_time, .. } = presence;
        let version_time = *update_time;
        let known = self.known.entry(media_id.clone()).or_insert_with(|| DraftSnapshot {
            media_id: media_id.clone(),
            state: DraftState::Live,
            missing_since: None,
            number,
            hash: None,
            version_time,
            last_seen: *at,
            create_time: *create_time,
            update_time: *update_time,
            read_time: None,
            held_back: None,
        });
        (known.number, known.hash, known.version_time) = (number, Some(hash), version_time);
    }

    /// Takes note that a draft was read.
    fn mark_read(&mut self, presence: SeenDraft) {
        if let Some(known) = self.known.get_mut(&presence.media_id).filter(|_| presence.is_read) {
            known.read_time = presence.update_time.or(known.update_time);
        }
        self.poll.seen.push(presence);
    }
}
