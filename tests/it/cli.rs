//! The command line as people and programs see it: what it prints, where, and how it ends. No network, no daemon.

use std::fs::OpenOptions;

use draftkeep::archive::Writer;
use draftkeep::canonical::canonicalise;
use draftkeep::model::Hash;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Run, World, document};

const AUTUMN: &str = "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U";
const MARKET: &str = "Qm7xK2vTzzzbWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-V";
const DASHED: &str = "-m7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-W";

/// Two accounts, four drafts; the first draft has three versions.
fn kept() -> World {
    let world = World::new();
    let autumn = |price: &str| {
        json!({"news_item": [
            {"title": "秋季新品预告", "author": "李编辑", "digest": "三款新品,九月见。", "content_source_url": "https://example.com/1",
             "content": format!("<section><p>一件 {price} 元</p><img data-src=\"https://mmbiz.qpic.cn/a/b/640\"></section>")},
            {"article_type": "newspic", "title": "周末市集", "content": "第一行\n第二行"},
        ]})
        .to_string()
    };
    for (price, observed_at) in
        [("99", "2026-08-30T01:00:00Z"), ("109", "2026-08-31T01:00:00Z"), ("119", "2026-08-31T16:05:00Z")]
    {
        world.keep("mag", AUTUMN, observed_at, autumn(price).as_bytes());
    }
    let hostile = "新能源车均价创6年新低\u{1b}[31m，价格战寒气侵蚀供应链\u{202e}，一个很长很长很长很长的标题";
    world.keep("mag", MARKET, "2026-08-30T01:00:00Z", &document(&[(hostile, "<p>二</p>")]));
    world.keep("mag", DASHED, "2026-08-30T01:00:00Z", &document(&[("", "<p>三</p>")]));
    world.keep("shop", "Zm7xK2vTnS0b", "2026-08-30T01:00:00Z", &document(&[("Shop news", "<p>四</p>")]));
    world
}

fn run(world: &World, args: &[&str]) -> Run {
    world.run(&[args, &["--archive", "archive.db"]].concat())
}

#[test]
fn help_has_examples_and_exit_codes() {
    assert_snapshot!(World::new().run(&["list", "--help"]), @r"
    List drafts: state, title, number of versions, last change

    Usage: draftkeep list [OPTIONS]

    Options:
          --archive <PATH>     Read this archive; no configuration is needed then
          --state <STATE>      Only drafts in this state; may be repeated [possible values: live,
                               missing, published, deleted, gone]
          --account <ACCOUNT>  Only drafts of this account; may be repeated
      -h, --help               Print help

    Global options:
          --config <PATH>  Read this configuration [default: $DRAFTKEEP_CONFIG, else
                           /etc/draftkeep/config.toml]
          --json           Write one JSON document to stdout, and errors as JSON to stderr
      -q, --quiet          Only print warnings and errors
      -v, --verbose...     Print more; repeat for even more
          --color <WHEN>   Use colours; auto means in a terminal, unless NO_COLOR is set [default: auto]
                           [possible values: auto, always, never]

    Examples:
      draftkeep list
      draftkeep list --state missing --state gone
      draftkeep list --account mag --json

    Exit codes:
      0  done
      1  failed
      2  wrong usage or configuration
      3  partly done: some drafts or accounts failed, the rest is stored
      4  not found
      5  the archive is damaged
      6  the platform refused: credentials, whitelist, quota, permission or content
    ");
    let bare = World::new().run(&[]);
    assert!(bare.stderr().contains("Usage: draftkeep") && bare.stderr().contains("Exit codes:"), "{bare}");
    assert_eq!(bare.code(), Some(2));
}

#[test]
fn wrong_usage_ends_with_2() {
    let world = World::new();
    assert_snapshot!(world.run(&["list", "--state", "lost"]), @r"
    ------- stderr -------
    error: invalid value 'lost' for '--state <STATE>'
      [possible values: live, missing, published, deleted, gone]

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(world.run(&["lst", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":2,"hints":["Read the help: draftkeep --help"],"message":"unrecognized subcommand 'lst'"}}
    ------- exit 2 -------
    "#);
    assert_snapshot!(world.run(&["list", "--state", "lost", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":2,"hints":["Read the help: draftkeep list --help"],"message":"invalid value 'lost' for '--state <STATE>'\n  [possible values: live, missing, published, deleted, gone]"}}
    ------- exit 2 -------
    "#);
    assert_snapshot!(world.run(&["log", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":2,"hints":["A shell takes #2 for a comment; type the number alone: draftkeep log 2","Read the help: draftkeep log --help"],"message":"the following required arguments were not provided:\n  <DRAFT>"}}
    ------- exit 2 -------
    "#);
    assert!(
        world
            .run(&["log"])
            .stderr()
            .ends_with("Hint: A shell takes #2 for a comment; type the number alone: draftkeep log 2\n")
    );
    assert_snapshot!(world.run(&["show", "Qm7xK2vT@0"]), @r"
    ------- stderr -------
    error: invalid value 'Qm7xK2vT@0' for '<DRAFT[@N]>': after @ comes a version: 1, 2, 3, or -1 for the one before the newest

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(world.run(&["log", "Qm7xK2vT@2"]), @r"
    ------- stderr -------
    error: invalid value 'Qm7xK2vT@2' for '<DRAFT>': all versions are meant here; leave out the @ and what follows

    For more information, try '--help'.
    ------- exit 2 -------
    ");
}

#[test]
fn list_shows_a_table() {
    let world = kept();
    assert_snapshot!(run(&world, &["list"]), @"
    ID  ACCOUNT  STATE  TITLE                     VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     1  mag      live   秋季新品预告                     3  by hand     2026-09-01 00:05       Qm7xK2vTn
     2  mag      live   新能源车均价创6年新低␛[…         1  by hand     2026-08-30 09:00       Qm7xK2vTz
     3  mag      live   (no title) 三                    1  by hand     2026-08-30 09:00       -m7xK2vT
     4  shop     live   Shop news                        1  by hand     2026-08-30 09:00       Zm7xK2vT
    ");
    assert_snapshot!(run(&world, &["list", "--account", "shop", "-v"]), @"
    ID  ACCOUNT  STATE  TITLE       VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     4  shop     live   Shop news          1  by hand     2026-08-30 09:00       Zm7xK2vTnS0b
    ");
    assert_snapshot!(run(&world, &["list", "--state", "gone"]), @"
    ------- stderr -------
    No draft is like that.
    Hint: See all drafts: draftkeep list --archive $TMP/archive.db
    ");
}

#[test]
fn drafts_without_a_title_are_told_apart_by_their_text() {
    let world = World::new();
    let keep = |media_id: &str, text: &str| {
        world.keep("mag", media_id, "2026-08-30T01:00:00Z", &document(&[("", text)]));
    };
    keep("Qm7xK2vTnS0a", "<p><img src='https://a.cn/1.png'></p><p>秋天的\u{1b}[2J第一场雨</p><p>过后</p>");
    keep("Rm7xK2vTnS0b", &format!("<p>{}</p>", "河水慢慢地流，".repeat(9)));
    keep("Sm7xK2vTnS0c", "");
    keep("Tm7xK2vTnS0d", "<p>damaged</p>");
    let archive = crate::harness::database(world.path("archive.db"));
    archive.execute_batch("DROP TRIGGER whole_never_changes; UPDATE whole SET length = 1 WHERE version = 4").unwrap();
    assert_snapshot!(run(&world, &["list"]), @"
    ID  STATE  TITLE                               VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     1  live   (no title) 秋天的␛[2J第一场…               1  by hand     2026-08-30 09:00       Qm7xK2vT
     2  live   (no title) 河水慢慢地流，河…               1  by hand     2026-08-30 09:00       Rm7xK2vT
     3  live   (no title)                                 1  by hand     2026-08-30 09:00       Sm7xK2vT
     4  live   (no title)                     1 (1 damaged)              2026-08-30 09:00       Tm7xK2vT
    ------- stderr -------
    Error: the archive is damaged: versions of 1 draft are damaged
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
    let listed: serde_json::Value = serde_json::from_slice(run(&world, &["list", "--json"]).stdout()).unwrap();
    assert!(listed.as_array().unwrap().iter().all(|draft| draft["title"] == ""), "{listed}");
}

#[test]
fn a_shortened_id_can_be_pasted_back() {
    let world = kept();
    let listed = String::from_utf8(run(&world, &["list"]).stdout().to_vec()).unwrap();
    for line in listed.lines().skip(1) {
        let id = line.split_whitespace().last().unwrap();
        assert_eq!(run(&world, &["log", id, "--json"]).code(), Some(0), "{id}");
    }
}

#[test]
fn list_as_json_is_the_contract() {
    let world = kept();
    let listed = run(&world, &["list", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 4);
    insta::assert_json_snapshot!(listed[0], @r#"
    {
      "account": "mag",
      "damaged": [],
      "doubt": null,
      "first_seen": "2026-08-30T01:00:00.000Z",
      "id": 1,
      "last_changed": "2026-08-31T16:05:00.000Z",
      "last_seen": "2026-08-31T16:05:00.000Z",
      "media_id": "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U",
      "restorable": {
        "reasons": [
          "article 1: the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID",
          "article 2: the platform takes no 图片消息 without pictures, and none of its has a media_id"
        ],
        "verdict": "not-by-api"
      },
      "state": "live",
      "title": "秋季新品预告",
      "versions": 3
    }
    "#);
    assert_eq!(run(&world, &["list", "--json", "--state", "gone"]).json(), json!([]));
}

#[test]
fn an_empty_archive_says_what_to_do() {
    let world = World::new();
    assert_snapshot!(run(&world, &["list"]), @"
    ------- stderr -------
    Error: there is no archive at archive.db
    Hint: Name an archive that is there: --archive PATH
    ------- exit 4 -------
    ");
    for command in [&["log", "1"][..], &["status"], &["verify"], &["sql", "SELECT 1"]] {
        assert!(run(&world, command).stderr().contains("--archive PATH"), "{command:?}");
    }
    drop(Writer::open(&world.path("archive.db")).unwrap());
    assert_snapshot!(run(&world, &["list"]), @r"
    ------- stderr -------
    The archive holds no drafts yet.
    Hint: Fill it: draftkeep --config PATH poll
    ");
    assert_eq!(run(&world, &["list", "--json"]).json(), json!([]));
}

#[test]
fn an_archive_that_lost_all_it_held_is_no_new_one() {
    let world = kept();
    std::fs::write(world.path("archive.db"), "").unwrap();
    world.configure(&[("mag", "https://api.weixin.qq.com", "'all'")]);
    for command in [&["list"][..], &["status"], &["show", "#1"], &["verify"], &["sql", "SELECT 1"]] {
        let run = world.run(&[command, &["--config", "config.toml"]].concat());
        assert_eq!((run.code(), run.stdout()), (Some(5), &b""[..]), "{run}");
    }
    assert_snapshot!(world.run(&["status", "--config", "config.toml"]), @"
    ------- stderr -------
    Error: the archive ./archive.db is an empty file; whatever it held is lost with it
    Hint: Put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE. Where there never was anything: draftkeep --config $TMP/config.toml poll
    ------- exit 5 -------
    ");
}

#[test]
fn log_shows_versions_newest_first() {
    let world = kept();
    assert_snapshot!(run(&world, &["log", "#1"]), @"
    VERSION  OBSERVED (+08:00)  SAVED  BYTES  RESTORABLE  CHANGED
          3  2026-09-01 00:05   00:05    333  by hand     article 1: +3 −3 characters
          2  2026-08-31 09:00   09:00    333  by hand     article 1: +3 −2 characters
          1  2026-08-30 09:00   09:00    332  by hand     first version
    ------- stderr -------
    mag/1, 秋季新品预告
    ");
    let log = run(&world, &["log", "mag/#1", "--json"]).json();
    let numbers: Vec<_> = log.as_array().unwrap().iter().map(|version| version["version"].clone()).collect();
    assert_eq!(numbers, [json!(3), json!(2), json!(1)]);
    insta::assert_json_snapshot!(log[0], @r#"
    {
      "articles": [
        {
          "position": 0,
          "title": "秋季新品预告",
          "type": "news"
        },
        {
          "position": 1,
          "title": "周末市集",
          "type": "newspic"
        }
      ],
      "by": null,
      "changed": "article 1: +3 −3 characters",
      "damaged": null,
      "doubt": null,
      "hash": "808634af05d84353588290335fce60061680c20f4bbe61b844d343f801c6db5a",
      "observed_at": "2026-08-31T16:05:00.000Z",
      "pinned": null,
      "restorable": {
        "reasons": [
          "article 1: the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID",
          "article 2: the platform takes no 图片消息 without pictures, and none of its has a media_id"
        ],
        "verdict": "not-by-api"
      },
      "restored_from": null,
      "size": 333,
      "update_time": "2026-08-31T16:05:00.000Z",
      "version": 3
    }
    "#);
}

#[test]
fn show_writes_text_for_people() {
    let world = kept();
    assert_snapshot!(run(&world, &["show", AUTUMN]), @"
    [0] 秋季新品预告
    Author: 李编辑
    Digest: 三款新品,九月见。
    Link: https://example.com/1

    一件 119 元

    [picture]


    [1] 周末市集

    第一行
    第二行
    ------- stderr -------
    mag/1, version 3 of 3, observed 2026-09-01 00:05:00 +08:00
    Restorable by hand: article 1: the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID; article 2: the platform takes no 图片消息 without pictures, and none of its has a media_id
    ");
    assert_snapshot!(run(&world, &["show", "#1@-2", "--quiet"]), @r"
    [0] 秋季新品预告
    Author: 李编辑
    Digest: 三款新品,九月见。
    Link: https://example.com/1

    一件 99 元

    [picture]


    [1] 周末市集

    第一行
    第二行
    ");
    assert_snapshot!(run(&world, &["show", "mag/#2", "--quiet"]), @r"
    新能源车均价创6年新低␛[31m，价格战寒气侵蚀供应链<U+202E>，一个很长很长很长很长的标题

    二
    ");
    assert_snapshot!(run(&world, &["show", DASHED, "--quiet"]), @r"
    (no title)

    三
    ");
}

#[test]
fn show_gives_back_the_bytes() {
    let world = World::new();
    let received = b"{ \"news_item\" :[{\"title\":\"a\\u0062\",\"content\":\"<p>\xff\"}],\"update_time\":1}\n ";
    world.keep("mag", AUTUMN, "2026-08-30T01:00:00Z", received);
    assert_eq!(run(&world, &["show", "#1", "--format", "json"]).stdout(), received);
    let canonical = run(&world, &["show", "#1", "--format", "canonical"]);
    assert_eq!(canonical.stdout(), canonicalise(received).unwrap().bytes);
    let shown = run(&world, &["show", "#1", "--format", "canonical", "--json"]).json();
    assert_eq!(shown["hash"], Hash::of(canonical.stdout()).to_string());
    assert_eq!(shown["text"].as_str().unwrap().as_bytes(), canonical.stdout());
}

#[test]
fn show_as_json_tells_the_version() {
    let shown = run(&kept(), &["show", "#1@2", "--format", "markdown", "--json"]).json();
    insta::assert_json_snapshot!(shown, @r##"
    {
      "account": "mag",
      "doubt": null,
      "format": "markdown",
      "hash": "3ec53fbb2536ef502241fc34dd913ebc11bfbdb2190dd48d7eb2433662bbd0b7",
      "id": 1,
      "media_id": "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U",
      "observed_at": "2026-08-31T01:00:00.000Z",
      "restorable": {
        "reasons": [
          "article 1: the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID",
          "article 2: the platform takes no 图片消息 without pictures, and none of its has a media_id"
        ],
        "verdict": "not-by-api"
      },
      "text": "# 秋季新品预告\n\n- Author: 李编辑\n- Digest: 三款新品,九月见。\n- Link: <https://example.com/1>\n\n一件 109 元\n\n![](https://mmbiz.qpic.cn/a/b/640)\n\n---\n\n# 周末市集\n\n第一行  \n第二行\n",
      "update_time": "2026-08-31T01:00:00.000Z",
      "version": 2
    }
    "##);
}

#[test]
fn a_page_is_whole() {
    let shown = run(&kept(), &["show", "#1", "--format", "html"]);
    let page = String::from_utf8(shown.stdout().to_vec()).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(page.contains("缺图片 https://mmbiz.qpic.cn/a/b/640") && page.contains("第一行<br>第二行"));
}

#[test]
fn a_draft_that_is_not_there_is_told_with_candidates() {
    let world = kept();
    assert_snapshot!(run(&world, &["log", "Qm7xK2vTnS0bWqXXX"]), @"
    ------- stderr -------
    Error: the archive has no draft Qm7xK2vTnS0bWqXXX
    Hint: Did you mean mag/1? Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U 秋季新品预告
    ------- exit 4 -------
    ");
    for slip in
        ["Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-X", "QX7xK2vTnS0b", "Qm7xK2vTn0bW", "Qm7xK2TnS0bW", "QmK7xK2vTnS0"]
    {
        let told = run(&world, &["log", slip]).stderr();
        assert!(told.contains("Hint: Did you mean mag/1?"), "{slip}: {told}");
    }
    assert_snapshot!(run(&world, &["log", "shop/#1"]), @r"
    ------- stderr -------
    Error: the archive has no draft shop/1
    Hint: Did you mean mag/1? Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U 秋季新品预告
    ------- exit 4 -------
    ");
    assert_snapshot!(run(&world, &["show", "#1@99"]), @r"
    ------- stderr -------
    Error: draft 1 has versions 1 to 3, none is @99
    Hint: See its versions: draftkeep log --archive $TMP/archive.db 1
    ------- exit 4 -------
    ");
    assert_snapshot!(run(&world, &["show", "#4@-1", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":4,"hints":["See its versions: draftkeep log --archive $TMP/archive.db 4"],"message":"draft 4 has version 1 only, none is @-1"}}
    ------- exit 4 -------
    "#);
}

#[test]
fn an_account_that_is_not_there_is_told_with_candidates() {
    let world = kept();
    assert_snapshot!(run(&world, &["list", "--account", "shpo"]), @"
    ------- stderr -------
    Error: the archive has no account shpo
    Hint: Did you mean shop?
    Hint: There are: mag, shop
    ------- exit 4 -------
    ");
    assert_snapshot!(run(&world, &["list", "--account", "mag", "--account", "elsewhere", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":4,"hints":["There are: mag, shop"],"message":"the archive has no account elsewhere"}}
    ------- exit 4 -------
    "#);
    assert_snapshot!(run(&world, &["show", "magg/#1"]), @"
    ------- stderr -------
    Error: the archive has no account magg
    Hint: Did you mean mag?
    Hint: There are: mag, shop
    ------- exit 4 -------
    ");
    world.configure(&[("mag", "https://api.weixin.qq.com", "'all'"), ("shop", "https://api.weixin.qq.com", "'all'")]);
    assert_snapshot!(world.run(&["poll", "mga", "--config", "config.toml"]), @"
    ------- stderr -------
    Error: the configuration has no account mga
    Hint: Did you mean mag?
    Hint: There are: mag, shop
    ------- exit 4 -------
    ");
}

#[test]
fn a_draft_that_is_not_clear_is_told_with_candidates() {
    let world = kept();
    assert_snapshot!(run(&world, &["log", "Qm7xK2vT"]), @"
    ------- stderr -------
    Error: Qm7xK2vT is the beginning or the title of 2 drafts
    Hint: Did you mean mag/1? Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U 秋季新品预告
    Hint: Did you mean mag/2? Qm7xK2vTzzzbWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-V 新能源车均价创6年新低␛[31m，价格战寒气侵蚀供应链<U+202E>，一个很长很长很长很长的标题
    ------- exit 2 -------
    ");
    assert_snapshot!(run(&world, &["log", "Qm7x"]), @r#"
    ------- stderr -------
    Error: no title holds "Qm7x", and it is too short for the beginning of a media_id
    Hint: See what there is: draftkeep list --archive $TMP/archive.db
    ------- exit 4 -------
    "#);
}

#[test]
fn a_draft_is_named_by_its_plain_number_and_by_its_titles() {
    let world = kept();
    let log = |draft: &str| String::from_utf8(run(&world, &["log", draft]).stdout().to_vec()).unwrap();
    let [first, second] = ["#1", "#2"].map(log);
    assert!(first != second && !first.is_empty());
    assert_eq!(
        [log("1"), log("mag/1"), log("秋季新品预告"), log("新品预告"), log("mag/秋季")],
        [(); 5].map(|()| first.clone())
    );
    assert_eq!([log("2"), log("很长的标题")], [(); 2].map(|()| second.clone()));
    let shown = |version: &str| run(&world, &["show", version]).stdout().to_vec();
    assert_eq!(shown("1@1"), shown("#1@1"));
    assert_eq!(shown("秋季新品@1"), shown("#1@1"));
    let titles = world.run(&["log", "1", "--archive", "archive.db", "--json"]).json();
    let old =
        titles.as_array().unwrap().iter().map(|version| version["articles"][0]["title"].as_str().unwrap().to_owned());
    for title in old {
        assert_eq!(log(&title), first, "{title}");
    }
    assert_eq!(run(&world, &["log", "没有的标题"]).code(), Some(4));
}

#[test]
fn an_archive_that_cannot_be_used_is_told() {
    let world = World::new();
    std::fs::write(world.path("archive.db"), "no database at all, but long enough to be looked at as one".repeat(20))
        .unwrap();
    assert_snapshot!(run(&world, &["list"]), @"
    ------- stderr -------
    Error: archive.db is no SQLite database
    Hint: If the path is right, the file is damaged. See what is left: draftkeep repair --archive $TMP/archive.db --to NEW. Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let world = kept();
    for args in
        [&["show", "#1", "--archive", "archive.db", "--quiet"][..], &["list", "--archive", "archive.db"], &["--help"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = world.command(args);
        command.stdout(writer);
        let run = world.finish(command);
        assert_eq!((run.code(), run.stderr().as_str()), (Some(0), ""), "{args:?}");
    }
}

#[test]
fn a_full_disk_is_told() {
    let world = kept();
    let mut command = world.command(&["list", "--archive", "archive.db"]);
    command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
    assert_snapshot!(world.finish(command), @r"
    ------- stderr -------
    Error: the output cannot be written
    Caused by: No space left on device (os error 28)
    ------- exit 1 -------
    ");
}

#[test]
fn a_clock_that_is_none_is_refused() {
    let world = World::new();
    let mut command = world.command(&["list"]);
    command.env("DRAFTKEEP_CLOCK", "tomorrow");
    assert_snapshot!(world.finish(command), @r"
    ------- stderr -------
    Error: DRAFTKEEP_CLOCK=tomorrow is no instant like 2026-09-01T08:00:00Z
    Caused by: premature end of input
    ------- exit 2 -------
    ");
}

#[test]
fn colours_come_where_they_are_wanted_and_say_nothing_alone() {
    let world = kept();
    let plain = run(&world, &["list"]);
    let painted = run(&world, &["list", "--color", "always"]);
    assert!(!plain.stdout().contains(&0x1b));
    assert!(painted.stdout().contains(&0x1b));
    let stripped = anstream::adapter::strip_bytes(painted.stdout()).into_vec();
    assert_eq!(stripped, plain.stdout());
    let value: Value = run(&world, &["list", "--color", "always", "--json"]).json();
    assert_eq!(value[0]["id"], 1);
}
