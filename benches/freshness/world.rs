//! What happens in an account's draft box: who saves which draft when. Policies only read it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Seconds of a day. Instants are seconds since the midnight in UTC+8 that the first day begins with; the stock of
/// drafts is older and has negative ones.
pub(crate) const DAY: f64 = 86_400.0;

/// The longest pause between two saves of one session: what comes later is another session.
pub(crate) const LONGEST_PAUSE: f64 = 1500.0;

/// All that happens in a draft box.
pub(crate) struct World {
    pub(crate) days: u32,
    pub(crate) drafts: Vec<Draft>,
}

/// The life of a draft.
pub(crate) struct Draft {
    pub(crate) born: f64,
    /// In their order. A draft is born with the first.
    pub(crate) saves: Vec<Save>,
    /// When it leaves the box; infinite where it stays.
    pub(crate) gone: f64,
}

pub(crate) struct Save {
    pub(crate) at: f64,
    /// The last of an editing session: the text that somebody wanted.
    pub(crate) is_final: bool,
}

#[derive(Clone, Copy)]
pub(crate) struct Event {
    pub(crate) at: f64,
    pub(crate) deed: Deed,
    /// Its number in [`World::drafts`].
    pub(crate) draft: usize,
}

/// In the order in which they happen where they happen at one instant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    Create,
    Save,
    Remove,
}

impl World {
    /// Reads a file of events: lines of `[t, "create"|"save"|"remove", draft]`, sorted by t.
    ///
    /// Which saves end a session is not in it. Where the next save of the draft comes later than a session can pause, or
    /// never, a session has ended.
    pub(crate) fn read(path: &Path, days: u32) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut drafts = BTreeMap::<usize, Draft>::new();
        for line in text.lines() {
            let (at, deed, number): (f64, String, usize) = serde_json::from_str(line).expect("a line of an event");
            let unborn = || Draft { born: at, saves: Vec::new(), gone: f64::INFINITY };
            let draft = drafts.entry(number).or_insert_with(unborn);
            match deed.as_str() {
                "create" => draft.born = at,
                "save" => draft.saves.push(Save { at, is_final: false }),
                "remove" => draft.gone = at,
                other => panic!("{}: {other:?} is no event", path.display()),
            }
        }
        let mut drafts: Vec<Draft> = drafts.into_values().collect();
        drafts.iter_mut().for_each(Draft::find_finals);
        Self { days, drafts }
    }

    /// Returns when the last day ends.
    pub(crate) fn end(&self) -> f64 {
        f64::from(self.days) * DAY
    }

    /// Returns what happens before the last day ends, in its order.
    pub(crate) fn events(&self) -> Vec<Event> {
        let mut events = Vec::new();
        for (number, draft) in self.drafts.iter().enumerate() {
            let mut happens = |at, deed| events.push(Event { at, deed, draft: number });
            happens(draft.born, Deed::Create);
            draft.saves.iter().for_each(|save| happens(save.at, Deed::Save));
            happens(draft.gone, Deed::Remove);
        }
        events.retain(|event| event.at < self.end());
        events.sort_by(|one, other| {
            one.at.total_cmp(&other.at).then((one.deed, one.draft).cmp(&(other.deed, other.draft)))
        });
        events
    }
}

impl Draft {
    /// Returns the number of the version that the draft has at an instant, counted from 0.
    pub(crate) fn version_at(&self, now: f64) -> Option<usize> {
        self.saves.partition_point(|save| save.at <= now).checked_sub(1)
    }

    fn find_finals(&mut self) {
        let mut next = f64::INFINITY;
        for save in self.saves.iter_mut().rev() {
            // Many a pause is the longest one, and a file's instants are rounded.
            save.is_final = next - save.at > LONGEST_PAUSE + 0.01;
            next = save.at;
        }
    }
}
