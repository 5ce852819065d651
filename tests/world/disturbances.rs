//! What people and the platform do.

use std::time::Duration;

use draftkeep::simulator::{Fault, FaultRule, Random};

use crate::editor;
use crate::steps::{Edit, PATIENCE, Step};
use crate::world::World;

impl World {
    pub(crate) fn edit(&mut self, account: usize, edit: Edit, seed: u64) {
        let mut platform = self.platform.world();
        let appids = platform.appids();
        let place = account % appids.len();
        editor::edit(&mut self.truth, place, &mut platform.account(&appids[place]), edit, seed);
    }

    pub(crate) fn edit_within(&self, account: usize, endpoint: &'static str, seed: u64) {
        self.answers.edit_after(account % self.config.accounts.len(), endpoint, seed);
    }

    /// Something goes wrong on the platform or the way there, or is right again.
    pub(crate) fn disturb(&mut self, step: &Step) {
        let mut platform = self.platform.world();
        let appids = platform.appids();
        match step {
            Step::Fault(rule) => platform.add_fault(rule.clone()),
            Step::Slow { endpoint, answers, seconds } => {
                if *seconds >= PATIENCE {
                    platform.add_fault(FaultRule::next(*answers, endpoint, Fault::ResetAfterEffect));
                }
                self.answers.slow_down(endpoint, *answers, Duration::from_secs(*seconds));
            }
            Step::Deny { account, seed } | Step::Hide { account, seed } => {
                let place = account % appids.len();
                let drafts = platform.account(&appids[place]).drafts().to_vec();
                let Some(draft) = drafts.get(Random::new(*seed).below(drafts.len())) else { return };
                // Once in a draft's life: two such answers are what the program may believe.
                if !self.truth.denied.insert((place, draft.media_id.clone())) {
                    return;
                }
                match step {
                    Step::Deny { .. } => {
                        platform.add_fault(FaultRule::next(1, "draft/get", Fault::Code(40007)).draft(&draft.media_id));
                    }
                    _ => platform.behavior.unlisted.push(draft.media_id.clone()),
                }
            }
            Step::NotWhitelisted { account } => {
                platform.account(&appids[account % appids.len()]).set_whitelist(Some(&["203.0.113.9"]));
            }
            Step::Revoke { account } => platform.account(&appids[account % appids.len()]).revoke_tokens(),
            Step::Others { account, endpoint, calls } => {
                let mut account = platform.account(&appids[account % appids.len()]);
                for _ in 0..*calls {
                    account.call_by_other_system(endpoint);
                }
            }
            _ => {
                platform.clear_faults();
                platform.behavior.unlisted.clear();
                appids.iter().for_each(|appid| platform.account(appid).set_whitelist(None));
            }
        }
    }
}
