//! A few drafts of the box, read although nothing says that they changed: their newest versions must be what the platform shows. A difference is
//! what any poll would have found, and is recorded as one.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::fetch_drafts;
use super::run::PollRun;
use crate::archive;
use crate::model::{Endpoint, MediaId};

/// So many drafts are read.
const MOST: u64 = 5;

/// Polls keep at least this many times what a proof uses.
const RESERVE: u64 = 20;

/// Drafts that were compared with their newest versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DraftsProof {
    /// How many were asked for; none where the box is empty, or its calls are needed for polls.
    pub asked: u64,
    /// How many of them the platform answered for.
    pub answered: u64,
}

/// Reads drafts of the box that a random number chooses.
pub(super) async fn prove_drafts(run: &mut PollRun<'_>, random: u64) -> Result<DraftsProof, archive::Error> {
    let spare = run.budget(Endpoint::DraftGet).left_to_polling() / RESERVE;
    let is_waiting = |media_id: &MediaId| run.is_backing_off(media_id, run.saved(media_id));
    let live = run.known.in_list_order().into_iter().map(|known| known.media_id.clone());
    let ready = live.filter(|media_id| !is_waiting(media_id)).collect();
    let chosen = choose(ready, random, spare.min(MOST) as usize);
    fetch_drafts::fetch_by_id(run, &chosen).await?;
    let is_answered =
        |media_id: &&MediaId| run.outcome.fetched.contains(*media_id) || run.outcome.not_found.contains(*media_id);
    let answered = chosen.iter().filter(is_answered).count() as u64;
    Ok(DraftsProof { asked: chosen.len() as u64, answered })
}

/// What a poll has proven that reads every draft.
pub(super) fn of_whole_poll(run: &PollRun<'_>) -> DraftsProof {
    let read = run.outcome.fetched.len() as u64;
    DraftsProof { asked: read, answered: read }
}

fn choose(mut media_ids: Vec<MediaId>, random: u64, most: usize) -> Vec<MediaId> {
    media_ids.sort_by_cached_key(|media_id| {
        let mut hasher = DefaultHasher::new();
        (random, media_id.as_str()).hash(&mut hasher);
        hasher.finish()
    });
    media_ids.truncate(most);
    media_ids
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_draft_has_its_turn() {
        let all: Vec<MediaId> = (0..40).map(|n| MediaId::new(format!("D{n}"))).collect();
        let mut never = all.clone();
        for random in 0..100 {
            let chosen = choose(all.clone(), random, 5);
            assert_eq!(chosen.len(), 5);
            never.retain(|media_id| !chosen.contains(media_id));
        }
        assert!(never.is_empty(), "{never:?}");
        assert!(choose(Vec::new(), 7, 5).is_empty());
    }
}
