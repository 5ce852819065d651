//! Health and metrics over HTTP.

use std::path::Path;
use std::sync::Arc;

use draftkeep::config::{Config, Listen};
use draftkeep::daemon::Command;
use draftkeep::http_server::Listener;
use tokio::sync::Semaphore;

use crate::daemon::{DRAFT, Lines, Running, clock, config, platform, soon, until, watched};
use crate::harness::World;
use crate::scripted::{Reply, Scripted};
use crate::simulator::{client, client_with};

/// A listener for the daemon, and its address.
pub(crate) fn socket() -> (Listener, String) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    (Listener::tcp(listener).unwrap(), base)
}

/// Status and body; `None` if nothing listens.
pub(crate) async fn get(url: &str) -> Option<(u16, String)> {
    let response = client().get(url).send().await.ok()?;
    Some((response.status().as_u16(), response.text().await.unwrap()))
}

async fn get_over(socket: &Path, path: &str) -> Option<(u16, String)> {
    let client = client_with(|builder| builder.unix_socket(socket));
    let response = client.get(format!("http://draftkeep{path}")).send().await.ok()?;
    Some((response.status().as_u16(), response.text().await.unwrap()))
}

/// The metrics, once they contain a line.
pub(crate) async fn until_metrics(base: &str, line: &str) -> String {
    soon(async {
        loop {
            let (_, metrics) = get(&format!("{base}/metrics")).await.unwrap();
            if metrics.contains(line) {
                return metrics;
            }
        }
    })
    .await
}

/// The log, once it contains a text.
async fn told_of(lines: &Lines, what: &str) -> String {
    let mut told = String::new();
    until(|| {
        told += &lines.take();
        told.contains(what)
    })
    .await;
    told
}

/// The samples, without those that differ between runs.
fn samples(metrics: &str) -> String {
    let varies =
        ["draftkeep_poll_duration_seconds_bucket", "draftkeep_poll_duration_seconds_sum", "draftkeep_archive_bytes"];
    let is_steady = |line: &&str| !line.starts_with('#') && !varies.iter().any(|name| line.starts_with(name));
    metrics.lines().filter(is_steady).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_daemon_at_work_is_healthy_ready_and_tells_its_numbers() {
    let (world, server, (socket, base)) = (World::new(), platform().await, socket());
    let gate = Arc::new(Semaphore::new(0));
    server.on("draft/get", [Reply::ok(DRAFT).held_by(&gate)]);
    let mut daemon = Running::start_with(config(&world, vec![watched("mag", &server)]), clock(), vec![socket]);
    assert_eq!(get(&format!("{base}/healthz")).await, Some((200, "alive\n".to_owned())));
    let (status, reasons) = get(&format!("{base}/readyz")).await.unwrap();
    assert_eq!(
        (status, &*world.shown(&reasons)),
        (503, "account mag: nothing was read of it yet; next: draftkeep --config $TMP/config.toml status mag\n")
    );

    gate.add_permits(1);
    daemon.polled(1).await;
    let ready = Some((200, "ready\n".to_owned()));
    soon(async { while get(&format!("{base}/readyz")).await != ready {} }).await;
    // The poll is on record before its outcome is counted.
    let metrics = until_metrics(&base, "draftkeep_polls_total").await;
    insta::assert_snapshot!(samples(&metrics), @r#"
    draftkeep_account_fresh{account="mag"} 1
    draftkeep_api_calls_total{account="mag",errcode="0",interface="draft/get"} 1
    draftkeep_api_calls_total{account="mag",errcode="0",interface="stable_token"} 1
    draftkeep_api_calls_total{account="mag",errcode="none",interface="openapi/quota/get"} 3
    draftkeep_archive_writable 1
    draftkeep_assets{account="mag",state="held"} 0
    draftkeep_assets{account="mag",state="missing"} 0
    draftkeep_assets{account="mag",state="waiting"} 0
    draftkeep_build_info{version="0.1.0"} 1
    draftkeep_config_last_reload_successful 1
    draftkeep_drafts{account="mag",state="deleted"} 0
    draftkeep_drafts{account="mag",state="gone"} 0
    draftkeep_drafts{account="mag",state="live"} 1
    draftkeep_drafts{account="mag",state="missing"} 0
    draftkeep_drafts{account="mag",state="published"} 0
    draftkeep_gate_writes_held 0
    draftkeep_last_success_timestamp_seconds{account="mag"} 1788228000
    draftkeep_mirror_failing 0
    draftkeep_poll_duration_seconds_count{account="mag"} 1
    draftkeep_polls_total{account="mag",outcome="ok"} 1
    draftkeep_process_start_time_seconds 1788228000
    draftkeep_quota_left_calls{account="mag",interface="draft/batchget"} 1000
    draftkeep_quota_left_calls{account="mag",interface="draft/count"} 1000
    draftkeep_quota_left_calls{account="mag",interface="draft/get"} 499
    draftkeep_quota_left_calls{account="mag",interface="openapi/quota/get"} 285
    draftkeep_quota_left_calls{account="mag",interface="stable_token"} 499999
    draftkeep_quota_limit_calls{account="mag",interface="draft/batchget"} 1000
    draftkeep_quota_limit_calls{account="mag",interface="draft/count"} 1000
    draftkeep_quota_limit_calls{account="mag",interface="draft/get"} 500
    draftkeep_quota_limit_calls{account="mag",interface="openapi/quota/get"} 288
    draftkeep_quota_limit_calls{account="mag",interface="stable_token"} 500000
    draftkeep_staleness_seconds{account="mag"} 0
    draftkeep_versions{account="mag"} 1
    "#);
    daemon.stop().await;
    assert_eq!(get(&format!("{base}/healthz")).await, None, "nobody listens any more");
}

#[tokio::test]
async fn polls_that_fail_are_counted_by_code_and_leave_the_daemon_unready() {
    let (world, server, (socket, base)) = (World::new(), Scripted::start().await, socket());
    server.on("stable_token", [Reply::ok(r#"{"errcode":40164,"errmsg":"invalid ip 1.2.3.4, not in whitelist"}"#)]);
    let mut daemon = Running::start_with(config(&world, vec![watched("mag", &server)]), clock(), vec![socket]);
    daemon.polled(1).await;
    let failed = r#"draftkeep_polls_total{account="mag",outcome="failed"} 1"#;
    let metrics = until_metrics(&base, failed).await;
    let code = r#"draftkeep_api_calls_total{account="mag",errcode="40164",interface="stable_token"} 1"#;
    assert!(metrics.contains(code), "{metrics}");
    assert!(metrics.contains(r#"draftkeep_account_fresh{account="mag"} 0"#), "{metrics}");
    assert!(!metrics.contains("draftkeep_last_success"), "there was none: {metrics}");
    assert_eq!(get(&format!("{base}/readyz")).await.unwrap().0, 503);
    assert_eq!(get(&format!("{base}/healthz")).await.unwrap().0, 200);
    daemon.stop().await;
}

#[tokio::test]
async fn a_unix_socket_is_made_for_the_group_and_goes_with_the_daemon() {
    use std::os::unix::fs::PermissionsExt as _;
    let (world, server) = (World::new(), platform().await);
    let path = world.path("http.sock");
    // A socket that a killed daemon left behind.
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let http = Some(Listen::Unix(path.clone()));
    let mut daemon = Running::start(Config { http, ..config(&world, vec![watched("mag", &server)]) }, clock());
    daemon.polled(1).await;
    let alive = Some((200, "alive\n".to_owned()));
    soon(async { while get_over(&path, "/healthz").await != alive {} }).await;
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o660);
    daemon.stop().await;
    assert!(!path.exists());
}

#[tokio::test]
async fn a_file_in_the_place_of_the_socket_is_left_alone() {
    let (world, server) = (World::new(), platform().await);
    let (lines, _listening) = Lines::listen("error");
    let path = world.path("notes.txt");
    std::fs::write(&path, "mine").unwrap();
    let http = Some(Listen::Unix(path.clone()));
    let mut daemon = Running::start(Config { http, ..config(&world, vec![watched("mag", &server)]) }, clock());
    daemon.polled(1).await;
    told_of(&lines, "cannot be served").await;
    daemon.stop().await;
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}

#[tokio::test]
async fn a_port_in_use_is_told_once_and_polls_go_on() {
    let (world, server) = (World::new(), platform().await);
    let (lines, _listening) = Lines::listen("draftkeep::http_server=error");
    let theirs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = theirs.local_addr().unwrap().port();
    let http = Some(Listen::Tcp(theirs.local_addr().unwrap()));
    let mut daemon = Running::start(Config { http, ..config(&world, vec![watched("mag", &server)]) }, clock());
    daemon.polled(1).await;
    let told = told_of(&lines, "cannot be served").await;
    daemon.stop().await;
    insta::assert_snapshot!((told + &lines.take()).replace(&port.to_string(), "PORT"), @"ERROR health and metrics cannot be served; polls go on, next try in a minute. To see who has it: ss -ltnp 'sport = :PORT' address=http://127.0.0.1:PORT error=Address already in use (os error 98)");
}

#[tokio::test]
async fn a_reload_moves_the_address_and_takes_new_accounts_in() {
    let (world, server) = (World::new(), platform().await);
    world.configure(&[("mag", &server.base, "['A']")]);
    let file = world.path("config.toml");
    let plain = std::fs::read_to_string(&file).unwrap();
    let [one, other] = ["one.sock", "other.sock"].map(|name| world.path(name));
    let listening =
        |name: &str| plain.replacen("[[account]]", &format!("[http]\nlisten = './{name}'\n\n[[account]]"), 1);
    std::fs::write(&file, listening("one.sock")).unwrap();
    let mut daemon = Running::start(Config::load(&file).unwrap().config, clock());
    daemon.polled(1).await;
    until(|| one.exists()).await;

    std::fs::write(&file, listening("other.sock")).unwrap();
    daemon.commands.send(Command::Reload).await.unwrap();
    until(|| other.exists() && !one.exists()).await;
    let (_, metrics) = get_over(&other, "/metrics").await.unwrap();
    assert!(metrics.contains("draftkeep_config_last_reload_successful 1"), "{metrics}");

    std::fs::write(&file, "").unwrap();
    daemon.commands.send(Command::Reload).await.unwrap();
    let refused = "draftkeep_config_last_reload_successful 0";
    soon(async { while !get_over(&other, "/metrics").await.unwrap().1.contains(refused) {} }).await;

    std::fs::write(&file, plain).unwrap();
    daemon.commands.send(Command::Reload).await.unwrap();
    until(|| !other.exists()).await;
    daemon.stop().await;
}
