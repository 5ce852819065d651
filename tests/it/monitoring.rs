//! docs/monitoring.md, the alerts and the dashboard use metrics that the program exports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use draftkeep::config::{Config, CopyConfig, NotifyConfig};

use crate::daemon::{Running, clock, config, platform, watched};
use crate::harness::World;
use crate::metrics::{socket, until_metrics};

/// The metrics that a daemon exports once it has polled, and their types.
async fn exported() -> BTreeMap<String, String> {
    let (world, server, (socket, base)) = (World::new(), platform().await, socket());
    let mut config = config(&world, vec![watched("mag", &server)]);
    config.notify.push(target(&world));
    fs::create_dir(world.path("usb")).unwrap();
    config.copies.push(copy(&world));
    let mut daemon = Running::start_with(config, clock(), vec![socket]);
    daemon.polled(1).await;
    until_metrics(&base, "draftkeep_notify_waiting{target=\"editors\"} 0").await;
    let told = "UPDATE outbox_target SET last_sent_at = '2026-09-01T01:00:00.000Z';
                INSERT INTO proof VALUES ('versions', '', '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:00.000Z', 1, 1, 1, NULL, NULL, 0)";
    crate::harness::database(world.path("archive.db")).execute_batch(told).unwrap();
    until_metrics(&base, "draftkeep_notify_last_sent_timestamp_seconds{").await;
    until_metrics(&base, "draftkeep_copy_last_good_timestamp_seconds{").await;
    until_metrics(&base, "draftkeep_proof_last_good_timestamp_seconds{").await;
    let metrics = until_metrics(&base, "draftkeep_staleness_seconds{").await;
    daemon.stop().await;
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

fn target(world: &World) -> NotifyConfig {
    let text = "archive = 'archive.db'\n[[notify]]\nname = 'editors'\nto = { exec = ['true'] }\n\
                [[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret = { file = 'mag.secret' }\n";
    Config::from_text(&world.path("other.toml"), text).unwrap().notify.remove(0)
}

fn copy(world: &World) -> CopyConfig {
    let text = "archive = 'archive.db'\n[[copy]]\nto = 'usb'\n\
                [[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret = { file = 'mag.secret' }\n";
    Config::from_text(&world.path("other.toml"), text).unwrap().copies.remove(0)
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(path)).unwrap()
}

/// Every word that looks like a metric.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("draftkeep_")).collect()
}

#[tokio::test]
async fn alerts_and_board_ask_for_metrics_that_are_there() {
    let exported = exported().await;
    for file in ["monitoring/draftkeep.rules.yml", "monitoring/grafana.json", "monitoring.md"] {
        let text = read(file);
        assert!(named(&text).len() > 5, "{file}");
        for name in named(&text) {
            let series = name.strip_suffix("_bucket").unwrap_or(name);
            let is_there = exported.get(series).is_some_and(|kind| series == name || kind == "histogram");
            assert!(is_there, "{file} speaks of {name}, which nobody exports");
        }
    }
}

#[tokio::test]
async fn every_metric_is_explained_and_named_as_is_the_custom() {
    let page = read("monitoring.md");
    for (name, kind) in exported().await {
        assert!(page.lines().any(|line| line.starts_with(&format!("| `{name}` |"))), "{name} is not explained");
        assert_eq!(kind == "counter", name.ends_with("_total"), "{name} is a {kind}");
    }
}

/// Whether promtool expects this alert at some time.
fn is_expected(tests: &str, name: &str) -> bool {
    let line = format!("alertname: {name}\n");
    tests.split(&line).skip(1).any(|part| part.trim_start().starts_with("exp_alerts:\n"))
}

#[test]
fn every_alert_is_explained_and_tested_and_says_what_to_do() {
    let (rules, page) = (read("monitoring/draftkeep.rules.yml"), read("monitoring.md"));
    let tests = read("../tests/monitoring/alerts.yml");
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() > 5);
    for alert in alerts {
        let name = alert.lines().next().unwrap();
        assert!(page.contains(&format!("| `{name}` |")), "{name} is not explained");
        assert!(is_expected(&tests, name), "no test of promtool has {name} fire");
        for part in ["expr: ", "severity: ", "summary: ", "next: "] {
            assert_eq!(alert.matches(part).count(), 1, "{name} has {part}");
        }
    }
}

#[test]
fn the_board_is_one_that_grafana_takes() {
    let board: serde_json::Value = serde_json::from_str(&read("monitoring/grafana.json")).unwrap();
    assert!(board["schemaVersion"].is_u64() && board["title"] == "draftkeep");
    let panels = board["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "each panel has a number of its own");
    for panel in panels {
        let place = &panel["gridPos"];
        assert!(place["x"].as_u64().unwrap() + place["w"].as_u64().unwrap() <= 24, "{}", panel["title"]);
        assert!(panel["targets"][0]["expr"].as_str().is_some_and(|expr| expr.contains("draftkeep_")));
    }
}
