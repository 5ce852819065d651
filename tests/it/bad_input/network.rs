//! Unreachable hosts, proxies, and two processes at once.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use draftkeep::simulator::{Fault, FaultRule};
use insta::assert_snapshot;

use super::*;
use crate::scripted::{Reply, Scripted};

#[test]
fn a_host_that_cannot_be_reached() {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    assert_snapshot!(world.run(POLL), @r"
    mag: 0 drafts read, 0 new versions, 0 calls
    ------- stderr -------
    There was no archive at ./archive.db, so a new one is begun
    Warning: mag: stable_token: the platform cannot be reached: Connection refused (os error 111). Check the network, `api_base` and `proxy`
    ------- exit 1 -------
    ");
    let check = world.run(&["config", "check", "--online", "--config", "config.toml"]);
    assert_eq!(check.code(), Some(1), "{check}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_the_environment_does_not_reach_for_loopback() {
    let (_platform, world) = watched(healthy()).await;
    let mut command = world.command(POLL);
    for variable in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(variable, "http://127.0.0.1:1");
    }
    let run = world.finish(command);
    assert_eq!(run.code(), Some(0), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explicit_proxy_is_used() {
    let (world, proxy) = (World::new(), Scripted::start().await);
    world.configure(&[("mag", "http://127.0.0.1:1", "['Qm7xK2vTnS0b']")]);
    let configuration = std::fs::read_to_string(world.path("config.toml")).unwrap();
    std::fs::write(world.path("config.toml"), format!("{configuration}proxy = '{}'\n", proxy.base)).unwrap();
    proxy.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::ok(r#"{"news_item":[{"title":"一"}]}"#)]);
    let run = world.run(POLL);
    assert_eq!(run.code(), Some(0), "{run}");
    let asked = proxy.requests("draft/get")[0].target.clone();
    assert!(asked.starts_with("http://127.0.0.1:1/cgi-bin/draft/get?"), "{asked}");
}

/// Polls an account of a relay that has no address, with these variables.
async fn poll_behind(proxy: &Scripted, environment: &[(&str, &str)]) -> String {
    let world = World::new();
    world.configure(&[("mag", "https://relay.invalid", "'all'")]);
    let mut command = world.command(POLL);
    for (name, value) in environment {
        command.env(name, value.replace("PROXY", proxy.base.strip_prefix("http://").unwrap()));
    }
    command.env("SSL_CERT_FILE", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/ca.pem"));
    let run = world.finish(command);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(!run.to_string().contains("hunter2"), "{run}");
    told(&run)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_refuses_is_named_with_its_answer_and_without_its_password() {
    let proxy = Scripted::start().await;
    for (status, environment, expected) in [
        (
            "403 Forbidden",
            &[("HTTPS_PROXY", "http://me:hunter2@PROXY"), ("ALL_PROXY", "http://127.0.0.1:1")][..],
            "the platform cannot be reached: the proxy http://127.0.0.1:dddd (from HTTPS_PROXY) answers HTTP 403 Forbidden. Check where the proxy is named",
        ),
        (
            "407 Proxy Authentication Required",
            &[("all_proxy", "http://PROXY")],
            "the proxy http://127.0.0.1:dddd (from all_proxy) answers HTTP 407 Proxy Authentication Required. It wants a user name and \
             a password, in the environment: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT",
        ),
    ] {
        proxy.on("relay.invalid:443", [Reply::with(status, "", "")]);
        let before = proxy.requests("relay.invalid:443").len();
        let told = poll_behind(&proxy, environment).await;
        assert!(told.contains(expected), "{told}");
        // Waiting does not help against a refusal: one call, and one to find out why.
        assert_eq!(proxy.requests("relay.invalid:443").len() - before, 2, "{told}");
    }
    let login = &proxy.requests("relay.invalid:443")[0].headers["proxy-authorization"];
    assert_eq!(login, "Basic bWU6aHVudGVyMg==");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_not_there_is_told_from_a_platform_that_is_not() {
    let proxy = Scripted::start().await;
    let gone = poll_behind(&proxy, &[("https_proxy", "http://me:hunter2@127.0.0.1:1")]).await;
    let expected = "Connection refused (os error 111) (through the proxy http://127.0.0.1:dddd, from https_proxy)";
    assert!(gone.contains(expected), "{gone}");
    let without = poll_behind(&proxy, &[("HTTPS_PROXY", "http://PROXY"), ("NO_PROXY", "relay.invalid")]).await;
    assert!(!without.contains("proxy http"), "{without}");
    assert!(proxy.requests("relay.invalid:443").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_proxy_that_answers_itself_is_named() {
    let (world, proxy) = (World::new(), Scripted::start().await);
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    let configuration = std::fs::read_to_string(world.path("config.toml")).unwrap();
    std::fs::write(world.path("config.toml"), format!("{configuration}proxy = '{}'\n", proxy.base)).unwrap();
    proxy.on("stable_token", [Reply::with("407 Proxy Authentication Required", "", "")]);
    let told = told(&world.run(POLL));
    let expected = "HTTP 407 Proxy Authentication Required (through the proxy http://127.0.0.1:dddd, from `proxy`)";
    assert!(told.contains(expected), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_polls_at_once_make_one_version_of_each_change() {
    let (platform, world) = watched(healthy()).await;
    for round in 1..=10 {
        let start = || -> Child {
            world.command(POLL).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
        };
        for poll in [start(), start()] {
            let output = poll.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let drafts = world.run(&["list", "--json", "--config", "config.toml"]).json();
        assert_eq!(drafts.as_array().unwrap().len(), 8);
        for draft in drafts.as_array().unwrap() {
            assert_eq!(draft["versions"], round, "{draft}");
        }
        let mut platform_world = platform.world();
        let mut account = platform_world.account(APPID);
        let ids: Vec<String> = account.drafts().iter().map(|draft| draft.media_id.clone()).collect();
        for media_id in ids {
            account.edit(&media_id, 0, |article| article.set("title", format!("第{round}次"))).unwrap();
        }
    }
    let rows = crate::harness::database(world.path("archive.db"));
    let number = |sql: &str| rows.query_row(sql, (), |row| row.get::<_, u64>(0)).unwrap();
    assert_eq!(number("SELECT sum(new_versions) FROM poll"), 80);
    let counted = number("SELECT sum(calls) FROM call");
    let made: u64 = platform
        .world()
        .request_log
        .all_calls()
        .iter()
        .filter(|(name, _)| *name != "picture")
        .map(|(_, calls)| calls)
        .sum();
    assert_eq!(counted, made, "no call is counted twice");
    let of_pictures = number("SELECT coalesce(sum(calls), 0) FROM call WHERE interface LIKE 'material/%'");
    assert_eq!(counted - of_pictures, number("SELECT sum(calls) FROM poll"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_whose_reader_leaves_stores_all_the_same() {
    let (platform, world) = watched(healthy()).await;
    // The first account ends long before the second, which the reader does not wait for.
    let slow = Fault::Delay(Duration::from_millis(300));
    platform.world().add_fault(FaultRule::next(1, "draft/batchget", slow));
    let fast = Scripted::start().await;
    fast.on("stable_token", [Reply::token("T1")]).on("draft/get", [Reply::ok(r#"{"news_item":[{"title":"一"}]}"#)]);
    world.configure(&[("a", &fast.base, "['Qm7xK2vTnS0b']"), ("mag", &platform.base_url(), "'all'")]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = world.command(POLL);
    command.stdout(writer);
    let run = world.finish(command);
    assert_eq!(run.code(), Some(0));
    assert!(!run.stderr().contains("Warning") && !run.stderr().contains("Error"), "{}", run.stderr());
    assert_eq!(world.run(&["list", "--json", "--config", "config.toml"]).json().as_array().unwrap().len(), 9);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_archive_is_another_ones_does_not_stop_the_others() {
    let platform = Simulator::start(Settings {
        accounts: vec![Account::new("wx0000000000000001", SECRET), healthy()],
        ..Settings::default()
    })
    .await
    .unwrap();
    platform.world().account(APPID).load_sample_drafts();
    let world = World::new();
    world.keep("a", "Qm7xK2vTnS0b", crate::harness::NOW, &crate::harness::document(&[("一", "二")]));
    let base = platform.base_url();
    world.configure(&[("a", &base, "'all'"), ("mag", &base, "'all'")]);
    let run = world.run(POLL);
    assert_eq!(run.code(), Some(3), "{run}");
    assert!(run.to_string().contains("mag: 8 drafts read, 8 new versions"), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_need_not_be_let_near_the_secrets() {
    let (platform, world) = watched(healthy()).await;
    assert_eq!(world.run(POLL).code(), Some(0));
    let configuration = std::fs::read_to_string(world.path("config.toml")).unwrap();
    let hidden =
        configuration.replace("secret = { command = ['printf', 'hush'] }", "secret = { file = 'none.secret' }");
    std::fs::write(world.path("config.toml"), hidden).unwrap();
    for args in [&["list"][..], &["log", "#1"], &["show", "#1"]] {
        let run = world.run(&[args, &["--config", "config.toml"]].concat());
        assert_eq!(run.code(), Some(0), "{run}");
    }
    platform.world().request_log.clear();
    assert_eq!(world.run(POLL).code(), Some(2));
    assert_eq!(platform.world().request_log.all_calls().len(), 0);
}

/// Once, a poll never ended: it waited for the thread that waited for the pipe's writer.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_never_comes() {
    let (_platform, world) = watched(healthy()).await;
    assert!(Command::new("mkfifo").arg(world.path("pipe")).status().unwrap().success());
    world.replace("config.toml", "secret = { command = ['printf', 'hush'] }", "secret = { file = 'pipe' }");
    let told = |run: Run| {
        assert_eq!(run.code(), Some(1), "{run}");
        assert!(run.to_string().contains("pipe cannot be read: nothing came within 10s. Is it a named pipe"), "{run}");
    };
    let world = &world;
    std::thread::scope(|scope| {
        scope.spawn(|| told(world.run(POLL)));
        scope.spawn(|| told(world.run(&["config", "check", "--online", "--config", "config.toml"])));
    });
}
