//! What the platform answered, or that it failed: taken in by the poll under way.

use super::health;
use super::round::{PENDING_CALLS, Round};
use super::{Note, closing};
use crate::archive::{self, Failure};
use crate::model::{Endpoint, MediaId};
use crate::wechat::{DraftResponse, Error, ErrorKind};

impl Round<'_> {
    /// Reads one draft with `draft/get`, where that is still of use.
    pub(super) async fn get(&mut self, media_id: MediaId) -> Result<(), archive::Error> {
        if !self.may_or_tell(Endpoint::DraftGet).await? {
            return Ok(());
        }
        let client = self.client;
        match self.ask(client.draft_get(&media_id)).await {
            Some(answer) => self.answered(media_id, answer).await,
            None => Ok(()),
        }
    }

    /// Takes in what `draft/get` answered.
    pub(super) async fn answered(
        &mut self,
        media_id: MediaId,
        answer: Result<DraftResponse, Error>,
    ) -> Result<(), archive::Error> {
        match answer {
            Ok(fetched) => {
                self.opened(Endpoint::DraftGet);
                return self.saw(media_id, fetched, self.now).await;
            }
            Err(error) if error.kind == ErrorKind::NotFound && self.known.contains_key(&media_id) => {
                self.health.answered();
                self.missed_at.insert(media_id.clone(), self.now);
                self.not_found.push(media_id);
            }
            Err(error) if error.kind == ErrorKind::NoArticles => {
                self.opened(Endpoint::DraftGet);
                self.saw_no_articles(media_id, None, None);
            }
            Err(error) => self.failed(Some(media_id), &error),
        }
        self.flush(PENDING_CALLS).await
    }

    /// Takes in that a call failed.
    pub(super) fn failed(&mut self, media_id: Option<MediaId>, error: &Error) {
        closing::note(self, error);
        if error.kind == ErrorKind::Quota {
            self.spent.extend(error.endpoint);
        }
        self.tell(media_id, error);
    }

    pub(super) fn tell(&mut self, media_id: Option<MediaId>, error: &Error) {
        if self.health.failed(error) {
            let media_id = media_id.filter(|_| !health::will_repeat(error));
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
    pub(super) fn opened(&mut self, endpoint: Endpoint) {
        self.health.answered();
        closing::forget(self, endpoint);
    }
}
