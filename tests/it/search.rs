//! The search: what was ever in a draft is found, and when it came and went.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use draftkeep::archive::{Filter, Reader};
use draftkeep::canonical;
use draftkeep::full_text::Searcher;
use draftkeep::render;
use draftkeep::search::Phrase;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::archive::shell_is_there;
use crate::harness::{World, database, document};
use crate::histories;

const MARKET: &str = "Qm7xK2vTnS0b";

/// Three versions of an article, and another draft.
fn world() -> World {
    let world = World::new();
    for (at, title, body) in [
        ("2026-08-30T01:00:00Z", "秋天的菜市場", "<p>凌晨四点，<b>菜市场</b>醒了。</p><p>draft two</p>"),
        ("2026-08-31T01:00:00Z", "秋天的菜市场", "<p>请输入正文</p>"),
        ("2026-08-31T02:00:00Z", "菜市场", "<p>凌晨四点，菜市场又醒了。<img alt='卖菜的人' data-src='x'></p>"),
        ("2026-08-31T03:00:00Z", "菜市场", "<p>清晨五点，菜市场又醒了。</p>"),
    ] {
        world.keep("mag", MARKET, at, &document(&[(title, body)]));
    }
    world.keep("mag", "Zz7xK2vTnS0c", "2026-08-31T04:00:00Z", &document(&[("别的", "<p>下午四点</p>")]));
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    world
}

fn search(world: &World, args: &[&str]) -> String {
    let run = world.run(&[&["search", "--config", "config.toml"], args].concat());
    run.to_string()
}

fn hits(world: &World, args: &[&str]) -> Vec<Value> {
    let run = world.run(&[&["search", "--json", "--config", "config.toml"], args].concat());
    run.json()["hits"].as_array().unwrap_or_else(|| panic!("{run}")).clone()
}

#[test]
fn what_went_is_found_and_told_when() {
    let world = world();
    assert_snapshot!(search(&world, &["凌晨四点"]), @r"
    mag/1 菜市场 · 2 places · lost: last in version 3, 2026-08-31 10:00 +08:00
        @3 [凌晨四点]，菜市场又醒了。
        @1 [凌晨四点]，菜市场醒了。
    ------- stderr -------
    1 draft. Searched all versions, the newest of 2026-08-31 12:00 +08:00.
    ");
    assert_snapshot!(search(&world, &["四點"]), @r"
    mag/2 别的 · 1 place · still there
        下午[四点]
    mag/1 菜市场 · 2 places · lost: last in version 3, 2026-08-31 10:00 +08:00
        @3 凌晨[四点]，菜市场又醒了。
        @1 凌晨[四点]，菜市场醒了。
    ------- stderr -------
    2 drafts. Searched all versions, the newest of 2026-08-31 12:00 +08:00.
    ");
    assert_snapshot!(world.run(&["when", "--config", "config.toml", "1", "凌晨四点"]), @r"
    came with version 1 (2026-08-30 09:00:00 +08:00), went with version 2 (2026-08-31 09:00:00 +08:00)
    came with version 3 (2026-08-31 10:00:00 +08:00), went with version 4 (2026-08-31 11:00:00 +08:00)
    ");
    assert_eq!(world.run(&["when", "--config", "config.toml", "1", "没有说过"]).code(), Some(4));
}

#[test]
fn the_answer_for_programs_has_its_fields() {
    let world = world();
    let run = world.run(&["search", "--json", "--config", "config.toml", "--lost", "凌晨四点"]);
    let answer = run.json();
    assert_eq!(answer["indexed_through"], "2026-08-31T04:00:00.000Z");
    assert_eq!(
        answer["hits"],
        json!([{
            "account": "mag", "media_id": MARKET, "id": 1, "title": "菜市场", "state": "live",
            "first_version": 1, "last_version": 3, "first_seen": "2026-08-30T01:00:00.000Z",
            "last_seen": "2026-08-31T02:00:00.000Z", "current": false, "places": 2, "in": "body", "article": 0,
            "snippet": "凌晨四点，菜市场又醒了。", "ranges": [[0, 4]],
        }])
    );
}

#[test]
fn each_option_narrows_what_is_found() {
    let world = world();
    let ids =
        |args: &[&str]| -> Vec<i64> { hits(&world, args).iter().map(|hit| hit["id"].as_i64().unwrap()).collect() };
    assert_eq!(ids(&["四点"]), [2, 1]);
    assert_eq!(ids(&["四点", "--live"]), [2]);
    assert_eq!(ids(&["四点", "--lost"]), [1]);
    assert_eq!(ids(&["四点", "--draft", "2"]), [2]);
    assert_eq!(ids(&["四点", "--limit", "1"]), [2]);
    assert_eq!(ids(&["四点", "--since", "2026-08-31T03:30:00Z"]), [2]);
    assert_eq!(ids(&["四点", "--until", "2026-08-31T03:30:00Z"]), [1]);
    assert_eq!(ids(&["四点", "--since", "2026-08-31", "--until", "2026-09-01"]), [2, 1], "days of this machine");
    assert_eq!(ids(&["市场", "--in", "body"]), [1]);
    assert_eq!(ids(&["卖菜", "--in", "caption"]), [1]);
    assert_eq!(ids(&["卖菜", "--in", "body"]), [] as [i64; 0]);
    assert_eq!(ids(&["四点 -下午"]), [1]);
    assert_eq!(ids(&["--", "四点", "-下午"]), [1]);
    assert_eq!(ids(&["\"draft two\""]), [1]);
    assert_eq!(ids(&["\"two draft\""]), [] as [i64; 0]);
    assert_eq!(ids(&["清晨", "OR", "下午"]), [2, 1]);
    assert_eq!(ids(&["凌晨", "卖菜"]), [1], "in different paragraphs of one version");
    assert_eq!(ids(&["凌晨", "清晨"]), [] as [i64; 0], "never in one version");
    assert_eq!(ids(&["dra"]), [1]);
    assert_eq!(ids(&["菜", "--account", "mag"]), [1]);
    assert_eq!(world.run(&["search", "--config", "config.toml", "菜", "--account", "nobody"]).code(), Some(4));
}

#[test]
fn a_fragment_of_a_word_is_found_and_called_so() {
    let world = world();
    let told = search(&world, &["raf"]);
    assert!(told.contains("No word begins like that") && told.contains("d[raf]t two"), "{told}");
}

#[test]
fn no_question_is_answered_with_an_error_of_sqlite() {
    let world = world();
    for (typed, code) in [("", 2), (" ", 2), ("\"", 2), ("* ^ ( NEAR", 0), ("😀", 2), ("-x", 2), ("😀 菜", 0)] {
        let run = world.run(&["search", "--config", "config.toml", "--", typed]);
        assert_eq!(run.code(), Some(code), "{typed:?}: {run}");
        assert!(!run.stderr().contains("fts5") && !run.stderr().contains("SQL"), "{run}");
    }
    let long = "长".repeat(4000);
    assert_eq!(world.run(&["search", "--config", "config.toml", &long]).code(), Some(2));
}

fn index(world: &World) -> std::path::PathBuf {
    world.path("archive.db.search")
}

#[test]
fn an_index_that_is_not_right_is_made_again_and_told() {
    let world = world();
    assert_eq!(hits(&world, &["凌晨"]).len(), 1);
    assert_eq!(fs::metadata(index(&world)).unwrap().permissions().mode() & 0o777, 0o600);
    let whole = fs::read(index(&world)).unwrap();

    for (at, what) in [(5000, "a flipped bit"), (whole.len() / 2, "another")] {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(index(&world), &damaged).unwrap();
        let run = world.run(&["search", "--config", "config.toml", "凌晨"]);
        assert!(run.stderr().contains("damaged") && run.stderr().contains("made again"), "{what}: {run}");
        assert!(run.to_string().contains("[凌晨]"), "{what}: {run}");
        assert_eq!(world.run(&["search", "--config", "config.toml", "凌晨"]).stderr().matches("Warning").count(), 0);
    }
    fs::write(index(&world), "no database at all, but long enough to be taken for one".repeat(100)).unwrap();
    assert!(search(&world, &["凌晨"]).contains("made again"));
    fs::write(index(&world), "").unwrap();
    assert!(search(&world, &["凌晨"]).contains("[凌晨]"));

    let other = World::new();
    other.keep("mag", "Other0123456789", "2026-08-31T01:00:00Z", &document(&[("别的", "<p>凌晨三点</p>")]));
    other.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    assert_eq!(hits(&other, &["三点"]).len(), 1);
    fs::copy(index(&other), index(&world)).unwrap();
    let run = world.run(&["search", "--config", "config.toml", "凌晨"]);
    assert!(run.stderr().contains("another archive"), "{run}");
    assert!(!run.to_string().contains("三点"), "{run}");
}

#[test]
fn a_version_that_cannot_be_read_is_counted_and_took_nothing_away() {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    let keep = |at: &str, body: &str| world.keep("mag", MARKET, at, &document(&[("菜市场", body)]));
    keep("2026-08-30T01:00:00Z", "<p>凌晨四点</p>");
    assert_eq!(hits(&world, &["凌晨"]).len(), 1);
    keep("2026-08-31T01:00:00Z", "<p>请输入正文</p>");
    keep("2026-08-31T02:00:00Z", "<p>清晨五点</p>");
    let damage = "DROP TRIGGER whole_never_changes; UPDATE whole SET body = x'00' WHERE version = 2;
                  DROP TRIGGER delta_never_changes; UPDATE delta SET body = x'00' WHERE version = 2";
    database(world.path("archive.db")).execute_batch(damage).unwrap();
    let when = world.run(&["when", "--json", "--config", "config.toml", "1", "凌晨四点"]);
    assert_eq!(
        (&when.json()["unread"], &when.json()["appearances"][0]["went"]["version"]),
        (&json!(1), &json!(3)),
        "{when}"
    );
    let told = world.run(&["search", "--config", "config.toml", "请输入正文"]);
    assert!(told.stderr().contains("1 version cannot be read"), "{told}");
}

#[test]
fn searches_and_a_new_index_at_the_same_time_leave_it_right() {
    let world = world();
    for _ in 0..3 {
        let spawn = |args: &[&str]| {
            let mut command = world.command(&[&["search", "--config", "config.toml"], args].concat());
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap()
        };
        let running: Vec<_> =
            [&["凌晨"][..], &["--rebuild"], &["凌晨"], &["--rebuild"], &["凌晨"]].into_iter().map(spawn).collect();
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
        }
        assert!(search(&world, &["凌晨"]).contains("· 2 places ·"));
        assert_eq!(world.run(&["verify", "--json", "--config", "config.toml"]).json()["warnings"], json!([]));
        fs::remove_file(index(&world)).unwrap();
    }
}

#[test]
fn where_nothing_can_be_written_a_search_makes_an_index_of_its_own() {
    let world = world();
    fs::create_dir(world.path("far")).unwrap();
    std::os::unix::fs::symlink(world.path("far/away"), index(&world)).unwrap();
    let run = world.run(&["search", "--config", "config.toml", "凌晨"]);
    assert!(run.to_string().contains("[凌晨]"), "{run}");
    assert!(run.stderr().contains("cannot be written") && run.stderr().contains("one of its own"), "{run}");
    assert!(!world.path("far/away").exists(), "a link is not followed");
}

#[test]
fn verify_proves_the_index() {
    let world = world();
    search(&world, &["凌晨"]);
    let verify = || world.run(&["verify", "--json", "--config", "config.toml"]).json();
    assert_eq!(verify()["warnings"], json!([]));
    // A word is missing, and the checksum is that of the file without it.
    let text = "凌晨 晨四 四点 点";
    let database = rusqlite::Connection::open(index(&world)).unwrap();
    let row: i64 =
        database.query_row("SELECT rowid FROM token WHERE token MATCH '凌晨'", (), |row| row.get(0)).unwrap();
    database.execute("INSERT INTO token (token, rowid, tokens) VALUES ('delete', ?1, ?2)", (row, text)).unwrap();
    database.execute_batch("PRAGMA application_id = 0").unwrap();
    drop(database);
    let told = verify()["warnings"].to_string();
    assert!(told.contains("its words are not those of its texts"), "{told}");
    assert!(search(&world, &["--rebuild"]).contains("5 versions"));
    assert_eq!(verify()["warnings"], json!([]));
}

#[test]
fn the_stock_shell_reads_the_index() {
    if !shell_is_there() {
        return;
    }
    let world = world();
    search(&world, &["凌晨"]);
    let sql = "ATTACH 'archive.db.search' AS s;
               SELECT version_view.version, text FROM s.token JOIN s.paragraph_view ON paragraph_view.id = token.rowid
               JOIN draft ON draft.id = paragraph_view.draft JOIN version_view USING (media_id)
               WHERE token MATCH '\"凌晨\"' AND version_view.version = first_version ORDER BY 1;";
    let shell =
        Command::new("sqlite3").arg(world.path("archive.db")).arg(sql).current_dir(world.path("")).output().unwrap();
    assert_snapshot!(String::from_utf8_lossy(&shell.stdout), @r"
    1|凌晨四点，菜市场醒了。
    3|凌晨四点，菜市场又醒了。
    ");
}

/// Every sentence of every version of real histories is found in just the versions that have it.
#[test]
fn real_histories_are_found_version_by_version() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA") else { return };
    let directory = Path::new(&data).join("revisions");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let is_all = std::env::var_os("DRAFTKEEP_REPLAY").is_some_and(|which| which == "all");
    let world = World::new();
    for (at, file) in files.iter().enumerate().filter(|(at, _)| is_all || at % 8 == 0) {
        let Some(states) = histories::states(file).unwrap() else { continue };
        for (n, state) in states.iter().enumerate() {
            let observed_at = format!("2026-08-{:02}T{:02}:{:02}:00Z", 1 + n / 1440, n / 60 % 24, n % 60);
            world.keep("mag", &format!("History{at:010}"), &observed_at, state);
        }
    }
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    let mut searcher = Searcher::open(&reader, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    for draft in reader.drafts(&Filter::default()).unwrap() {
        let bodies: Vec<(u64, Vec<String>)> = reader
            .versions(draft.id)
            .unwrap()
            .iter()
            .map(|version| {
                let articles = canonical::articles(&reader.document(version).unwrap()).unwrap();
                (version.number, articles.iter().map(|article| render::plain_body(article).text).collect())
            })
            .collect();
        for (number, texts) in bodies.iter().step_by(7) {
            let lines: Vec<&str> =
                texts.iter().flat_map(|text| text.lines()).filter(|line| line.chars().count() > 12).collect();
            let Some(line) = lines.get(*number as usize % lines.len().max(1)) else { continue };
            let sentence: String = line.replace(render::PICTURE, " ").chars().skip(2).take(8).collect();
            let Some(phrase) = Phrase::new(&sentence) else { continue };
            let holds = |texts: &[String]| {
                texts
                    .iter()
                    .flat_map(|text| text.lines())
                    .any(|line| !phrase.find(&line.replace(render::PICTURE, " ")).is_empty())
            };
            let scanned: BTreeSet<u64> =
                bodies.iter().filter(|(_, texts)| holds(texts)).map(|(number, _)| *number).collect();
            let (versions, _) = searcher.index.versions_with(draft.id, &phrase).unwrap().unwrap();
            let found: BTreeSet<u64> = versions.ranges().flatten().collect();
            assert!(found.is_superset(&scanned), "{sentence}: {found:?} {scanned:?}");
        }
    }
}
