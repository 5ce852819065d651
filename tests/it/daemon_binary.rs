//! `draftkeep run` as systemd sees it: the real program, real signals, a notification socket.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::harness::World;
use crate::scripted::{Reply, Scripted};

const DRAFT: &str = r#"{"news_item":[{"title":"秋"}],"update_time":1790003600}"#;
const TOKEN: &str = "97_a-token-that-must-not-be-seen";

async fn platform(world: &World) -> Scripted {
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::token(TOKEN)]).on("draft/get", [Reply::ok(DRAFT)]);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b']")]);
    server
}

/// systemd's side of the socket.
struct Systemd {
    socket: UnixDatagram,
    /// Messages that no test has waited for yet: on a busy machine they arrive in another order.
    passed_over: Mutex<Vec<String>>,
}

impl Systemd {
    fn new(world: &World) -> Self {
        let socket = UnixDatagram::bind(world.path("notify")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { socket, passed_over: Mutex::default() }
    }

    /// Returns the first message that holds `line` and was not returned before.
    fn wait_for(&self, line: &str) -> String {
        let holds = |message: &String| message.lines().any(|found| found.starts_with(line));
        let mut passed_over = self.passed_over.lock().unwrap();
        if let Some(at) = passed_over.iter().position(holds) {
            return passed_over.remove(at);
        }
        let mut buffer = [0; 4096];
        loop {
            let length = match self.socket.recv(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                received => received.unwrap_or_else(|error| panic!("{line}: {error}")),
            };
            let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
            if holds(&message) {
                return message;
            }
            passed_over.push(message);
        }
    }
}

/// The daemon; it does not outlive its test.
struct Daemon(Child);

impl Daemon {
    fn start(world: &World, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = world.command(&["run", "--config", "config.toml"]);
        command.env("NOTIFY_SOCKET", world.path("notify")).stderr(Stdio::piped());
        change(&mut command);
        Self(command.spawn().unwrap())
    }

    fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// Waits for the end; returns the exit status and stderr.
    fn ended(mut self) -> (ExitStatus, String) {
        let mut text = String::new();
        self.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        (self.0.wait().unwrap(), text)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_told_how_it_goes() {
    let world = World::new();
    let (_platform, systemd) = (platform(&world).await, Systemd::new(&world));
    let daemon = Daemon::start(&world, |command| {
        command.env("WATCHDOG_USEC", "200000");
    });
    assert_eq!(systemd.wait_for("READY=1"), "READY=1\nSTATUS=1 account, 0 drafts\n");
    assert!(world.path("archive.db").exists(), "ready is ready");
    for _ in 0..3 {
        systemd.wait_for("WATCHDOG=1");
    }
    let status = systemd.wait_for("STATUS=1 account, 1 draft, last poll ");
    assert_eq!(status, "STATUS=1 account, 1 draft, last poll 10:00:00\n");
    daemon.signal("HUP");
    assert!(systemd.wait_for("RELOADING=1").contains("\nMONOTONIC_USEC="));
    systemd.wait_for("READY=1");
    daemon.signal("TERM");
    systemd.wait_for("STOPPING=1");
    let (status, told) = daemon.ended();
    assert_eq!(status.code(), Some(0), "{told}");
    assert!(!world.path("archive.db-wal").exists());
}

/// Waits for what a program writes into a file.
fn written(path: &Path) -> String {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match std::fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ if Instant::now() > until => panic!("nothing is written to {}", path.display()),
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_told_does_not_outlive_the_daemon() {
    let (world, server) = (World::new(), Scripted::start().await);
    server.on("stable_token", [Reply::errcode(40125, "invalid appsecret")]);
    world.configure(&[("mag", &server.base, "['Qm7xK2vTnS0b']")]);
    let pid = world.path("pid");
    let program = format!("sleep 600 & echo $! > {}; wait", pid.display());
    let target = format!("[[notify]]\nname = 'tell'\nto = {{ exec = ['sh', '-c', '{program}'] }}\n[[account]]");
    world.replace("config.toml", "[[account]]", &target);
    let daemon = Daemon::start(&world, |_| {});
    let child = written(&pid);
    daemon.signal("TERM");
    let (status, told) = daemon.ended();
    assert_eq!(status.code(), Some(0), "{told}");
    // The signal was sent before the daemon ended; to die of it takes the kernel a moment.
    let began = std::time::Instant::now();
    loop {
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            break;
        }
        assert!(began.elapsed().as_secs() < 20, "it goes on: {stat}");
        std::thread::yield_now();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_deleted_ends_the_daemon_and_none_begins_anew_beside_its_journal() {
    let world = World::new();
    let (_platform, systemd) = (platform(&world).await, Systemd::new(&world));
    let watched = |command: &mut Command| {
        command.env("WATCHDOG_USEC", "200000");
    };
    let daemon = Daemon::start(&world, watched);
    systemd.wait_for("STATUS=1 account, 1 draft, last poll ");
    std::fs::remove_file(world.path("archive.db")).unwrap();
    let (status, told) = daemon.ended();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(
        told.contains("archive.db was deleted or moved away while it was in use, so nothing more is written to it"),
        "{told}"
    );
    assert!(told.contains("config.toml import-backup FILE"), "{told}");
    let (status, told) = Daemon::start(&world, watched).ended();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(
        told.contains("archive.db is gone, and its journal") && told.contains("mv ./archive.db-wal ELSEWHERE"),
        "{told}"
    );
    std::fs::rename(world.path("archive.db-wal"), world.path("elsewhere.db-wal")).unwrap();
    let daemon = Daemon::start(&world, watched);
    systemd.wait_for("STATUS=1 account, 1 draft, last poll ");
    daemon.signal("TERM");
    let (status, told) = daemon.ended();
    assert_eq!(status.code(), Some(0), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_leaves_at_once() {
    let world = World::new();
    let (server, systemd) = (platform(&world).await, Systemd::new(&world));
    server.on("stable_token", [Reply::token(TOKEN).held_by(&Arc::new(Semaphore::new(0)))]);
    let mut daemon = Daemon::start(&world, |_| {});
    systemd.wait_for("READY=1");
    while server.requests("stable_token").is_empty() {
        tokio::task::yield_now().await;
    }
    // Another process holds the write lock, so the current poll cannot be recorded.
    let other = crate::harness::database(world.path("archive.db"));
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    daemon.signal("TERM");
    systemd.wait_for("STOPPING=1");
    assert!(daemon.0.try_wait().unwrap().is_none(), "the write at hand is waited for");
    let asked = Instant::now();
    daemon.signal("INT");
    let (status, told) = daemon.ended();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(told.contains("left at once, by a second signal"), "{told}");
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_never_holds_a_token() {
    let world = World::new();
    let (server, _systemd) = (platform(&world).await, Systemd::new(&world));
    let mut daemon = Daemon::start(&world, |command| {
        command.args(["--log", "json"]).env("RUST_LOG", "trace,reqwest=trace,hyper_util::client=trace");
    });
    let mut lines = BufReader::new(daemon.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut told: Vec<String> = Vec::new();
    while told.last().is_none_or(|line| !line.contains(r#""message":"polled""#)) {
        told.push(lines.next().expect("the poll's line"));
    }
    daemon.signal("TERM");
    told.extend(lines);
    assert_eq!(server.tokens("draft/get"), [TOKEN]);
    for line in told {
        serde_json::from_str::<serde_json::Value>(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(!line.contains(TOKEN) && !line.contains("hush"), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_told_with_the_right_exit_code() {
    let world = World::new();
    let (_server, systemd) = (platform(&world).await, Systemd::new(&world));
    let _first = Daemon::start(&world, |_| {});
    systemd.wait_for("READY=1");
    insta::assert_snapshot!(world.run(&["run", "--config", "config.toml", "--quiet"]), @r"
    ------- stderr -------
    Error: another draftkeep daemon is running on the archive ./archive.db
    Hint: Other commands work beside it. To see it: systemctl status draftkeep
    ------- exit 1 -------
    ");
    insta::assert_snapshot!(world.run(&["run", "--config", "config.toml", "--log-level", "draftkeep=loud"]), @r#"
    ------- stderr -------
    Error: "draftkeep=loud" does not say which log lines are wanted: error parsing level filter: expected one of "off", "error", "warn", "info", "debug", "trace", or a number 0-5
    Hint: A filter is a level or directives, as in: draftkeep=debug
    ------- exit 2 -------
    "#);
    std::fs::write(world.path("config.toml"), "archive = 3\n").unwrap();
    assert_eq!(world.run(&["run", "--config", "config.toml"]).code(), Some(2));
}
