//! `draftkeep sql`: its output, and that queries change nothing.

mod console;
mod interrupt;
mod refusal;

use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::archive::Fixture;
use crate::harness::{PAGE, Run, World};
use crate::schema::{History, as_of_the_samples, blocks};

/// The archive that the samples of `schema/README.md` come from.
fn kept() -> World {
    let world = World::new();
    History::write(&world.path("archive.db"));
    world
}

fn ask(world: &World, args: &[&str]) -> Run {
    world.run(&[&["sql", "--archive", "archive.db"], args].concat())
}

/// Runs a query in a terminal of so many columns, or without one.
fn ask_in(world: &World, columns: Option<&str>, sql: &str) -> Run {
    let mut command = world.command(&["sql", "--archive", "archive.db", sql]);
    match columns {
        Some(columns) => command.env("COLUMNS", columns),
        None => command.env_remove("COLUMNS"),
    };
    world.finish(command)
}

/// Runs the query on stdin.
fn ask_from_stdin(world: &World, args: &[&str], text: &str) -> Run {
    let mut command = world.command(&[&["sql", "--archive", "archive.db"], args].concat());
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    drop(writer);
    command.stdin(reader);
    world.finish(command)
}

#[test]
fn every_query_of_the_page_gives_its_sample() {
    let world = kept();
    let as_csv = |line: &str| {
        let value = |value: &str| match value.contains(',') {
            true => format!("\"{value}\""),
            false => value.to_owned(),
        };
        line.split('|').map(value).collect::<Vec<_>>().join(",") + "\r\n"
    };
    // The command lets nothing attach another file.
    let queries = blocks("sql").into_iter().filter(|(_, sql, _)| !sql.starts_with("ATTACH"));
    for (heading, sql, sample) in queries {
        let run = ask(&world, &["--format", "csv", &as_of_the_samples(&sql)]);
        let sample: String = sample.expect(&heading).lines().map(as_csv).collect();
        assert_eq!((run.to_string(), run.code()), (sample, Some(0)), "{heading}");
    }
}

#[test]
fn examples_are_listed_and_answered_by_their_numbers() {
    let world = kept();
    let listed = ask(&world, &[".examples", "--json"]).json();
    let questions: Vec<_> = blocks("sql").into_iter().filter(|(heading, ..)| heading.ends_with('?')).collect();
    assert_eq!(listed.as_array().unwrap().len(), questions.len());
    for (example, (number, (question, query, _))) in listed.as_array().unwrap().iter().zip((1..).zip(&questions)) {
        assert_eq!(*example, json!({"number": number, "question": question, "query": query.trim_end()}));
    }
    assert!(
        ask(&world, &[".examples"])
            .to_string()
            .contains("\n 4  How often was each draft changed per day?\n\n      SELECT date(")
    );
    assert_snapshot!(ask(&world, &[".examples", "6"]), @r"
    observed_at               media_id      version  old_title         title
    2026-09-03T09:00:00.000Z  bRew5wKZ9mQx        3  春天的第一杯咖啡  春天的第一杯手冲
    2026-09-05T01:00:00.000Z  mArk7hTq2LcA        2  周末市集          周末市集指南
    ------- stderr -------
    When did the title change, and from what to what?
    ");
    assert_snapshot!(ask(&world, &[".examples 11"]), @"
    ------- stderr -------
    Error: there is no example 11
    Hint: There are 1 to 10: draftkeep sql --archive $TMP/archive.db .examples
    ------- exit 4 -------
    ");
}

#[test]
fn answers_come_as_tables_csv_or_json() {
    let world = kept();
    let odd =
        "SELECT title, NULL AS missing, '' AS empty, 9223372036854775807 AS integer, 0.1 AS real, x'00ff' AS blob,
                      'a \"b\", c' || char(13, 10) || char(27) AS text, 1 AS text
               FROM latest_view WHERE account = 'mag'";
    assert_snapshot!(ask(&world, &[odd]), @r#"
    title             missing  empty              integer  real  blob     text         text
    春天的第一杯手冲     NULL         9223372036854775807   0.1  x'00ff'  a "b", c␍␊␛     1
    周末市集指南         NULL         9223372036854775807   0.1  x'00ff'  a "b", c␍␊␛     1
    怎么去               NULL         9223372036854775807   0.1  x'00ff'  a "b", c␍␊␛     1
    "#);
    let csv = ask(&world, &[odd, "--format", "csv"]).to_string().replace('\r', "␍").replace('\x1b', "␛");
    assert_snapshot!(csv, @r#"
    title,missing,empty,integer,real,blob,text,text␍
    春天的第一杯手冲,,"",9223372036854775807,0.1,x'00ff',"a ""b"", c␍
    ␛",1␍
    周末市集指南,,"",9223372036854775807,0.1,x'00ff',"a ""b"", c␍
    ␛",1␍
    怎么去,,"",9223372036854775807,0.1,x'00ff',"a ""b"", c␍
    ␛",1␍
    "#);
    let json = ask(&world, &[odd, "--json"]);
    assert_snapshot!(json, @r#"
    [{"title":"春天的第一杯手冲","missing":null,"empty":"","integer":9223372036854775807,"real":0.1,"blob":"x'00ff'","text":"a \"b\", c\r\n\u001b","text:2":1},
    {"title":"周末市集指南","missing":null,"empty":"","integer":9223372036854775807,"real":0.1,"blob":"x'00ff'","text":"a \"b\", c\r\n\u001b","text:2":1},
    {"title":"怎么去","missing":null,"empty":"","integer":9223372036854775807,"real":0.1,"blob":"x'00ff'","text":"a \"b\", c\r\n\u001b","text:2":1}]
    "#);
    assert_eq!(json.json(), ask(&world, &[odd, "--format", "json"]).json());
    let none = "SELECT title FROM draft_view WHERE 0";
    assert_eq!(ask(&world, &[none, "--json"]).json(), json!([]));
    assert_eq!(ask(&world, &[none, "--format", "csv"]).stdout(), b"title\r\n");
    assert_snapshot!(ask(&world, &[none]), @r"
    title
    ------- stderr -------
    No rows.
    ");
    assert_snapshot!(ask(&world, &[none, "--json", "--format", "csv"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":2,"hints":["Leave one of them out."],"message":"--json and --format ask for two forms"}}
    ------- exit 2 -------
    "#);
}

#[test]
fn long_texts_end_where_the_terminal_does() {
    let world = kept();
    let sql = "SELECT version, content, title FROM article_view WHERE media_id = 'bRew5wKZ9mQx'";
    assert_snapshot!(ask_in(&world, Some("60"), sql), @"
    version  content                            title
          1  <p>春天来了，巷口的咖啡馆又开了…   春天的第一杯咖啡
          2  <p>春天来了，巷口的咖啡馆又开了…   春天的第一杯咖啡
          3  <p>春天来了，巷口的咖啡馆又开了…   春天的第一杯手冲
          4  <p>一杯喝完，正好走回家。</p>      春天的第一杯手冲
    ");
}

#[test]
fn rows_that_no_line_holds_are_shown_value_by_value() {
    let world = kept();
    let sql = "SELECT *, NULL AS 空 FROM draft_view WHERE account = 'mag'";
    assert_snapshot!(ask_in(&world, Some("80"), sql), @r"
         account = mag
        media_id = bRew5wKZ9mQx
           state = live
           title = 春天的第一杯手冲
        versions = 4
      first_seen = 2026-09-01T01:00:00.000Z
       last_seen = 2026-09-08T01:00:00.000Z
    last_changed = 2026-09-04T03:00:00.000Z
              空 = NULL

         account = mag
        media_id = mArk7hTq2LcA
           state = gone
           title = 周末市集指南
        versions = 2
      first_seen = 2026-09-02T01:00:00.000Z
       last_seen = 2026-09-05T01:00:00.000Z
    last_changed = 2026-09-05T01:00:00.000Z
              空 = NULL
    ");
    for width in [Some("200"), None] {
        assert!(ask_in(&world, width, sql).to_string().starts_with("account  media_id      state"), "{width:?}");
    }
    assert!(
        ask_in(&world, Some("10"), "SELECT * FROM draft_view WHERE 0").to_string().starts_with("account  media_id")
    );
}

#[test]
fn a_text_of_any_length_ends_somewhere_in_a_table_and_it_is_told() {
    let world = kept();
    let long = "SELECT printf('%.*c', 200000, 'x') AS a, printf('%.*c', 1000, 'y') AS b, 1 AS c";
    let run = ask_in(&world, None, long);
    let lines: Vec<_> = std::str::from_utf8(run.stdout()).unwrap().lines().collect();
    assert_eq!(lines[1], format!("{}…  {}  1", "x".repeat(1000), "y".repeat(1000)));
    assert_snapshot!(run.stderr(), @r"
    Warning: texts are cut behind 1000 characters
    Hint: They are whole with --format csv or --format json.
    ");
    let whole = ask(&world, &[long, "--json"]).json();
    assert_eq!(whole[0]["a"].as_str().unwrap().len(), 200_000);
    // A column may have any name.
    assert_eq!(ask_in(&world, None, &format!("SELECT '{}'", "长".repeat(35_000))).code(), Some(0));
    assert!(ask_in(&world, Some("40"), long).to_string().contains("\nxxxxxxxxx"));
}

#[test]
fn an_example_that_asks_about_a_sample_says_so_where_there_is_none() {
    let (empty, world) = (Fixture::new(), World::new());
    let path = empty.path();
    let run = |number: &str| world.run(&["sql", "--archive", path.to_str().unwrap(), ".examples", number]);
    assert_snapshot!(run("5"), @r"
    account  media_id  version  observed_at
    ------- stderr -------
    Which version last contained this sentence?
    No rows.
    Hint: The sentence in it is a sample; put yours:
      SELECT article_view.account, article_view.media_id, max(article_view.version) AS version, observed_at
      FROM article_view
      JOIN version_view USING (account, media_id, version)
      WHERE instr(content, '手冲的水温是九十二度')
      GROUP BY article_view.account, article_view.media_id;
    ");
    let told: Vec<_> = (1..=10).filter(|number| run(&number.to_string()).stderr().contains("put yours:")).collect();
    assert_eq!(told, [1, 5, 7]);
}

#[test]
fn a_table_shows_the_first_thousand_rows_and_says_so() {
    let world = kept();
    let numbers = |last: u32| {
        format!("WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {last}) SELECT n FROM n")
    };
    let (whole, cut) = (ask(&world, &[&numbers(1000)]), ask(&world, &[&numbers(1001)]));
    assert_eq!((whole.stdout(), whole.stderr().as_str()), (cut.stdout(), ""));
    assert_snapshot!(cut.stderr(), @r"
    Warning: only the first 1000 rows are shown
    Hint: All of them come with --format csv or --format json.
    ");
    let all = ask(&world, &[&numbers(100_000), "--format", "csv"]);
    assert_eq!(all.stdout().iter().filter(|byte| **byte == b'\n').count(), 100_001);
}

#[test]
fn several_statements_are_answered_in_their_order() {
    let world = kept();
    let text = "-- who, and what\nSELECT DISTINCT account FROM draft_view;\n.format csv\nSELECT ';' AS \"a;b\" -- not yet;\n; /* the end */";
    assert_snapshot!(ask(&world, &[text]).to_string().replace('\r', "␍"), @r"
    account
    mag
    shop
    a;b␍
    ;␍
    ");
    assert_eq!(ask_from_stdin(&world, &[], text).to_string(), ask(&world, &[text]).to_string());
    assert_snapshot!(ask(&world, &["SELECT 1; SELECT 2", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":2,"hints":["Ask them one by one, or with --format csv."],"message":"these are 2 questions, and JSON is one document"}}
    ------- exit 2 -------
    "#);
    assert_snapshot!(ask_from_stdin(&world, &["--quiet"], "SELECT 1;\nSELECT nothing;\nSELECT 3"), @r#"
    1
    1
    ------- stderr -------
    Error: near "nothing": syntax error
      SELECT nothing;
             ^
    Hint: See queries that work: draftkeep sql --archive $TMP/archive.db .examples
    ------- exit 2 -------
    "#);
    assert_snapshot!(ask_from_stdin(&world, &[], " -- nothing\n"), @"
    ------- stderr -------
    Error: nothing is asked
    Hint: See: draftkeep sql --archive $TMP/archive.db .examples
    ------- exit 2 -------
    ");
    assert_eq!(ask_from_stdin(&world, &["--json"], "SELECT 1 AS a").json(), json!([{"a": 1}]));
    for odd in
        ["SELECT 1\0; DROP TABLE call", "\0", "\u{feff}SELECT 1", "SELECT ?1 + :a", "；", ".", ". tables", "'", "/*"]
    {
        assert!(matches!(ask_from_stdin(&world, &[], odd).code(), Some(0 | 2)), "{odd:?}");
    }
}

#[test]
fn wrong_sql_is_told_with_its_place_and_what_was_meant() {
    let world = kept();
    assert_snapshot!(ask(&world, &["SELECT '咖啡', titel\nFROM draft_view"]), @r"
    ------- stderr -------
    Error: no such column: titel
      SELECT '咖啡', titel
              　　   ^
    Hint: Did you mean title?
    ------- exit 2 -------
    ");
    assert_snapshot!(ask(&world, &["SELECT * FROM draftview"]), @r"
    ------- stderr -------
    Error: no such table: draftview
    Hint: Did you mean draft_view?
    ------- exit 2 -------
    ");
    assert_snapshot!(ask(&world, &["SELECT plaintext(content) FROM latest_view"]), @r"
    ------- stderr -------
    Error: no such function: plaintext
      SELECT plaintext(content) FROM latest_view
             ^
    Hint: Did you mean plain_text?
    ------- exit 2 -------
    ");
    assert_snapshot!(ask(&world, &["SELECT * FROM draft_view WHERE account = \"mag\""]), @r#"
    ------- stderr -------
    Error: no such column: "mag" - should this be a string literal in single-quotes?
      SELECT * FROM draft_view WHERE account = "mag"
                                               ^
    Hint: See what there is: draftkeep sql --archive $TMP/archive.db .schema
    ------- exit 2 -------
    "#);
    assert_snapshot!(ask(&world, &["SELEC 1", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":2,"hints":["See queries that work: draftkeep sql --archive $TMP/archive.db .examples"],"message":"near \"SELEC\": syntax error\n  SELEC 1\n  ^"}}
    ------- exit 2 -------
    "#);
    assert_snapshot!(ask(&world, &["SELECT abs(-9223372036854775808)"]), @r"
    ------- stderr -------
    Error: integer overflow
    ------- exit 1 -------
    ");
    assert_snapshot!(ask(&world, &["SELECT zeroblob(2000000000)"]), @r"
    ------- stderr -------
    Error: string or blob too big
    ------- exit 1 -------
    ");
}

#[test]
fn commands_show_what_there_is() {
    let world = kept();
    assert_snapshot!(ask(&world, &[".tables"]), @r#"
    name               type
    poll_view          view
    quota_view         view
    restore_view       view
    version_view       view
    article_view       view
    asset_view         view
    draft_view         view
    latest_view        view
    pin_view           view
    pruned_view        view
    event_view         view
    proof_view         view
    gate_view          view
    document_view      view
    account            table
    draft              table
    version            table
    whole              table
    delta              table
    received           table
    poll               table
    call               table
    quota              table
    closed             table
    draft_time         table
    habit              table
    volatile           table
    asset              table
    looked             table
    upload             table
    restore            table
    restore_step       table
    journal_mark       table
    missed             table
    flip               table
    held_back          table
    plan               table
    checksum           table
    picture_reason     table
    picture            table
    picture_use        table
    web_session        table
    web_link           table
    web_login_failure  table
    web_restore        table
    poll_error         table
    version_count      table
    outbox_target      table
    outbox_message     table
    outbox_item        table
    pin                table
    archive_id         table
    pruned             table
    pruning            table
    repair             table
    lost_version       table
    event              table
    proven_range       table
    proof_finding      table
    proof              table
    copy               table
    asset_unneeded     table
    gate_write         table
    write_origin       table
    gate_create        table
    gate_plan          table
    gate_token         table
    gate_seen          table
    "#);
    assert_snapshot!(ask(&world, &[".schema", "poll_error"]), @r"
    CREATE TABLE poll_error (
        poll     INTEGER NOT NULL REFERENCES poll (id),  -- where it happened
        media_id TEXT,                        -- the draft it is about; null where it is about the account
        code     INTEGER,                     -- the platform's errcode; null where it gave none
        message  TEXT NOT NULL,               -- what happened, in words
        endpoint TEXT,                        -- the endpoint that was called, for example draft/get; null where no call failed
        kind     TEXT,                        -- what kind of failure: quota, unreachable, not-stored …; null where an older program recorded it
        rid      TEXT                         -- the platform's id of the request; null where it gave none, and where an older program recorded it
    ) STRICT;

    CREATE INDEX poll_error_by_poll ON poll_error (poll);

    CREATE TRIGGER poll_error_never_changes BEFORE UPDATE ON poll_error
    BEGIN SELECT raise(ABORT, 'a poll never changes'); END;

    CREATE TRIGGER poll_error_stays BEFORE DELETE ON poll_error
    BEGIN SELECT raise(ABORT, 'a poll stays in the archive'); END;

    CREATE TRIGGER poll_error_checksum_insert AFTER INSERT ON poll_error
    BEGIN INSERT INTO checksum VALUES ('poll_error', new.poll, row_checksum(new.poll, new.media_id, new.code, new.message, new.endpoint, new.kind, new.rid))
          ON CONFLICT DO UPDATE SET sum = sum + excluded.sum; END;
    ");
    let schema = ask(&world, &[".schema", "--json"]).json();
    let of_all = schema.as_array().unwrap().iter().filter_map(|row| row["sql"].as_str());
    assert_eq!(of_all.filter(|sql| sql.starts_with("CREATE VIEW")).count(), 14);
    for command in [".tables", ".schema draft", ".examples", ".examples 4", ".format", ".help"] {
        assert!(!ask(&world, &[command, "--json"]).json().as_array().unwrap().is_empty(), "{command}");
    }
    assert_snapshot!(ask(&world, &[".help"]), @r"
    .tables         the views, which are made to be asked, and the tables below them
    .schema [NAME]  the SQL that made them, with comments
    .examples [N]   ten questions and their queries; N answers one of them
    .format [NAME]  write answers as table, csv or json
    .help           this list
    .quit           leave, as Ctrl-D does

    Everything else is SQL, and ends in ;
    ");
    for (typed, told) in [
        (".tabels", "there is no command .tabels\nHint: Did you mean .tables?"),
        (".nothing", "there is no command .nothing\nHint: See what there is: .help"),
        (".schema draftview", "there is no table and no view draftview\nHint: Did you mean: .schema draft_view"),
        (".schema a b", ".schema is not used like that\nHint: It is: .schema [NAME]"),
        (".format xml", "there is no format xml\nHint: There are: table, csv, json"),
    ] {
        assert!(ask(&world, &[typed]).stderr().starts_with(&format!("Error: {told}\n")), "{}", ask(&world, &[typed]));
    }
}

#[test]
fn a_damaged_archive_is_told() {
    let mut archive = Fixture::new();
    archive.record("D1", &crate::archive::document("一", &"甲乙丙".repeat(50)));
    archive.raw().execute_batch("DROP TRIGGER whole_never_changes; UPDATE whole SET body = x'789c0102'").unwrap();
    archive.record("D2", &crate::archive::document("二", "丁"));
    let run = |sql: &str| {
        let world = World::new();
        let path = archive.path();
        world.run(&["sql", "--archive", path.to_str().unwrap(), sql])
    };
    let told = run("SELECT content FROM article_view").to_string();
    assert_snapshot!(told.replace(archive.path().parent().unwrap().to_str().unwrap(), "$TMP"), @"
    ------- stderr -------
    Error: the archive is damaged: database disk image is malformed
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    Hint: All the rest can still be asked, without that draft: WHERE media_id <> '…'
    ------- exit 5 -------
    ");
    assert_eq!(run("SELECT title FROM version_view").code(), Some(0));
    assert_snapshot!(run("SELECT title, content FROM article_view WHERE media_id <> 'D1'"), @r"
    title  content
    二     丁
    ");
    // A page in the middle is lost.
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = std::fs::read(archive.path()).unwrap();
    let page = archive
        .raw()
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'version'", (), |row| row.get::<_, usize>(0))
        .unwrap();
    bytes[(page - 1) * PAGE..page * PAGE].fill(0xff);
    std::fs::write(archive.path(), bytes).unwrap();
    assert_eq!(run("SELECT title FROM version_view").code(), Some(5));
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let world = kept();
    for format in ["csv", "json"] {
        let endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT n FROM n";
        let mut command = world.command(&["sql", "--archive", "archive.db", "--format", format, endless]);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        command.stdout(writer).stderr(Stdio::piped());
        let run = world.finish(command);
        assert_eq!((run.code(), run.stderr().as_str()), (Some(0), ""), "{format}");
    }
}

#[test]
fn our_functions_work_on_the_views() {
    let world = kept();
    let proven = "SELECT count(*) AS versions, sum(canonical_hash(document) = hash) AS proven
                  FROM document_view JOIN version_view USING (account, media_id, version)";
    assert_eq!(ask(&world, &[proven, "--json"]).json(), json!([{"versions": 9, "proven": 9}]));
    let read: Value = ask(&world, &["SELECT plain_text(content, type) AS text, picture_identity(cover) AS cover FROM latest_view WHERE media_id = 'bRew5wKZ9mQx'", "--json"]).json();
    assert_eq!(read, json!([{"text": "一杯喝完，正好走回家。", "cover": "cOfFeE"}]));
}
