//! The outbox: whatever happens, and wherever the program stops, each alarm is sent, in order.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::TimeDelta;
use draftkeep::archive::{OpenMessage, OutboxProgress, OutboxState, SendRecord, Writer};
use draftkeep::conditions;
use draftkeep::config::{Config, NotifyConfig};
use draftkeep::model::{Condition, ConditionReport, Severity, Timestamp, rfc3339};
use draftkeep::outbox::{self, Item, Next, Outcome};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::harness::database;

const DRAFTS: i64 = 3;

/// When the tests begin.
const START: &str = "2026-09-01T04:00:00Z";

/// What may happen.
#[derive(Clone, Debug)]
enum Happening {
    Event {
        draft: i64,
        kind: usize,
    },
    Time {
        seconds: i64,
    },
    /// The outbox takes a step; the program may stop before the message is sent, or before that is recorded.
    Step {
        outcome: Outcome,
        stops: Option<Stop>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    BeforeSend,
    BeforeRecord,
}

const KINDS: [(&str, &str); 6] = [
    ("draft.emptied", "alarm"),
    ("draft.gone", "warning"),
    ("draft.changed", "info"),
    ("draft.new", "info"),
    ("account.credentials", "alarm"),
    ("account.credentials.ended", "info"),
];

fn happening() -> impl Strategy<Value = Happening> {
    let outcome = prop_oneof![
        3 => Just(Outcome::Sent),
        1 => Just(Outcome::Failed { wait: None }),
        1 => Just(Outcome::Failed { wait: Some(TimeDelta::seconds(700)) }),
        1 => Just(Outcome::Uncertain),
        1 => Just(Outcome::Parked),
    ];
    let stops = prop_oneof![6 => Just(None), 1 => Just(Some(Stop::BeforeSend)), 1 => Just(Some(Stop::BeforeRecord))];
    prop_oneof![
        3 => (1..=DRAFTS, 0..KINDS.len()).prop_map(|(draft, kind)| Happening::Event { draft, kind }),
        2 => (0_i64..4000).prop_map(|seconds| Happening::Time { seconds }),
        4 => (outcome, stops).prop_map(|(outcome, stops)| Happening::Step { outcome, stops }),
    ]
}

/// The archive, its targets, and what arrived.
struct World {
    _directory: tempfile::TempDir,
    raw: Connection,
    writer: Writer,
    rule: NotifyConfig,
    now: Timestamp,
    /// Items that arrived, and how many sends of the message before this one nobody knew the end of.
    arrived: Vec<(OpenMessage, bool)>,
    events: i64,
}

fn rule(directory: &Path, lines: &str) -> NotifyConfig {
    let text = format!(
        "archive='archive.db'\n[[notify]]\nname='editors'\nto={{exec=['true']}}\n{lines}\n
         [[account]]\nname='mag'\nappid='wx0123456789abcdef'\nsecret.command=['true']\n"
    );
    Config::from_text(&directory.join("config.toml"), &text).unwrap().notify.remove(0)
}

impl World {
    fn new(lines: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let mut writer = Writer::open(&path).unwrap();
        let raw = database(&path);
        let at = "2026-09-01T00:00:00.000Z";
        raw.execute("INSERT INTO account (id, name, appid, first_seen) VALUES (1, 'mag', 'wx', ?1)", [at]).unwrap();
        for draft in 1..=DRAFTS {
            let insert =
                "INSERT INTO draft (id, account, media_id, first_seen, last_seen) VALUES (?1, 1, 'M' || ?1, ?2, ?2)";
            raw.execute(insert, (draft, at)).unwrap();
        }
        let rule = rule(directory.path(), lines);
        writer.open_outbox_target("editors", Some("one"), START.parse().unwrap()).unwrap();
        let now = START.parse().unwrap();
        Self { _directory: directory, raw, writer, rule, now, arrived: Vec::new(), events: 0 }
    }

    /// A copy of the archive, with a daemon of its own.
    fn copy(&self) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        self.raw.execute("VACUUM INTO ?1", [path.to_str().unwrap()]).unwrap();
        let (writer, raw) = (Writer::open(&path).unwrap(), database(&path));
        let Self { rule, now, events, .. } = self;
        Self { _directory: directory, raw, writer, rule: rule.clone(), now: *now, arrived: Vec::new(), events: *events }
    }

    /// The matters that arrived, each with the number of its message, and whether the message may have arrived before.
    fn told(&self) -> Vec<(&str, i64, bool)> {
        let mut told = Vec::new();
        for (message, is_again) in &self.arrived {
            told.extend(message.items.iter().map(|item| (item.matter.as_str(), message.id, *is_again)));
        }
        told
    }

    fn event(&mut self, draft: i64, kind: usize) {
        self.events += 1;
        let (kind, severity) = KINDS[kind];
        let insert = "INSERT INTO event (id, account, draft, kind, severity, at) VALUES (?1, 1, ?2, ?3, ?4, ?5)";
        let draft = kind.starts_with("draft.").then_some(draft);
        self.raw.execute(insert, (self.events, draft, kind, severity, rfc3339(self.now))).unwrap();
    }

    /// Takes one step; returns what there was to do.
    fn step(&mut self, outcome: Outcome, stops: Option<Stop>) -> OutboxState {
        let (rule, now) = (self.rule.clone(), self.now);
        let take = |waiting, event: &_| Item::after(waiting, event, &rule, now);
        while self.writer.take_events("editors", take).unwrap() == OutboxProgress::More {}
        let state = self.writer.next_message("editors", now).unwrap();
        let OutboxState::Message(message) = &state else { return state };
        if message.due_at > now {
            return state;
        }
        self.writer.begin_send(message.id, "题", "行", &[]).unwrap();
        if stops == Some(Stop::BeforeSend) {
            return state;
        }
        if matches!(outcome, Outcome::Sent | Outcome::Uncertain) {
            self.arrived.push((message.clone(), message.doubts > 0));
        }
        if stops == Some(Stop::BeforeRecord) {
            return state;
        }
        self.record(message, outcome);
        state
    }

    fn record(&mut self, message: &OpenMessage, outcome: Outcome) {
        let is_doubtful = outcome == Outcome::Uncertain;
        let doubts = message.doubts + u32::from(is_doubtful);
        let next = outbox::next(outcome, message.tries + 1, doubts, false, self.now);
        let answer = (outcome != Outcome::Sent).then(|| "no".to_owned());
        let record = SendRecord { next, is_doubtful, answer, next_send_at: self.now + TimeDelta::seconds(4) };
        self.writer.end_send(message.id, &record, self.now).unwrap();
    }

    fn apply(&mut self, happening: &Happening) {
        match happening {
            Happening::Event { draft, kind } => self.event(*draft, *kind),
            Happening::Time { seconds } => self.now += TimeDelta::seconds(*seconds),
            Happening::Step { outcome, stops } => drop(self.step(*outcome, *stops)),
        }
    }

    /// Lets the target be well until nothing waits any more.
    fn drain(&mut self) {
        self.writer.retry_outbox_target("editors", self.now).unwrap();
        for _ in 0..1000 {
            match self.step(Outcome::Sent, None) {
                OutboxState::Idle(None) => return,
                OutboxState::Idle(Some(due)) => self.now = self.now.max(due),
                OutboxState::Message(message) => self.now = self.now.max(message.due_at) + TimeDelta::seconds(4),
                OutboxState::Parked => panic!("it was just allowed again"),
            }
        }
        panic!("messages never end");
    }

    /// Returns the number of each alarm, and what it is about.
    fn alarms(&self) -> Vec<(i64, String)> {
        let mut query = self
            .raw
            .prepare(
                "SELECT id, coalesce('draft:' || draft, 'account:mag:credentials') FROM event WHERE severity = 'alarm'",
            )
            .unwrap();
        query.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Each alarm is in a message that arrived; a matter's messages arrive in order and tell no event twice, unless nobody knew whether
    /// the one before had arrived.
    #[test]
    fn every_alarm_arrives_in_order_wherever_the_program_stops(
        happenings in prop::collection::vec(happening(), 1..40),
        lines in prop::sample::select(vec!["", "at_least='info'", "at_least='warning'\nquiet='11:00-13:00'", "at_least='info'\ndigest='09:00'"]),
    ) {
        let mut world = World::new(lines);
        happenings.iter().for_each(|happening| world.apply(happening));
        world.drain();
        for (event, matter) in world.alarms() {
            let tells = |item: &Item| item.matter == matter && item.first <= event && event <= item.last;
            prop_assert!(
                world.arrived.iter().any(|(message, _)| message.items.iter().any(tells)),
                "alarm {event} of {matter} never arrived: {:?}", world.arrived
            );
        }
        let mut told: BTreeMap<String, i64> = BTreeMap::new();
        let mut sent: Vec<i64> = Vec::new();
        for (message, is_again) in &world.arrived {
            prop_assert!(sent.last().is_none_or(|last| message.id >= *last), "messages out of order");
            if sent.last() == Some(&message.id) {
                prop_assert!(is_again, "message {} arrived twice, and everybody knew", message.id);
            } else {
                for item in &message.items {
                    let before = told.insert(item.matter.clone(), item.last);
                    prop_assert!(before.is_none_or(|before| before < item.first), "{} was told before", item.matter);
                }
            }
            sent.push(message.id);
        }
    }
}

#[test]
fn ten_thousand_waiting_drafts_are_one_message() {
    let mut world = World::new("at_least='info'");
    let at = rfc3339(world.now);
    world
        .raw
        .execute_batch(&format!(
            "BEGIN;
             WITH RECURSIVE n(x) AS (VALUES (10) UNION ALL SELECT x + 1 FROM n WHERE x < 10009)
             INSERT INTO draft (id, account, media_id, first_seen, last_seen) SELECT x, 1, 'X' || x, '{at}', '{at}' FROM n;
             WITH RECURSIVE n(x) AS (VALUES (10) UNION ALL SELECT x + 1 FROM n WHERE x < 10009)
             INSERT INTO event (id, account, draft, kind, severity, at) SELECT x, 1, x, 'draft.changed', 'info', '{at}' FROM n;
             COMMIT;"
        ))
        .unwrap();
    world.drain();
    let sizes: Vec<_> = world.arrived.iter().map(|(message, _)| message.items.len()).collect();
    assert_eq!(sizes, [10_000]);
    assert_eq!(world.arrived[0].0.severity, Severity::Info);
}

#[test]
fn many_saves_of_one_draft_are_one_message_and_an_alarm_is_sent_at_once() {
    let mut world = World::new("at_least='info'");
    for _ in 0..5 {
        world.event(1, 2);
        assert!(matches!(world.step(Outcome::Sent, None), OutboxState::Idle(Some(_))));
        world.now += TimeDelta::seconds(60);
    }
    world.event(1, 0);
    assert!(matches!(world.step(Outcome::Sent, None), OutboxState::Message(_)));
    let [(message, _)] = &world.arrived[..] else { panic!("{:?}", world.arrived) };
    let [item] = &message.items[..] else { panic!("{message:?}") };
    assert_eq!((item.first, item.worst, item.last, item.severity), (1, 6, 6, Severity::Alarm));
}

#[test]
fn a_draft_that_never_comes_to_rest_is_told_of_after_ten_minutes() {
    let mut world = World::new("at_least='info'");
    let began = world.now;
    while world.arrived.is_empty() {
        world.event(1, 2);
        world.step(Outcome::Sent, None);
        world.now += TimeDelta::seconds(30);
    }
    assert_eq!(world.now - began, TimeDelta::seconds(630));
}

#[test]
fn quiet_hours_hold_an_alarm_and_what_happened_meanwhile_joins_it() {
    // 04:00 UTC is noon in Shanghai.
    let mut world = World::new("at_least='warning'\nquiet='11:00-13:00'");
    world.event(1, 0);
    let OutboxState::Idle(Some(due)) = world.step(Outcome::Sent, None) else { panic!("it is quiet") };
    assert!((due - world.now).num_minutes() == 60, "{due}");
    world.now += TimeDelta::minutes(30);
    world.event(1, 2);
    world.step(Outcome::Sent, None);
    world.now = due;
    world.step(Outcome::Sent, None);
    let [(message, _)] = &world.arrived[..] else { panic!("{:?}", world.arrived) };
    assert_eq!((message.items[0].first, message.items[0].worst, message.items[0].last), (1, 1, 2));

    let mut world = World::new("at_least='warning'\nquiet='11:00-13:00'\nthrough=['draft.emptied']");
    world.event(1, 0);
    assert!(matches!(world.step(Outcome::Sent, None), OutboxState::Message(_)));
}

#[test]
fn a_parked_target_waits_until_its_settings_change_or_somebody_says_so() {
    for mend in [
        (|world: &mut World| world.writer.open_outbox_target("editors", Some("two"), world.now).unwrap())
            as fn(&mut World),
        |world| assert!(world.writer.retry_outbox_target("editors", world.now).unwrap()),
    ] {
        let mut world = World::new("");
        world.event(1, 0);
        world.step(Outcome::Parked, None);
        world.now += TimeDelta::days(3);
        world.writer.open_outbox_target("editors", Some("one"), START.parse().unwrap()).unwrap();
        world.writer.open_outbox_target("editors", None, world.now).unwrap();
        assert_eq!(world.step(Outcome::Sent, None), OutboxState::Parked);
        world.event(2, 0);
        mend(&mut world);
        world.drain();
        let told: Vec<_> =
            world.arrived.iter().flat_map(|(message, _)| &message.items).map(|item| &item.matter).collect();
        assert_eq!(told, ["draft:1", "draft:2"]);
    }
}

#[test]
fn what_is_no_longer_configured_is_forgotten_and_begins_anew() {
    let mut world = World::new("");
    world.event(1, 0);
    world.step(Outcome::Failed { wait: None }, None);
    world.event(2, 0);
    world.writer.close_other_outbox_targets(&["others"]).unwrap();
    world.writer.open_outbox_target("editors", Some("one"), START.parse().unwrap()).unwrap();
    world.drain();
    assert_eq!(world.arrived, [], "what happened before it was configured is not sent");
    world.event(3, 0);
    world.drain();
    assert_eq!(world.arrived.len(), 1);
}

#[test]
fn a_message_without_an_answer_is_sent_twice_and_not_more() {
    let mut world = World::new("");
    world.event(1, 0);
    world.step(Outcome::Uncertain, None);
    world.now += TimeDelta::seconds(59);
    assert!(matches!(world.step(Outcome::Sent, None), OutboxState::Message(message) if message.doubts == 1));
    assert_eq!(world.arrived.len(), 1, "a minute has to pass");
    world.now += TimeDelta::seconds(1);
    world.step(Outcome::Uncertain, None);
    world.now += TimeDelta::days(1);
    assert_eq!(world.step(Outcome::Sent, None), OutboxState::Idle(None));
    let again: Vec<_> = world.arrived.iter().map(|(_, is_again)| *is_again).collect();
    assert_eq!(again, [false, true]);
    assert_eq!(outbox::next(Outcome::Uncertain, 2, 2, false, world.now), Next::Uncertain);
}

#[test]
fn a_clock_that_was_set_back_holds_nothing_up() {
    let mut world = World::new("");
    let right = world.now;
    world.now += TimeDelta::days(400);
    world.event(1, 0);
    world.step(Outcome::Failed { wait: None }, None);
    world.event(2, 0);
    world.step(Outcome::Failed { wait: None }, None);
    world.now = right;
    world.step(Outcome::Sent, None);
    world.now += TimeDelta::seconds(4);
    world.step(Outcome::Sent, None);
    let told: Vec<_> = world.arrived.iter().map(|(message, _)| message.items[0].matter.as_str()).collect();
    assert_eq!(told, ["draft:1", "draft:2"]);
}

/// Once, a draft was told to be whole again in the message of its loss, and by a message of its own.
#[test]
fn what_a_message_has_told_of_is_not_told_again_but_what_matters_more_is() {
    let mut world = World::new("at_least = 'info'");
    let kind = |name: &str| KINDS.iter().position(|(kind, _)| *kind == name).unwrap();
    let begin = |world: &mut World| {
        world.event(1, kind("draft.emptied"));
        let (rule, now) = (world.rule.clone(), world.now);
        world.writer.take_events("editors", |waiting, event| Item::after(waiting, event, &rule, now)).unwrap();
        let OutboxState::Message(message) = world.writer.next_message("editors", now).unwrap() else {
            panic!("nothing")
        };
        message
    };
    for (meanwhile, expected) in [("draft.changed", 0), ("draft.emptied", 1)] {
        let message = begin(&mut world);
        // The facts are read after this, and tell of it.
        world.event(1, kind(meanwhile));
        world.event(2, kind("draft.changed"));
        world.writer.begin_send(message.id, "题", "行", &[("draft:1".to_owned(), world.events - 1)]).unwrap();
        world.record(&message, Outcome::Sent);
        world.arrived.clear();
        world.drain();
        let matters: Vec<_> = world.arrived.iter().flat_map(|(message, _)| &message.items).collect();
        let of = |matter: &str| matters.iter().filter(|item| item.matter == matter).count();
        assert_eq!((of("draft:1"), of("draft:2")), (expected, 1), "{meanwhile}");
    }
}

#[test]
fn a_damaged_event_holds_up_no_other() {
    let mut world = World::new("");
    world.event(1, 0);
    let insert =
        "INSERT INTO event (id, account, draft, kind, severity, at) VALUES (2, 1, 2, 'draft.empt1ed', 'alarm', ?1)";
    world.raw.execute(insert, [rfc3339(world.now)]).unwrap();
    world.events = 2;
    world.event(3, 0);
    world.drain();
    let told: Vec<_> = world.arrived.iter().flat_map(|(message, _)| &message.items).map(|item| &item.matter).collect();
    assert_eq!(told, ["draft:1", "draft:3"]);
}

#[test]
fn a_target_that_refuses_for_good_is_told_through_the_others_alone() {
    let mut world = World::new("");
    world.writer.open_outbox_target("desk", Some("two"), START.parse().unwrap()).unwrap();
    let check = |world: &mut World| {
        let report = conditions::check_service(&mut world.writer, ConditionReport::default(), world.now).unwrap();
        report.active.iter().find(|active| active.condition == Condition::TargetParked).cloned()
    };
    assert_eq!(check(&mut world), None);
    world.event(1, 0);
    world.step(Outcome::Parked, None);
    let parked = check(&mut world).expect("a condition");
    assert_eq!(parked.details.target.as_deref(), Some("editors"));
    assert_eq!(check(&mut world).map(|active| active.details), Some(parked.details), "and no second event");

    let (rule, now) = (world.rule.clone(), world.now);
    world.writer.take_events("desk", |waiting, event| Item::after(waiting, event, &rule, now)).unwrap();
    let OutboxState::Message(message) = world.writer.next_message("desk", now).unwrap() else { panic!("no message") };
    let matters: Vec<_> = message.items.iter().map(|item| item.matter.as_str()).collect();
    assert_eq!(matters, ["draft:1", "notify.parked:editors"]);
    assert_eq!(world.step(Outcome::Sent, None), OutboxState::Parked);
    let own = "SELECT count(*) FROM outbox_item WHERE target = 'editors' AND matter LIKE 'notify.parked%'";
    assert_eq!(world.raw.query_row(own, (), |row| row.get::<_, i64>(0)), Ok(0));

    world.writer.retry_outbox_target("editors", now).unwrap();
    assert_eq!(check(&mut world), None);
    let kinds = "SELECT group_concat(kind, ' ') FROM (SELECT kind FROM event WHERE kind LIKE 'notify.%' ORDER BY id)";
    let kinds = world.raw.query_row(kinds, (), |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(kinds, "notify.parked notify.parked.ended");
}

/// What `docs/notify.md` says of two daemons on an archive and its copy.
#[test]
fn of_a_copy_what_waited_is_told_twice_and_what_was_told_never_again() {
    let mut world = World::new("at_least = 'warning'");
    let kind = |name: &str| KINDS.iter().position(|(kind, _)| *kind == name).unwrap();
    world.event(1, kind("draft.emptied"));
    world.step(Outcome::Sent, None);
    world.now += TimeDelta::seconds(4);
    world.event(2, kind("draft.emptied"));
    world.step(Outcome::Sent, Some(Stop::BeforeRecord));
    world.event(3, kind("draft.gone"));
    let (rule, now) = (world.rule.clone(), world.now);
    world.writer.take_events("editors", |waiting, event| Item::after(waiting, event, &rule, now)).unwrap();
    world.arrived.clear();

    let mut other = world.copy();
    for daemon in [&mut world, &mut other] {
        daemon.drain();
        // The message that was on its way keeps its number, and says that it is sent again.
        assert_eq!(daemon.told(), [("draft:2", 2, true), ("draft:3", 3, false)]);
    }
    // From then on each tells what happens in its own archive.
    other.arrived.clear();
    other.event(1, kind("draft.gone"));
    other.drain();
    assert_eq!(other.told(), [("draft:1", 4, false)]);
    assert_eq!(world.step(Outcome::Sent, None), OutboxState::Idle(None));
}
