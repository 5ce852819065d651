//! What the platform answered, or that it failed: taken in by the poll under way.

use super::circuit;
use super::endpoint_blocks;
use super::report::Note;
use super::run::{PENDING_CALLS, PollRun};
use crate::archive::{self, Failure};
use crate::model::{Endpoint, MediaId};
use crate::wechat::{DraftResponse, Error, ErrorKind};

impl PollRun<'_> {
    /// Reads one draft with `draft/get`, where that is still of use.
    pub(super) async fn fetch_draft(&mut self, media_id: MediaId) -> Result<(), archive::Error> {
        if !self.ensure_can_call(Endpoint::DraftGet).await? {
            return Ok(());
        }
        let client = self.client;
        match self.cancellable(client.draft_get(&media_id)).await {
            Some(answer) => self.on_draft_answer(media_id, answer).await,
            None => Ok(()),
        }
    }

    /// Takes in what `draft/get` answered.
    pub(super) async fn on_draft_answer(
        &mut self,
        media_id: MediaId,
        answer: Result<DraftResponse, Error>,
    ) -> Result<(), archive::Error> {
        match answer {
            Ok(fetched) => {
                self.on_call_succeeded(Endpoint::DraftGet);
                return self.record_content(media_id, fetched, self.now).await;
            }
            Err(error) if error.kind == ErrorKind::NotFound && self.known.contains_key(&media_id) => {
                self.circuit.answered();
                self.missed_at.insert(media_id.clone(), self.now);
                self.not_found.push(media_id);
            }
            Err(error) if error.kind == ErrorKind::NoArticles => {
                self.on_call_succeeded(Endpoint::DraftGet);
                self.observe_no_articles(media_id, None, None);
            }
            Err(error) => self.on_call_failed(Some(media_id), &error),
        }
        self.flush(PENDING_CALLS).await
    }

    /// Takes in that a call failed.
    pub(super) fn on_call_failed(&mut self, media_id: Option<MediaId>, error: &Error) {
        endpoint_blocks::block(self, error);
        if error.kind == ErrorKind::Quota {
            self.exhausted.extend(error.endpoint);
        }
        self.tell(media_id, error);
    }

    pub(super) fn tell(&mut self, media_id: Option<MediaId>, error: &Error) {
        if self.circuit.note_failure(error) {
            let media_id = media_id.filter(|_| !circuit::will_repeat(error));
            self.poll.failures.push(Failure { media_id, code: error.code, message: error.to_string() });
        }
    }

    /// Takes note of something odd that holds nothing up, once a poll.
    pub(super) fn note(&mut self, media_id: Option<MediaId>, message: &str) {
        let note = Note { media_id, message: message.to_owned() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes note that an endpoint answered.
    pub(super) fn on_call_succeeded(&mut self, endpoint: Endpoint) {
        self.circuit.answered();
        endpoint_blocks::unblock(self, endpoint);
    }
}
