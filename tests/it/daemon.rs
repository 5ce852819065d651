//! The daemon in this process: its clock stands still, its commands come from the test.

use std::io;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use draftkeep::archive::{self, DaemonLock, EventFilter, Filter, Reader, WriterHandle};
use draftkeep::cli::logging::{LogFormat, Logging};
use draftkeep::clock::Clock;
use draftkeep::config::{Account, Config, DraftSelection, PollMode, ProofConfig};
use draftkeep::daemon::worker::{AccountSession, StepOutcome, Worker, WorkerContext};
use draftkeep::daemon::{self, Command, Systemd};
use draftkeep::http_server::{Listener, Sockets};
use draftkeep::model::Severity;
use draftkeep::poll::Report;
use draftkeep::schedule::Schedule;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tracing::Dispatch;
use tracing::subscriber::NoSubscriber;
use tracing_subscriber::util::SubscriberInitExt;

use crate::client::{account, media_id, start_of_time};
use crate::harness::{World, database};
use crate::scripted::{Reply, Scripted};

pub(crate) const DRAFT: &str = r#"{"news_item":[{"title":"秋"}],"update_time":1790003600}"#;

/// Long enough for a machine under load, and never reached in a good run.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("it should have happened by now")
}

pub(crate) async fn until(mut happened: impl FnMut() -> bool) {
    soon(async {
        while !happened() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// A platform on which all drafts have the same content.
pub(crate) async fn platform() -> Scripted {
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::token("97_first")]).on("draft/get", [Reply::ok(DRAFT)]);
    server
}

pub(crate) fn watched(name: &str, server: &Scripted) -> Account {
    Account {
        name: name.parse().unwrap(),
        appid: crate::harness::appid(name),
        drafts: DraftSelection::Listed(vec![media_id()]),
        ..account(&server.base)
    }
}

/// The log lines since the last look.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    /// Listens on this thread; the tests' runtimes have no other.
    pub(crate) fn listen(filter: &str) -> (Self, tracing::subscriber::DefaultGuard) {
        // Where there is one subscriber only, tracing asks the thread at hand whether anybody wants a line, and remembers the
        // answer of a test that listens to nothing. With a second one it asks them all.
        static ANOTHER: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::default()));
        LazyLock::force(&ANOTHER);
        let (lines, invocation) = (Self::default(), Arc::default());
        let logging = Logging { form: LogFormat::Human, filter, painted: false, timed: false, invocation };
        let end = lines.clone();
        (lines, logging.subscriber(move || end.clone()).unwrap().set_default())
    }

    pub(crate) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A daemon at work.
pub(crate) struct Running {
    pub(crate) commands: mpsc::Sender<Command>,
    polls: mpsc::UnboundedReceiver<Report>,
    daemon: JoinHandle<Result<(), archive::Error>>,
}

impl Running {
    pub(crate) fn start(config: Config, clock: Clock) -> Self {
        Self::start_with(config, clock, Vec::new())
    }

    /// A daemon that gets sockets from its caller.
    pub(crate) fn start_with(config: Config, clock: Clock, sockets: Vec<Listener>) -> Self {
        let (commands, inbox) = mpsc::channel(1);
        let (tell, polls) = mpsc::unbounded_channel();
        let on_poll = Arc::new(move |report: &Report| tell.send(report.clone()).unwrap_or_default());
        let daemon = tokio::spawn(daemon::run(
            config,
            clock,
            inbox,
            Systemd::none(),
            Sockets { monitoring: sockets, web: Vec::new() },
            on_poll,
        ));
        Self { commands, polls, daemon }
    }

    /// The accounts of the next polls, sorted.
    pub(crate) async fn polled(&mut self, count: usize) -> Vec<String> {
        let mut accounts = Vec::new();
        for _ in 0..count {
            accounts.push(soon(self.polls.recv()).await.expect("a daemon at work").account.to_string());
        }
        accounts.sort();
        accounts
    }

    pub(crate) async fn stop(mut self) {
        self.commands.send(Command::Stop).await.unwrap();
        soon(self.daemon).await.unwrap().unwrap();
        assert!(self.polls.try_recv().is_err(), "a poll that nobody asked for");
    }
}

pub(crate) fn config(world: &World, accounts: Vec<Account>) -> Config {
    Config {
        path: world.path("config.toml"),
        archive: world.path("archive.db"),
        ca_file: None,
        http: None,
        http_hosts: Vec::new(),
        web: None,
        notify: Vec::new(),
        pings: Vec::new(),
        copies: Vec::new(),
        retention: None,
        proof: ProofConfig::default(),
        mirror: None,
        gate: None,
        accounts,
    }
}

pub(crate) fn clock() -> Clock {
    Clock::fixed(start_of_time())
}

fn versions(archive: &Path) -> u64 {
    let drafts = Reader::open(archive).and_then(|reader| reader.drafts(&Filter::default()));
    drafts.map_or(0, |drafts| drafts.iter().map(|draft| draft.versions).sum())
}

#[tokio::test]
async fn at_the_start_every_account_is_polled_once() {
    let (world, server) = (World::new(), platform().await);
    let config = config(&world, vec![watched("mag", &server), watched("shop", &server)]);
    let mut daemon = Running::start(config, clock());
    assert_eq!(daemon.polled(2).await, ["mag", "shop"]);
    daemon.stop().await;
    assert_eq!(server.requests("draft/get").len(), 2);
    assert!(!world.path("archive.db-wal").exists(), "a stopped daemon leaves one file");
    assert_eq!(versions(&world.path("archive.db")), 2);
}

/// The events in the archive, oldest first, as `account: kind`.
fn told(archive: &Path) -> Vec<String> {
    let everything = EventFilter { at_least: Severity::Info, limit: None };
    let events = Reader::open(archive).and_then(|reader| reader.events(&everything)).unwrap_or_default();
    let line =
        |event: &archive::Event| format!("{}: {}", event.account.as_deref().unwrap_or("service"), event.kind.as_str());
    events.iter().rev().map(line).collect()
}

/// Runs the daemon until it has told so much, and returns what is told then.
async fn told_by(config: Config, accounts: &[&str], count: usize) -> Vec<String> {
    let archive = config.archive.clone();
    let mut daemon = Running::start(config, clock());
    assert_eq!(daemon.polled(accounts.len()).await, accounts);
    until(|| told(&archive).len() >= count).await;
    daemon.stop().await;
    told(&archive)
}

#[tokio::test]
async fn a_condition_begins_once_however_often_the_daemon_is_started_and_ends_with_the_account() {
    let (world, server, refused) = (World::new(), platform().await, platform().await);
    let whitelist = "invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist";
    refused.on("stable_token", [Reply::errcode(40164, whitelist)]);
    let both = || config(&world, vec![watched("mag", &refused), watched("shop", &server)]);
    assert_eq!(told_by(both(), &["mag", "shop"], 1).await, ["mag: account.whitelist"]);
    // What the second start tells of the account shows that it was looked at again.
    let cut_off = "INSERT INTO restore (kind, version, account, started_at)
                   SELECT 'as-new', 1, id, '2026-08-31T01:00:00.000Z' FROM account WHERE name = 'mag'";
    database(world.path("archive.db")).execute_batch(cut_off).unwrap();
    let begun = ["mag: account.whitelist", "mag: restore.cut_off"];
    assert_eq!(told_by(both(), &["mag", "shop"], 2).await, begun);
    let conditions = Reader::open(&world.path("archive.db")).unwrap().open_conditions().unwrap();
    assert_eq!(conditions[0].details.address.as_deref(), Some("203.0.113.24"));
    let one = config(&world, vec![watched("shop", &server)]);
    let ended = ["mag: account.whitelist.ended", "mag: restore.cut_off.ended"];
    assert_eq!(told_by(one, &["shop"], 4).await, [begun, ended].concat());
}

#[tokio::test]
async fn a_condition_ends_with_the_reload_that_takes_its_account_away() {
    let (world, server, refused) = (World::new(), platform().await, platform().await);
    refused.on("stable_token", [Reply::errcode(40125, "invalid appsecret")]);
    world.configure(&[("mag", &refused.base, "['A']"), ("shop", &server.base, "['A']")]);
    let archive = world.path("archive.db");
    let mut daemon = Running::start(Config::load(&world.path("config.toml")).unwrap().config, clock());
    assert_eq!(daemon.polled(2).await, ["mag", "shop"]);
    until(|| told(&archive) == ["mag: account.credentials"]).await;
    world.configure(&[("shop", &server.base, "['A']")]);
    daemon.commands.send(Command::Reload).await.unwrap();
    until(|| told(&archive) == ["mag: account.credentials", "mag: account.credentials.ended"]).await;
    daemon.stop().await;
}

/// Once, the others were told at the next look at the service, ten minutes later.
#[tokio::test]
async fn a_target_that_refuses_for_good_is_told_to_the_others_at_once() {
    let (world, server, refused, robot) = (World::new(), platform().await, platform().await, Scripted::start().await);
    refused.on("stable_token", [Reply::errcode(40125, "invalid appsecret")]);
    robot.on("send", [Reply::errcode(93000, "invalid webhook url")]);
    let targets = format!(
        "[[notify]]\nname = 'chat'\nto = {{ wecom = {{ command = ['echo', '{}/cgi-bin/webhook/send?key=0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0'] }} }}\n\
         [[notify]]\nname = 'desk'\nto = {{ exec = ['cat'] }}\n[[account]]",
        robot.base
    );
    let start = |base: &str| {
        world.configure(&[("mag", base, "['A']")]);
        world.replace("config.toml", "[[account]]", &targets);
        Running::start(Config::load(&world.path("config.toml")).unwrap().config, clock())
    };
    let known = || {
        let reader = Reader::open(&world.path("archive.db"));
        reader.and_then(|reader| reader.outbox_targets()).is_ok_and(|targets| targets.len() == 2)
    };
    let mut daemon = start(&server.base);
    daemon.polled(1).await;
    until(known).await;
    daemon.stop().await;
    let mut daemon = start(&refused.base);
    daemon.polled(1).await;
    // The clock stands still, so the service is not looked at again by itself, and nobody wakes the target but the event.
    let waiting = "SELECT EXISTS (SELECT 1 FROM outbox_item WHERE target = 'desk' AND matter = 'notify.parked:chat')";
    let archive = crate::harness::database(world.path("archive.db"));
    until(|| archive.query_row(waiting, (), |row| row.get(0)).unwrap()).await;
    daemon.stop().await;
    assert_eq!(told(&world.path("archive.db")), ["mag: account.credentials", "service: notify.parked"]);
}

#[tokio::test]
async fn an_archive_that_polls_cannot_use_is_trouble_of_the_service() {
    let (world, server) = (World::new(), platform().await);
    let start = || Running::start(config(&world, vec![watched("mag", &server)]), clock());
    let archive = world.path("archive.db");
    let mut daemon = start();
    daemon.polled(1).await;
    daemon.stop().await;
    let rename = |from: &str, to: &str| {
        let sql = format!("PRAGMA legacy_alter_table = ON; ALTER TABLE {from} RENAME TO {to}");
        crate::harness::database(&archive).execute_batch(&sql).unwrap();
    };
    rename("habit", "habit_away");
    let daemon = start();
    until(|| !told(&archive).is_empty()).await;
    daemon.stop().await;
    assert_eq!(told(&archive), ["service: archive.trouble"]);
    let reason = Reader::open(&archive).unwrap().open_conditions().unwrap().remove(0).details.reason.unwrap();
    assert!(reason.contains("habit"), "{reason}");
    rename("habit_away", "habit");
    let mut daemon = start();
    daemon.polled(1).await;
    until(|| told(&archive).len() == 2).await;
    daemon.stop().await;
    assert_eq!(told(&archive), ["service: archive.trouble", "service: archive.trouble.ended"]);
}

/// The only test here that uses the system's clock.
#[tokio::test]
async fn an_account_is_polled_on_its_schedule_and_on_the_second() {
    let (world, server) = (World::new(), platform().await);
    // As much as a poll a second needs at any hour, whatever is left to other systems.
    let quota = r#"{"errcode":0,"errmsg":"ok","quota":{"daily_limit":1000000,"used":0,"remain":1000000}}"#;
    server.on("openapi/quota/get", [Reply::ok(quota)]);
    let poll_mode = PollMode::Cron(Schedule::parse("* * * * * *", chrono_tz::UTC).unwrap());
    let mut daemon =
        Running::start(config(&world, vec![Account { poll_mode, ..watched("mag", &server) }]), Clock::system());
    assert_eq!(daemon.polled(3).await, ["mag", "mag", "mag"]);
    daemon.commands.send(Command::Stop).await.unwrap();
    soon(daemon.daemon).await.unwrap().unwrap();
    let last = Reader::open(&world.path("archive.db")).unwrap().last_poll("mag").unwrap().unwrap();
    assert!(last.timestamp_subsec_millis() < 900, "a tick at {last}");
}

#[tokio::test]
async fn a_slow_account_holds_up_no_other_and_does_not_delay_the_end() {
    let (world, server, slow) = (World::new(), platform().await, platform().await);
    let gate = Arc::new(Semaphore::new(1));
    // The first draft comes, the second never does.
    slow.on("draft/get", [Reply::ok(DRAFT).held_by(&gate)]);
    let two = DraftSelection::Listed(["Qm7xDraft", "Qm7xOther"].map(draftkeep::model::MediaId::new).to_vec());
    let slow_account = Account { drafts: two, ..watched("slow", &slow) };
    let config = config(&world, vec![slow_account, watched("mag", &server)]);
    let (archive, mut daemon) = (config.archive.clone(), Running::start(config, clock()));
    assert_eq!(daemon.polled(1).await, ["mag"]);
    until(|| slow.requests("draft/get").len() == 2 && versions(&archive) == 2).await;

    let asked = Instant::now();
    daemon.commands.send(Command::Stop).await.unwrap();
    soon(daemon.daemon).await.unwrap().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert_eq!(versions(&archive), 2, "what had come was kept");
    assert!(DaemonLock::acquire(&archive).is_ok(), "the next daemon may come");
}

#[tokio::test]
async fn pictures_that_do_not_come_hold_up_no_poll_and_not_the_end() {
    let (world, server) = (World::new(), platform().await);
    let gate = Arc::new(Semaphore::new(0));
    let drafts: Vec<_> = (0..50).map(|n| draftkeep::model::MediaId::new(format!("Qm7xDraft{n}"))).collect();
    let picture = |n: usize| format!("<img data-src='https://mmbiz.qpic.cn/m/P{n}/0'>");
    let body: String = (0..10).map(picture).collect();
    let document = serde_json::json!({"news_item": [{"title": "秋", "content": body}]}).to_string();
    server.on("draft/get", [Reply::ok(document)]);
    for n in 0..10 {
        server.on(&format!("/m/P{n}/0"), [Reply::ok(b"GIF89a").held_by(&gate)]);
    }
    server.on("/mmbiz_png/0000000000/0", [Reply::with("404 Not Found", "", b"")]);
    let many = Account { drafts: DraftSelection::Listed(drafts), ..watched("mag", &server) };
    let config = config(&world, vec![many, watched("shop", &server)]);
    let (archive, mut daemon) = (config.archive.clone(), Running::start(config, clock()));
    assert_eq!(daemon.polled(2).await, ["mag", "shop"]);
    assert_eq!(versions(&archive), 51);
    until(|| !server.requests("/m/P0/0").is_empty()).await;
    let asked = Instant::now();
    daemon.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

#[tokio::test]
async fn a_daemon_whose_archive_is_taken_away_reports_no_version_and_ends() {
    type Harm = fn(&Path);
    let harms: [Harm; 3] = [
        |archive| std::fs::remove_file(archive).unwrap(),
        |archive| {
            let backup = archive.with_extension("backup");
            let database = rusqlite::Connection::open(archive).unwrap();
            database.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
            std::fs::copy(backup, archive).unwrap();
        },
        |archive| {
            std::fs::copy(archive, archive.with_extension("new")).unwrap();
            std::fs::rename(archive.with_extension("new"), archive).unwrap();
        },
    ];
    for harm in harms {
        let (world, server) = (World::new(), platform().await);
        let gate = Arc::new(Semaphore::new(0));
        server.on("draft/get", [Reply::ok(DRAFT).held_by(&gate)]);
        let config = config(&world, vec![watched("mag", &server)]);
        let (archive, mut daemon) = (config.archive.clone(), Running::start(config, clock()));
        until(|| server.requests("draft/get").len() == 1).await;
        harm(&archive);
        let (lines, _guard) = Lines::listen("info");
        gate.add_permits(10);
        let ended = soon(daemon.daemon).await.unwrap();
        assert!(matches!(&ended, Err(archive::Error::Moved { .. })), "{ended:?}");
        assert!(daemon.polls.try_recv().is_err(), "nothing was reported");
        let told = lines.take();
        assert!(told.contains("nothing more is written to it") && !told.contains("new version"), "{told}");
    }
}

/// If somebody has moved the archive away, a restarted daemon begins a new one.
#[tokio::test]
async fn a_daemon_that_begins_a_new_archive_says_so() {
    let (world, server) = (World::new(), platform().await);
    let (lines, _listening) = Lines::listen("info");
    let config = config(&world, vec![watched("mag", &server)]);
    for is_new in [true, false] {
        let mut daemon = Running::start(config.clone(), clock());
        daemon.polled(1).await;
        daemon.stop().await;
        let told = lines.take();
        assert_eq!(told.matches("there was no archive, so a new one is begun").count(), usize::from(is_new), "{told}");
    }
}

#[tokio::test]
async fn a_second_daemon_is_refused() {
    let (world, server) = (World::new(), platform().await);
    let config = config(&world, vec![watched("mag", &server)]);
    let _first = DaemonLock::acquire(&config.archive).unwrap();
    let daemon = Running::start(config, clock());
    let error = soon(daemon.daemon).await.unwrap().unwrap_err();
    assert!(matches!(error, archive::Error::SecondDaemon(_)), "{error}");
    assert!(!world.path("archive.db").exists(), "the first daemon's archive was not touched");
}

#[tokio::test]
async fn an_archive_that_does_not_open_holds_up_no_order() {
    let (world, server) = (World::new(), platform().await);
    let config = config(&world, vec![watched("mag", &server)]);
    let archive = config.archive.clone();
    let other = crate::harness::database(&archive);
    other.execute_batch("CREATE TABLE t (x); BEGIN EXCLUSIVE; DROP TABLE t").unwrap();
    let daemon = Running::start(config, clock());
    until(|| DaemonLock::acquire(&archive).is_err()).await;
    let asked = Instant::now();
    daemon.stop().await;
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    assert!(DaemonLock::acquire(&archive).is_err(), "somebody still opens the archive");
    other.execute_batch("COMMIT").unwrap();
    until(|| DaemonLock::acquire(&archive).is_ok()).await;
}

#[tokio::test]
async fn a_reload_touches_only_what_has_changed() {
    let world = World::new();
    let (lines, _listening) = Lines::listen("draftkeep::daemon::reload=info");
    let (kept, changed, added) = (platform().await, platform().await, platform().await);
    world.configure(&[("kept", &kept.base, "['A']"), ("changed", &changed.base, "['A']")]);
    let loaded = Config::load(&world.path("config.toml")).unwrap();
    let mut daemon = Running::start(loaded.config, clock());
    assert_eq!(daemon.polled(2).await, ["changed", "kept"]);

    world.configure(&[
        ("kept", &kept.base, "['A']"),
        ("changed", &changed.base, "['B']"),
        ("added", &added.base, "['A']"),
    ]);
    daemon.commands.send(Command::Reload).await.unwrap();
    assert_eq!(daemon.polled(2).await, ["added", "changed"]);
    assert_eq!(changed.requests("draft/get")[1].json()["media_id"], "B");

    // Two accounts go, then one of them returns.
    world.configure(&[("kept", &kept.base, "['A']")]);
    daemon.commands.send(Command::Reload).await.unwrap();
    let mut told = String::new();
    until(|| {
        told += &lines.take();
        told.contains("removed=2")
    })
    .await;
    world.configure(&[("kept", &kept.base, "['A']"), ("added", &added.base, "['A']")]);
    daemon.commands.send(Command::Reload).await.unwrap();
    assert_eq!(daemon.polled(1).await, ["added"]);
    daemon.stop().await;
    assert_eq!(kept.requests("draft/get").len(), 1, "the account that stayed was left alone");
    insta::assert_snapshot!(told + &lines.take(), @r"
    INFO configuration reloaded added=2 removed=0 kept=1 targets=0
    INFO configuration reloaded added=0 removed=2 kept=1 targets=0
    INFO configuration reloaded added=1 removed=0 kept=1 targets=0
    ");
}

#[tokio::test]
async fn a_bad_configuration_leaves_the_old_one_in_force() {
    let (world, server) = (World::new(), platform().await);
    let (lines, _listening) = Lines::listen("error");
    let file = world.path("config.toml");
    world.configure(&[("mag", &server.base, "['A']")]);
    let good = std::fs::read_to_string(&file).unwrap();
    let mut daemon = Running::start(Config::load(&file).unwrap().config, clock());
    assert_eq!(daemon.polled(1).await, ["mag"]);

    let directory = file.parent().unwrap().display().to_string();
    let refused = async |text: String| {
        std::fs::write(&file, text).unwrap();
        daemon.commands.send(Command::Reload).await.unwrap();
        let mut told = String::new();
        until(|| {
            told += &lines.take();
            told.contains("stays in force")
        })
        .await;
        told.replace(&directory, "$TMP")
    };
    let mistakes = good.replace("name = 'mag'", "name = 'Mag'\nnick = 'm'").replace("*/5", "*/0");
    insta::assert_snapshot!(refused(mistakes).await, @r#"
    ERROR the configuration is not reloaded, the old one stays in force: the configuration has 3 mistakes:
        $TMP/config.toml:3:8: account[1].name = "Mag"
            a name is 1 to 32 characters of a-z, 0-9, _ and -
        $TMP/config.toml:4:1: account[1].nick
            an account has no such key
            hint: the keys here are name, appid, secret, token, drafts, schedule, timezone, quota_share, shrunk_share, ignore_fields, watch_fields, assets, asset_limit, api_base, image_base, gate, proxy
        $TMP/config.toml:8:12: account[1].schedule = "*/0 * * * *"
            minute "*/0": step cannot be zero
    "#);
    insta::assert_snapshot!(refused(good.replace("archive.db", "other.db")).await, @"ERROR the configuration is not reloaded, the old one stays in force: the archive was $TMP/archive.db when the daemon started, the configuration now says $TMP/other.db. The archive changes with a restart only: systemctl restart draftkeep");

    // The daemon is unchanged, and accepts a valid configuration again.
    std::fs::write(&file, good.replace("['A']", "['A', 'B']")).unwrap();
    daemon.commands.send(Command::Reload).await.unwrap();
    assert_eq!(daemon.polled(1).await, ["mag"]);
    daemon.stop().await;
    assert_eq!(server.requests("draft/get").len(), 3);
    assert!(!world.path("other.db").exists());
}

/// A worker alone, and its reports.
struct Bench {
    worker: Worker,
    outcomes: mpsc::UnboundedReceiver<StepOutcome>,
    context: WorkerContext,
    _world: World,
}

impl Bench {
    fn new(account: Account, on_poll: impl Fn(&Report) + Send + Sync + 'static) -> Self {
        let world = World::new();
        let (tell, outcomes) = mpsc::unbounded_channel();
        let archive = WriterHandle::open(&world.path("archive.db")).unwrap();
        let context = WorkerContext::new(archive, clock(), Arc::new(on_poll), tell);
        Self { worker: Worker::new(AccountSession::new(account), context.clone()), outcomes, context, _world: world }
    }

    async fn outcome(&mut self) -> StepOutcome {
        soon(self.outcomes.recv()).await.expect("an outcome")
    }

    async fn poll(&mut self) -> StepOutcome {
        self.worker.wake();
        self.outcome().await
    }

    async fn stop(self) {
        self.context.stop.cancel();
        self.context.tasks.close();
        soon(self.context.tasks.wait()).await;
    }
}

#[tokio::test]
async fn a_ring_during_a_poll_is_kept_and_nothing_overlaps() {
    let (server, gate) = (platform().await, Arc::new(Semaphore::new(0)));
    server.on("draft/get", [Reply::ok(DRAFT).held_by(&gate)]);
    let mut bench = Bench::new(watched("mag", &server), |_| {});
    bench.worker.wake();
    until(|| server.requests("draft/get").len() == 1).await;
    for _ in 0..3 {
        bench.worker.wake();
    }
    tokio::task::yield_now().await;
    assert_eq!(server.requests("draft/get").len(), 1, "one poll at a time");
    gate.add_permits(10);
    let (first, second) = (bench.outcome().await, bench.outcome().await);
    assert!(second.began_at >= first.ended_at);
    bench.stop().await;
    assert_eq!(server.requests("draft/get").len(), 2, "three rings are one poll more");
    assert_eq!(server.requests("stable_token").len(), 1, "the line is kept from poll to poll");
}

#[tokio::test]
async fn a_new_duty_begins_with_the_next_poll() {
    let (server, other, gate) = (platform().await, platform().await, Arc::new(Semaphore::new(0)));
    server.on("draft/get", [Reply::ok(DRAFT).held_by(&gate)]);
    let mut bench = Bench::new(watched("mag", &server), |_| {});
    bench.worker.wake();
    until(|| server.requests("draft/get").len() == 1).await;
    bench.worker.set_session(Some(AccountSession::new(watched("mag", &other))));
    bench.worker.wake();
    gate.add_permits(1);
    assert_eq!(bench.outcome().await.result.unwrap().unwrap().seen, 1, "the poll at hand ends as it would have");
    assert_eq!(bench.outcome().await.result.unwrap().unwrap().seen, 1);
    bench.worker.set_session(None);
    bench.worker.wake();
    bench.stop().await;
    assert_eq!((server.requests("draft/get").len(), other.requests("draft/get").len()), (1, 1));
}

#[tokio::test]
async fn a_line_that_cannot_be_set_up_is_the_trouble_of_one_account() {
    let server = platform().await;
    let mut bench = Bench::new(Account { proxy: Some("http://[".to_owned()), ..watched("mag", &server) }, |_| {});
    let told = bench.poll().await.result.unwrap_err().to_string();
    assert_eq!(told, "on this machine: the address in `proxy` is not valid");
    bench.worker.set_session(Some(AccountSession::new(watched("mag", &server))));
    assert_eq!(bench.poll().await.result.unwrap().unwrap().seen, 1);
    bench.stop().await;
}

#[tokio::test]
async fn a_panic_ends_the_poll_and_not_the_worker() {
    let (server, first) = (platform().await, std::sync::atomic::AtomicBool::new(true));
    let (lines, _listening) = Lines::listen("error");
    let mut bench = Bench::new(watched("mag", &server), move |_| {
        assert!(!first.swap(false, std::sync::atomic::Ordering::Relaxed), "a mistake in the program");
    });
    assert!(bench.poll().await.result.is_err());
    assert!(lines.take().contains("a mistake in the program"));
    assert!(bench.poll().await.result.is_ok());
    bench.stop().await;
}

#[tokio::test]
async fn a_refusal_is_told_with_its_cause_the_way_out_and_the_rid_for_the_platforms_support() {
    let server = platform().await;
    server.on("draft/get", [Reply::errcode(48001, "api unauthorized rid: 6a1b2c3d-0f1e2d3c-4b5a6978")]);
    let (lines, _listening) = Lines::listen("info");
    let mut bench = Bench::new(watched("mag", &server), |_| {});
    bench.poll().await.result.unwrap();
    insta::assert_snapshot!(lines.take(), @r#"ERROR draft/get: the account may not use this endpoint: api unauthorized (errcode 48001, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that `appid` is an official account and no mini program account=mag code=48001 rid="6a1b2c3d-0f1e2d3c-4b5a6978" others=1"#);
    bench.stop().await;
}

#[tokio::test]
async fn a_lasting_failure_is_told_once_an_hour_and_once_when_it_ends() {
    let server = platform().await;
    let refusal = "invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist";
    server.on("stable_token", [Reply::errcode(40164, refusal)]);
    let (lines, _listening) = Lines::listen("info");
    let mut bench = Bench::new(watched("mag", &server), |_| {});
    let mut told = Vec::new();
    for minute in (0..=70).step_by(10) {
        bench.poll().await.result.unwrap();
        told.extend((!lines.take().is_empty()).then_some(minute));
        bench.context.clock.advance(TimeDelta::minutes(10).to_std().unwrap());
    }
    assert_eq!(told, [0, 60]);
    server.on("stable_token", [Reply::token("97_first")]);
    bench.poll().await.result.unwrap();
    bench.poll().await.result.unwrap();
    insta::assert_snapshot!(lines.take(), @r#"
    INFO new version account=mag media_id=Qm7xDraft version=1 title="秋"
    INFO polled account=mag strategy="list" calls=2 seen=1 new_versions=1 missing=0 errors=0 duration_ms=0
    INFO well again account=mag failed_polls=8 lasted="1 h 20 min"
    INFO polled account=mag strategy="list" calls=1 seen=1 new_versions=0 missing=0 errors=0 duration_ms=0
    "#);
    bench.stop().await;
}

#[tokio::test]
async fn a_draft_without_articles_is_told_once_an_hour_and_is_no_failure() {
    let server = platform().await;
    server.on("draft/get", [Reply::ok(r#"{"news_item":[],"update_time":1790003600}"#)]);
    let (lines, _listening) = Lines::listen("warn");
    let mut bench = Bench::new(watched("mag", &server), |_| {});
    let mut told = String::new();
    for _ in (0..=50).step_by(10) {
        let report = bench.poll().await.result.unwrap().unwrap();
        assert!(report.failures.is_empty());
        told += &lines.take();
        bench.context.clock.advance(TimeDelta::minutes(10).to_std().unwrap());
    }
    insta::assert_snapshot!(told, @"WARN the platform shows this draft without articles: there is nothing to keep account=mag media_id=Qm7xDraft");
    bench.stop().await;
}
