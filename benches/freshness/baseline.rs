//! What there is to compare with: the usual ways to poll, and one that knows everything beforehand.

use crate::model::{BATCHGETS, Call, GETS, Model};
use crate::score::Score;
use crate::world::{DAY, World};

/// A cron job that reads every draft each five minutes, as long as it is let.
pub(crate) fn cron(world: &World, foreign: &[f64]) -> Score {
    let mut model = Model::new(world, foreign);
    let mut now = 0.0;
    while now < world.end() {
        model.advance_to(now);
        let drafts: Vec<usize> = model.list().collect();
        for (place, draft) in drafts.into_iter().enumerate() {
            if model.may(Call::Get, now + place as f64 * 0.2) {
                model.read(draft);
            }
        }
        now += 300.0;
    }
    model.score()
}

/// One draft after the other by `draft/get`, the day's calls spread evenly.
pub(crate) fn in_turn(world: &World, foreign: &[f64]) -> Score {
    let mut model = Model::new(world, foreign);
    let mut read = vec![f64::NEG_INFINITY; world.drafts.len()];
    let mut now = 0.0;
    while now < world.end() {
        model.advance_to(now);
        let next = model.list().min_by(|one, other| read[*one].total_cmp(&read[*other]));
        if let Some(draft) = next
            && model.may(Call::Get, now)
        {
            model.read(draft);
            read[draft] = now;
        }
        now += DAY / GETS as f64;
    }
    model.score()
}

/// The whole list by `draft/batchget`, as often as the day's calls allow, and what changed by `draft/get`.
pub(crate) fn sweeps(world: &World, foreign: &[f64]) -> Score {
    let mut model = Model::new(world, foreign);
    let mut read = vec![f64::NEG_INFINITY; world.drafts.len()];
    let mut now = 0.0;
    while now < world.end() {
        model.advance_to(now);
        let pages = model.pages();
        for page in 0..pages {
            let at = now + page as f64 * 0.3;
            model.advance_to(at);
            if !model.may(Call::Batchget, at) {
                break;
            }
            for draft in model.page(page) {
                if read[draft] < model.saved(draft) && model.may(Call::Get, at) {
                    model.read(draft);
                    read[draft] = model.saved(draft);
                }
            }
        }
        now += DAY * pages as f64 / BATCHGETS as f64;
    }
    model.score()
}

/// Reads every version a second after its save, or before it is replaced if that is sooner. Where a day has more saves
/// than calls, the last ones of sessions come first.
pub(crate) fn oracle(world: &World, foreign: &[f64]) -> Score {
    let mut days = vec![Vec::new(); world.days as usize + 1];
    for (number, draft) in world.drafts.iter().enumerate() {
        let ends = draft.saves.iter().skip(1).map(|save| save.at).chain([draft.gone]);
        for (save, end) in draft.saves.iter().zip(ends).filter(|(save, _)| save.at >= 0.0) {
            let at = (save.at + 1.0).min(f64::midpoint(save.at, end));
            if let Some(day) = days.get_mut((at / DAY) as usize) {
                day.push((!save.is_final, at, number));
            }
        }
    }
    let mut model = Model::new(world, foreign);
    for mut day in days {
        day.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
        day.truncate((GETS + BATCHGETS) as usize);
        day.sort_by(|one, other| one.1.total_cmp(&other.1));
        for (place, (_, at, draft)) in day.into_iter().enumerate() {
            model.advance_to(at);
            if model.may(if (place as u64) < GETS { Call::Get } else { Call::Batchget }, at) {
                model.read(draft);
            }
        }
    }
    model.score()
}
