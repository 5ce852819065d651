//! The search: what was ever in a draft is found, and when it came and went.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use draftkeep::archive::{Filter, Reader};
use draftkeep::canonical;
use draftkeep::full_text::{Searcher, prove};
use draftkeep::render;
use draftkeep::search::{IndexError, Phrase, Query, Scope};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::archive::shell_is_there;
use crate::harness::{World, database, document, one_in};
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
            "last_seen": "2026-08-31T02:00:00.000Z", "pruned_before": null, "pruned_after": null, "current": false, "places": 2, "in": "body", "article": 0,
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

#[test]
fn what_other_searches_take_is_answered_with_what_to_type_here() {
    let world = world();
    let told = search(&world, &["早市 AND 菜市场 title:早 NOT 价格 菜*"]);
    for part in ["leave out AND", "search '价格 -涨'", "search --in title WORDS", "No star is needed"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(!search(&world, &["凌晨"]).contains("Hint"));
    for (since, until) in [("2026-09-02", "2026-09-01"), ("2026-09-01", "2026-09-01")] {
        let run = world.run(&["search", "--config", "config.toml", "--since", since, "--until", until, "凌晨"]);
        assert_eq!(run.code(), Some(2), "{run}");
        assert!(run.stderr().contains("--until 2026-11-02"), "{run}");
    }
}

/// Where a reader sees one sentence, it is found: whatever breaks, blanks and marks its source has.
#[test]
fn a_sentence_is_found_however_its_source_breaks_it() {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    let body = "<p>凌晨四点，<br>菜 市\u{3000}场<span>醒\u{200b}</span><strong>了</strong>\u{a0}，<br/>\n价格\n涨了。<br>在 2026 年</p>
                <p>hello<br>world</p>";
    world.keep("mag", MARKET, "2026-08-30T01:00:00Z", &document(&[("菜市场", body)]));
    for typed in
        ["凌晨四点，菜市场醒了，价格涨了", "菜市场醒了", "\"菜 市场醒 了\"", "市场", "在2026年", "\"hello world\""]
    {
        assert_eq!(hits(&world, &["--in", "body", typed]).len(), 1, "{typed}");
        let when = world.run(&["when", "--config", "config.toml", "1", typed]);
        assert_eq!(when.code(), Some(0), "{when}");
    }
    for typed in ["涨了在", "helloworld", "年hello"] {
        assert_eq!(hits(&world, &[typed]).len(), 0, "{typed}: another sentence, or another word");
    }
    let told = search(&world, &["场醒了"]);
    assert!(told.contains("凌晨四点， 菜 市\u{3000}[场醒\u{200b}了] ， 价格 涨了。"), "{told:?}");
}

#[test]
fn a_long_line_is_fitted_to_the_terminal_and_keeps_what_was_found() {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    let (title, body) = ("很长的标题".repeat(12), format!("<p>{}菜市场{}</p>", "前".repeat(40), "后".repeat(60)));
    world.keep("mag", MARKET, "2026-08-30T01:00:00Z", &document(&[(&title, &body)]));
    let run = |columns: &str| {
        let mut command = world.command(&["search", "--config", "config.toml", "菜市场"]);
        String::from_utf8(command.env("COLUMNS", columns).output().unwrap().stdout).unwrap()
    };
    assert_snapshot!(run("80"), @r"
    mag/1 很长的标题很长的标题很长的标题很长的标题很长的标… · 1 place · still there
        …前前前前前前前前前前前[菜市场]后后后后后后后后后后后后后后后后后后后后后后…
    ");
    assert_snapshot!(run("40"), @r"
    mag/1 很长的标题很长… · 1 place · still there
        …前前前前[菜市场]后后后后后后后后后…
    ");
}

#[test]
fn what_became_of_a_draft_is_told_with_what_it_said() {
    let world = world();
    let state = |state: &str, missing_since: &str| {
        let sql = format!("UPDATE draft SET state = '{state}', missing_since = {missing_since}");
        database(world.path("archive.db")).execute_batch(&sql).unwrap();
    };
    for (word, missing_since) in [
        ("missing", "'2026-09-01T00:00:00.000Z'"),
        ("published", "'2026-09-01T00:00:00.000Z'"),
        ("gone", "'2026-09-01T00:00:00.000Z'"),
    ] {
        state(word, missing_since);
        let found = search(&world, &["四点"]);
        assert!(found.contains(&format!("· in the newest version; the draft is {word}")), "{found}");
        assert!(found.contains(&format!("10:00 +08:00; the draft is {word}")), "{found}");
        let when = world.run(&["when", "--config", "config.toml", "2", "四点"]);
        assert!(when.to_string().contains(&format!("in the newest version, 1; the draft is {word}")), "{when}");
        let json = world.run(&["when", "--json", "--config", "config.toml", "2", "四点"]).json();
        assert_eq!(json["state"], word);
    }
}

/// Takes versions out of an archive as `prune` does: their rows go, and the documents of the others are coded anew.
fn prune(world: &World, draft: i64, numbers: &[u64]) {
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    let kept = reader.versions(draft).unwrap().into_iter().filter(|version| !numbers.contains(&version.number));
    let kept: Vec<_> = kept.map(|version| (version.number, reader.document(&version).unwrap().to_vec())).collect();
    drop(reader);
    let database = database(world.path("archive.db"));
    let guards = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND sql LIKE '%raise(ABORT%'";
    let names: Vec<String> =
        database.prepare(guards).unwrap().query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    database.execute_batch("PRAGMA foreign_keys = OFF; BEGIN").unwrap();
    for name in names {
        database.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    let row = "(SELECT id FROM version WHERE draft = ?1 AND number = ?2)";
    for (number, document) in kept {
        let whole = format!("REPLACE INTO whole (version, length, body) VALUES ({row}, ?3, ?4)");
        database.execute(&format!("DELETE FROM delta WHERE version = {row}"), (draft, number)).unwrap();
        database.execute(&whole, (draft, number, document.len(), document)).unwrap();
    }
    for number in numbers {
        for table in ["whole", "delta", "received"] {
            database.execute(&format!("DELETE FROM {table} WHERE version = {row}"), (draft, number)).unwrap();
        }
        database.execute("DELETE FROM version WHERE draft = ?1 AND number = ?2", (draft, number)).unwrap();
        // As if a repair had lost it: one that is missing for no reason is damage.
        let repair = "INSERT OR IGNORE INTO repair VALUES (1, '2026-08-27T00:00:00.000Z', 0)";
        database.execute_batch(repair).unwrap();
        database.execute("INSERT INTO lost_version VALUES (?1, ?2, 1)", (draft, number)).unwrap();
    }
    database.execute_batch("COMMIT").unwrap();
}

fn proven(world: &World) {
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    assert_eq!(prove(&reader, &mut |_| std::ops::ControlFlow::Continue(())).unwrap(), None);
}

#[test]
fn versions_that_were_removed_are_found_no_more_and_the_others_as_if_they_had_never_been() {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:1", "'all'")]);
    let bodies = [
        "<p>凌晨四点</p>",
        "<p>请输入正文</p>",
        "<p>凌晨四点</p>",
        "<p>凌晨四点</p><p>早市</p>",
        "<p>清晨五点</p>",
        "<p>清晨五点。</p>",
    ];
    for (at, body) in bodies.iter().enumerate() {
        let at = format!("2026-08-{:02}T01:00:00Z", 20 + at);
        world.keep("mag", MARKET, &at, &document(&[("菜市场", body)]));
        world.keep("mag", "Zz7xK2vTnS0c", &at, &document(&[("别的", &body.replace("凌晨", "下午"))]));
    }
    let answers = || {
        let when = world.run(&["when", "--config", "config.toml", "1", "凌晨四点"]).to_string();
        let typed = ["凌晨", "请输入", "早市", "五点", "下午"];
        let found = typed.map(|typed| search(&world, &[typed])).join("");
        proven(&world);
        when + &found
    };
    assert!(answers().contains("came with version 3"));
    // The second time, the last row that the index knew goes too.
    for (numbers, told) in [(&[2, 4][..], "came with version 1"), (&[3, 5], "went with version 6")] {
        prune(&world, 1, numbers);
        let followed = answers();
        assert!(
            followed.contains(told) && !followed.contains("Warning") && !followed.contains("请输入正文]"),
            "{followed}"
        );
        assert!(search(&world, &["--draft", "1", "早市"]).contains("Nothing found"));
        assert!(search(&world, &["--rebuild"]).contains("versions"));
        assert_eq!(answers(), followed);
    }
    prune(&world, 2, &[1, 2, 3, 4, 5, 6]);
    assert!(search(&world, &["下午"]).contains("Nothing found"));
    proven(&world);
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
    assert_eq!(when.code(), Some(5), "{when}");
    let said: serde_json::Value = serde_json::from_slice(when.stdout()).unwrap();
    assert_eq!((&said["unread"], &said["appearances"][0]["went"]["version"]), (&json!(1), &json!(3)), "{when}");
    let told = world.run(&["search", "--config", "config.toml", "请输入正文"]);
    assert!(told.stderr().contains("1 version cannot be read") && told.code() == Some(5), "{told}");
}

#[test]
fn a_draft_that_cannot_be_read_is_counted_among_what_was_found() {
    let world = World::new();
    world.keep("mag", MARKET, "2026-08-30T01:00:00Z", &document(&[("菜市场", "<p>凌晨四点</p>")]));
    let search = |more: &[&str]| world.run(&[&["search", "凌晨", "--archive", "archive.db"], more].concat());
    assert_eq!(search(&[]).code(), Some(0));
    let archive = database(world.path("archive.db"));
    archive.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    let page = "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = 'account'";
    let page: usize = archive.query_row(page, (), |row| row.get(0)).unwrap();
    drop(archive);
    let mut bytes = std::fs::read(world.path("archive.db")).unwrap();
    bytes[(page - 1) * crate::harness::PAGE..][..crate::harness::PAGE].fill(0);
    std::fs::write(world.path("archive.db"), bytes).unwrap();
    insta::assert_snapshot!(search(&[]), @"
    ------- stderr -------
    Warning: 1 draft cannot be read, so that what was found there is not shown; see why: draftkeep verify --archive $TMP/archive.db
    Nothing found. Searched all versions, the newest of 2026-08-30 09:00 +08:00.
    ------- exit 5 -------
    ");
    let json = search(&["--json"]);
    let said: serde_json::Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_eq!((&said["unreadable_drafts"], json.code()), (&json!(1), Some(5)), "{json}");
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
    assert!(told.contains("of draft 1: its words are not those of its text"), "{told}");
    // Any row that is not what the archive says.
    for (damage, named) in [
        ("UPDATE paragraph SET first = first + 1 WHERE field = 0", "what it holds of draft 1"),
        ("INSERT INTO paragraph SELECT id + 40960, article, field, first, last FROM paragraph LIMIT 1", "has no text"),
        ("DELETE FROM paragraph WHERE field = 0 AND id % 4096 = 1", "block 1 has another number of texts"),
        ("UPDATE draft SET newest_at = '' WHERE id = 2", "what it holds of draft 2"),
        ("UPDATE draft SET newest = 9 WHERE id = 2", "what it holds of draft 2"),
        ("INSERT INTO unread VALUES (2, 1)", "what it holds of draft 2"),
        ("UPDATE block SET draft = 2 WHERE draft = 1", "what it holds of draft 1"),
        ("UPDATE state SET through = ''", "another archive"),
    ] {
        assert!(search(&world, &["--rebuild"]).contains("5 versions"));
        assert_eq!(verify()["warnings"], json!([]));
        let database = rusqlite::Connection::open(index(&world)).unwrap();
        database.execute_batch(&format!("PRAGMA application_id = 0; {damage}")).unwrap();
        drop(database);
        let told = verify()["warnings"].to_string();
        assert!(told.contains(named), "{damage}: {told}");
    }
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

/// Where a draft says what: each of its paragraphs with the versions that have it.
type Scanned = BTreeMap<String, BTreeSet<u64>>;

fn scanned(reader: &Reader, draft: i64) -> Scanned {
    let mut scanned = Scanned::new();
    for version in reader.versions(draft).unwrap() {
        for article in canonical::articles(&reader.document(&version).unwrap()).unwrap() {
            let lines = [&article.title, &article.author, &article.digest].into_iter().flat_map(|text| text.lines());
            let texts = lines.map(str::to_owned).chain(render::paragraphs(&article)).chain(render::captions(&article));
            for text in texts {
                scanned.entry(text).or_default().insert(version.number);
            }
        }
    }
    scanned
}

fn holding(scanned: &Scanned, phrase: &Phrase) -> BTreeSet<u64> {
    let holding = scanned.iter().filter(|(text, _)| !phrase.find(text).is_empty());
    holding.flat_map(|(_, versions)| versions.iter().copied()).collect()
}

/// Parts of the texts of real histories, of one to eight characters, are found in just the versions that have them.
#[test]
fn real_histories_are_found_version_by_version() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA") else { return };
    let directory = Path::new(&data).join("revisions");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let world = World::new();
    for (at, file) in files.iter().enumerate().step_by(one_in(8)) {
        let Some(states) = histories::states(file).unwrap() else { continue };
        for (n, state) in states.iter().enumerate() {
            let observed_at = format!("2026-08-{:02}T{:02}:{:02}:00Z", 1 + n / 1440, n / 60 % 24, n % 60);
            world.keep("mag", &format!("History{at:010}"), &observed_at, state);
        }
    }
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    let mut searcher = Searcher::open(&reader, &mut |_| std::ops::ControlFlow::Continue(())).unwrap();
    let drafts: Vec<(i64, Scanned)> =
        reader.drafts(&Filter::default()).unwrap().iter().map(|draft| (draft.id, scanned(&reader, draft.id))).collect();
    let mut asked = 0;
    for (draft, paragraphs) in &drafts {
        for (n, text) in paragraphs.keys().enumerate().filter(|(n, _)| n % 11 == 0) {
            let text: Vec<char> = text.chars().collect();
            let part: String = text[n * 7 % text.len()..].iter().take(1 + n / 11 % 8).collect();
            let Some(phrase) = Phrase::new(&part) else { continue };
            let (versions, _) = searcher.index.versions_with(*draft, &phrase).unwrap().unwrap();
            let found: BTreeSet<u64> = versions.ranges().flatten().collect();
            assert_eq!(found, holding(paragraphs, &phrase), "draft {draft}: {part:?}");
            asked += 1;
            // And in no other draft.
            if n % 1100 == 0 {
                let query = Query { groups: vec![vec![phrase.clone()]], excluded: Vec::new() };
                let answer =
                    searcher.index.answer(&query, &Scope::default(), usize::MAX, |_| Ok::<_, IndexError>(true));
                let answer = answer.unwrap();
                let found: BTreeMap<i64, BTreeSet<u64>> =
                    answer.hits.iter().map(|hit| (hit.draft, hit.versions.ranges().flatten().collect())).collect();
                let all = drafts.iter().map(|(draft, paragraphs)| (*draft, holding(paragraphs, &phrase)));
                let all: BTreeMap<_, _> = all.filter(|(_, versions)| !versions.is_empty()).collect();
                if !answer.is_inside_words {
                    assert_eq!(found, all, "{part:?}");
                }
            }
        }
    }
    assert!(asked > 100, "{asked}");
}
