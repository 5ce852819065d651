//! What somebody does with the archive: restores versions, and prunes old ones.

use std::collections::BTreeMap;

use draftkeep::archive::Reader;
use draftkeep::prune::{self, PruneRequest};
use draftkeep::retention::Rules;
use draftkeep::simulator::{Article, Fault, FaultRule};

use crate::answers::Work;
use crate::restores;
use crate::tally::Event;
use crate::world::{Broken, World};

impl World {
    pub(crate) async fn restore(
        &mut self,
        account: usize,
        seed: u64,
        (in_place, lost): (bool, bool),
        interrupted: Option<usize>,
    ) -> Result<(), Broken> {
        let place = account % self.config.accounts.len();
        let Some((wanted, source)) = restores::choose(&self.config, place, seed) else { return Ok(()) };
        let before = self.boxes(place);
        let hidden = self.platform.world().behavior.unlisted.clone();
        self.unsettled.keep_findable(|(of, media_id), articles| {
            *of != place || (!hidden.contains(media_id) && before.get(media_id).is_some_and(|now| now == articles))
        });
        let endpoint = if in_place { "draft/update" } else { "draft/add" };
        if lost {
            self.platform.world().add_fault(FaultRule::next(1, endpoint, Fault::ResetAfterEffect));
        }
        interrupted.into_iter().for_each(|answers| self.answers.stop_after(Work::Restore, answers));
        let stopped = self.answers.begin(place, Work::Restore);
        self.rules.before_step(&self.platform, place, self.clock.now());
        let (began, sent) = (self.clock.now(), self.platform.world().request_log.calls("draft/update"));
        let account = &self.config.accounts[place];
        let ended = match in_place {
            true => restores::in_place(&self.config, account, &self.clock, source, stopped.notified()).await,
            false => restores::as_new(&self.config, account, &self.clock, source, stopped.notified()).await,
        };
        self.answers.end();
        match &ended {
            None => self.tally.add(Event::InterruptedRestore, 1),
            Some(Ok(_)) => self.tally.add(Event::Restore, 1),
            Some(Err(_)) => {}
        }
        let ends = self.clock.now();
        self.now += ends - began;
        self.rules.after_restore(&self.platform, place);
        let after = self.boxes(place);
        let new = after.iter().filter(|(media_id, _)| !before.contains_key(*media_id));
        let new = new.map(|(media_id, articles)| ((place, media_id.clone()), articles.clone())).collect();
        let (media_id, noted) = (&wanted.0.1, self.truth.noted_since(place));
        let was_sent = self.platform.world().request_log.calls("draft/update") > sent;
        if was_sent && before.get(media_id) != after.get(media_id) {
            self.rules.is_kept(&self.config.archive, &wanted.0, &self.truth, &noted)?;
        }
        self.look();
        if let Some(Ok(result)) = &ended {
            self.rules.is_true_of(&self.config.archive, place, result, (&self.truth, &noted))?;
        }
        self.unsettled.made(wanted, new, &ended)
    }

    /// Returns the drafts of a box.
    fn boxes(&self, place: usize) -> BTreeMap<String, Vec<Article>> {
        let mut platform = self.platform.world();
        let account = platform.account(&self.config.accounts[place].appid);
        account.drafts().iter().map(|draft| (draft.media_id.clone(), draft.articles.clone())).collect()
    }

    pub(crate) async fn prune(&mut self, last: u32, drop_session_ends: bool) -> Result<(), Broken> {
        let (path, now) = (self.config.archive.clone(), self.clock.now());
        let pruned = self.program().archive.run(move |writer| {
            let rules = Rules { last: Some(last), drop_session_ends, ..Default::default() };
            let zone = |_: &str| chrono_tz::Asia::Shanghai;
            let request = PruneRequest { rules: &rules, accounts: None, states: Vec::new(), zone: &zone };
            let plan = prune::plan(&Reader::open(&path)?, &request, now)?;
            prune::apply(writer, &plan, now, &mut |_| {})
        });
        let pruned = pruned.await.map_err(|error| format!("old versions cannot be pruned: {error}"))?;
        self.tally.add(Event::PrunedVersion, pruned.numbers.values().map(|numbers| numbers.len() as u64).sum());
        self.rules.pruned(&self.config.archive, &pruned)
    }
}
