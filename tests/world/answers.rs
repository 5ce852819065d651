//! What happens right after the platform has answered a call, before the program can make another: time goes by, somebody edits, a poll or
//! a restore is stopped.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use draftkeep::clock::Clock;
use draftkeep::simulator::World as Platform;
use tokio::sync::Notify;

use crate::editor;
use crate::truth::Within;

/// The endpoints after whose answers something can happen.
const ENDPOINTS: [&str; 7] = [
    "draft/get",
    "draft/batchget",
    "draft/count",
    "draft/add",
    "draft/update",
    "freepublish/batchget",
    "openapi/quota/get",
];

/// What the program makes calls for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Poll,
    /// A poll within which the archive is moved away.
    PollAndMove,
    Restore,
}

/// What waits for answers.
#[derive(Clone)]
pub(crate) struct Answers(Arc<Mutex<Waiting>>);

struct Waiting {
    clock: Clock,
    within: Within,
    /// For which account the program works, and what.
    caller: Option<(usize, Work)>,
    /// Where this work is told that it is stopped.
    stopped: Arc<Notify>,
    /// How long the next answers of an endpoint take.
    slow: BTreeMap<&'static str, VecDeque<Duration>>,
    edits: Vec<EditWithin>,
    /// What is stopped, and after how many answers more.
    stops: Vec<(Work, usize)>,
    edits_within_polls: u64,
}

/// An edit right after an answer to the account that is edited.
struct EditWithin {
    place: usize,
    endpoint: &'static str,
    seed: u64,
}

impl Answers {
    pub(crate) fn watch(platform: &mut Platform, clock: &Clock, within: &Within) -> Self {
        let (caller, stopped, slow, edits, stops) = Default::default();
        let (clock, within) = (clock.clone(), Arc::clone(within));
        let waiting = Waiting { clock, within, caller, stopped, slow, edits, stops, edits_within_polls: 0 };
        let answers = Self(Arc::new(Mutex::new(waiting)));
        ENDPOINTS.into_iter().for_each(|endpoint| answers.clone().await_next(platform, endpoint));
        answers
    }

    /// Everything that waits for an answer waits for the same one, so that nothing stands in the way of something else.
    fn await_next(self, platform: &mut Platform, endpoint: &'static str) {
        platform.after_next_call(endpoint, move |platform| {
            self.waiting().on_answer(platform, endpoint);
            self.await_next(platform, endpoint);
        });
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().expect("no thread panics with it")
    }

    /// The program begins to work for an account. Returns what tells that it is stopped.
    pub(crate) fn begin(&self, place: usize, work: Work) -> Arc<Notify> {
        let mut waiting = self.waiting();
        waiting.caller = Some((place, work));
        waiting.stopped = Arc::default();
        Arc::clone(&waiting.stopped)
    }

    /// The work has ended. What was to stop a poll stops a later one.
    pub(crate) fn end(&self) {
        let mut waiting = self.waiting();
        waiting.caller = None;
        waiting.stops.retain(|(work, _)| *work == Work::Poll);
    }

    /// Stops such work when so many more of its calls are answered.
    pub(crate) fn stop_after(&self, work: Work, answers: usize) {
        self.waiting().stops.push((work, answers));
    }

    pub(crate) fn slow_down(&self, endpoint: &'static str, answers: u32, by: Duration) {
        self.waiting().slow.entry(endpoint).or_default().extend((0..answers).map(|_| by));
    }

    /// Somebody edits a draft of an account when this endpoint has answered a call for it.
    pub(crate) fn edit_after(&self, place: usize, endpoint: &'static str, seed: u64) {
        self.waiting().edits.push(EditWithin { place, endpoint, seed });
    }

    pub(crate) fn edits_within_polls(&self) -> u64 {
        self.waiting().edits_within_polls
    }
}

impl Waiting {
    fn on_answer(&mut self, platform: &mut Platform, endpoint: &str) {
        if let Some(by) = self.slow.get_mut(endpoint).and_then(VecDeque::pop_front) {
            self.clock.advance(by);
        }
        let Some((place, work)) = self.caller else { return };
        let is_due = |edit: &mut EditWithin| edit.place == place && edit.endpoint == endpoint;
        for edit in self.edits.extract_if(.., is_due) {
            let is_edited = editor::edit_within(platform, place, &self.within, edit.seed);
            self.edits_within_polls += u64::from(is_edited && work == Work::Poll);
        }
        let stops = self.stops.iter_mut().filter(|(of, _)| *of == work);
        stops.for_each(|(_, answers)| *answers -= 1);
        if self.stops.extract_if(.., |(_, answers)| *answers == 0).count() > 0 {
            self.stopped.notify_one();
        }
    }
}
