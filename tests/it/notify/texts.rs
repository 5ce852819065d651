//! Every kind of event as every kind of target gets it, in both languages: files to be read line by line. A program gets what a webhook
//! gets.

use std::fmt::Write as _;
use std::path::Path;

use draftkeep::archive::Reader;
use draftkeep::config::{Config, NotifyConfig};
use draftkeep::delivery::{self, Links};
use draftkeep::model::{EventKind, Timestamp};
use draftkeep::notify::{MailPreview, Message, Preview, preview};
use rusqlite::Connection;

use crate::harness::{World, database, document};

const TARGETS: [(&str, &str); 6] = [
    ("wecom", "{ wecom = { command = ['true'] } }"),
    ("feishu", "{ feishu = { url = { command = ['true'] } } }"),
    ("dingtalk", "{ dingtalk = { url = { command = ['true'] } } }"),
    ("webhook", "{ webhook = { url = { command = ['true'] } } }"),
    ("apprise", "{ apprise = { command = ['true'] } }"),
    ("mail", "{ mail = { server = 'smtp.example.com', from = 'keep@example.com', to = ['li@example.com'] } }"),
];

const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

/// Titles that would do something in a chat if they were not made harmless.
const NASTY: [&str; 10] = [
    "<@all> @all @13800000000",
    "](javascript:alert(1)) [x](https://evil.example)",
    "\u{202e}txt.exe\u{202c}\u{2066}x\u{200f}",
    "👨\u{200d}👩\u{200d}👧\u{200d}👦 一家四口 ❤\u{fe0f}",
    "一行\r\n二行\u{2028}三行\t四行",
    "~~删~~ _斜_ __粗__ *斜* **粗** `码` # 题 > 引",
    "https://evil.example/领奖 www.evil.example evil.example",
    "<font color=\"warning\">红</font> <at user_id=\"all\">所有人</at> &lt;b&gt;",
    "",
    "\u{1b}[31m红\u{7}",
];

fn now() -> Timestamp {
    "2026-09-01T06:03:00Z".parse().unwrap()
}

/// An archive with a draft that was emptied, one for each title, and one of 10 KB.
fn archive() -> World {
    let world = World::new();
    let full = format!("<p>{}</p>", "稿".repeat(3214));
    let keep = |draft: &str, title: &str| {
        world.keep("mag", draft, "2026-09-01T05:00:00Z", &document(&[(title, &full)]));
        world.keep("mag", draft, "2026-09-01T06:02:00Z", &document(&[(title, "<p>请输入正文</p>")]));
    };
    keep("Qm7xK2vTnS0b", "秋季新品");
    for (number, title) in NASTY.iter().enumerate() {
        keep(&format!("N{number}xK2vTnS0b"), title);
    }
    keep("Zz7xK2vTnS0c", &"长".repeat(3400));
    world
}

/// What is wrong with copies at two places.
const COPY_FAULTS: &str = r#"[{"place":"/mnt/nas","fault":"full","said":""},{"place":"s3://drafts/wx","fault":"refused","said":"AccessDenied"}]"#;

/// What two proofs found.
const FAILED_PROOFS: &str = r#"[{"proof":"versions","fault":"version_damaged","about":"mag/3@2","more":3,"said":"its document has the hash 1f3a5c7e9b20, not 0c4d6e8f1a2b"},{"proof":"drill","fault":"draft_not_made","about":"sandbox","more":0,"said":"45009: reach max api daily quota limit"}]"#;

/// The write that waits. A program's words must do nothing in a chat either.
const HELD_WRITE: &str = "
    INSERT INTO gate_write (id, account, action, draft, before, request, asked_at, state)
    VALUES (12, 1, 'update', 1, 2, '{}', '2026-09-01T06:02:00.000Z', 'held');
    INSERT INTO write_origin VALUES (12, 'agent', 'claude-code', '换成夏季价格 <@all> **现在**', '2026-09-01T06:02:00.000Z');";

/// Why a condition holds: a kind of failure, the platform's code, and what the program or a target said.
fn cause(name: &str) -> (Option<&'static str>, Option<i64>, Option<&'static str>) {
    let said = Some("stable_token: the platform does not do what was asked for");
    match name {
        "account.credentials" => (Some("credentials"), Some(40125), said),
        "account.whitelist" => (Some("ip-not-whitelisted"), Some(40164), said),
        "account.quota" => (Some("quota"), Some(45009), said),
        "account.verification" => (Some("permission"), Some(48001), said),
        "account.blocked" => (Some("account-blocked"), Some(89503), said),
        "account.late" => (Some("unreachable"), None, said),
        "archive.trouble" => (Some("not-stored"), None, said),
        "copy.failed" => (None, None, Some(COPY_FAULTS)),
        "notify.parked" => (None, None, Some("address_wrong 404: Not Found")),
        "proof.failed" => (None, None, Some(FAILED_PROOFS)),
        "notify.stuck" => (None, None, Some("not_reached")),
        _ => (None, None, None),
    }
}

/// Records an event of every kind, and returns their numbers.
fn events(raw: &Connection) -> Vec<(EventKind, i64)> {
    let insert =
        "INSERT INTO event (id, account, draft, kind, severity, at, version, characters_before, characters_after,
                                     pictures_before, pictures_after, address, quantity, until, target, failure, code, reason)
                  VALUES (?1, iif(?3 LIKE 'notify.%' OR ?3 LIKE 'archive.disk%' OR ?3 LIKE 'copy.%' OR ?3 LIKE 'proof.%', NULL, 1), ?2, ?3, ?4, '2026-09-01T06:02:00.000Z',
                          ?5, ?6, ?7, ?6 / 357, 0, ?8, ?9, ?10, iif(?3 LIKE 'notify.%', 'chat', NULL), ?11, ?12, ?13)";
    let record = |(number, kind): (usize, EventKind)| {
        let (id, name, is_loss) = (1000 + number as i64, kind.as_str(), kind.condition().is_none());
        let is_compared = ["draft.emptied", "draft.shrunk", "draft.rewritten"].contains(&name);
        let sizes = is_compared.then_some((3214, if name == "draft.emptied" { 5 } else { 1200 }));
        let (failure, code, said) = cause(name);
        raw.execute(
            insert,
            rusqlite::params![
                id,
                is_loss.then_some(1),
                name,
                kind.severity().as_str(),
                is_loss.then_some(2),
                sizes.map(|(before, _)| before),
                sizes.map(|(_, after)| after),
                (name == "account.whitelist").then_some("203.0.113.24"),
                ["box.emptied", "pictures.lost", "restore.cut_off", "gate.held"].contains(&name).then_some(12),
                ["account.quota", "gate.held"].contains(&name).then_some("2026-09-01T16:00:00.000Z"),
                failure,
                code,
                said,
            ],
        )
        .unwrap();
        (kind, id)
    };
    raw.execute_batch(HELD_WRITE).unwrap();
    EventKind::ALL.into_iter().enumerate().map(record).collect()
}

fn rule(to: &str, language: &str) -> NotifyConfig {
    let text = format!(
        "archive='archive.db'\n[[notify]]\nname='editors'\nlanguage='{language}'\nto={to}\npeople=['zhangsan']\n\
         [[account]]\nname='mag'\nappid='wx0123456789abcdef'\nsecret.command=['true']\n"
    );
    Config::from_text(Path::new("/c.toml"), &text).unwrap().notify.remove(0)
}

fn composed(reader: &Reader, events: &[i64], rule: &NotifyConfig) -> Message {
    let links = Links { pages: Some("https://drafts.example.com".to_owned()), shared: None };
    let events: Vec<_> = events.iter().map(|id| reader.event(*id).unwrap().unwrap()).collect();
    delivery::preview(reader, &events, rule, &links, now()).unwrap().unwrap()
}

/// What a target gets, on one line of its own form; a mail as people read it.
fn form(rule: &NotifyConfig, message: &Message) -> String {
    match preview(&rule.to, message, now()).unwrap() {
        Preview::Json(body) => format!("{body}\n"),
        Preview::Mail(MailPreview { headers, text, html }) => {
            let subject = headers.iter().find(|(name, _)| name == "Subject").unwrap();
            format!("Subject: {}\n{text}{html}\n", subject.1)
        }
    }
}

fn all(reader: &Reader, messages: &[(String, Vec<i64>)], to: &str) -> String {
    let mut text = String::new();
    for (name, events) in messages {
        writeln!(text, "# {name}").unwrap();
        for language in LANGUAGES {
            let rule = rule(to, language);
            text += &form(&rule, &composed(reader, events, &rule));
        }
    }
    // What nobody sees is seen here.
    text.replace('\u{200b}', "⟨no width⟩").replace('\u{200d}', "⟨joiner⟩")
}

/// What a digest holds: drafts of one account, conditions, and more than is named.
fn digests(events: &[(EventKind, i64)]) -> Vec<(String, Vec<i64>)> {
    let ids = |names: &[&str]| {
        let id = |name: &&str| events.iter().find(|(kind, _)| kind.as_str() == *name).unwrap().1;
        names.iter().map(id).collect::<Vec<_>>()
    };
    let drafts = ["draft.emptied", "draft.shrunk", "draft.changed", "draft.changed", "draft.published"];
    let conditions = ["account.whitelist", "account.quota.ended", "notify.parked", "archive.disk"];
    vec![
        ("a digest of drafts".to_owned(), ids(&drafts)),
        ("a digest of conditions".to_owned(), ids(&conditions)),
        ("a digest of both".to_owned(), ids(&[&drafts[..2], &conditions[..1]].concat())),
        ("a digest of more than is named".to_owned(), ids(&["draft.new"].repeat(23))),
    ]
}

#[test]
fn every_event_reads_well_in_every_target() {
    let world = archive();
    let path = world.path("archive.db");
    let events = events(&database(&path));
    let mut messages: Vec<_> = events.iter().map(|(kind, id)| (kind.as_str().to_owned(), vec![*id])).collect();
    messages.extend(digests(&events));
    let reader = Reader::open(&path).unwrap();
    insta::with_settings!({ snapshot_path => "texts", prepend_module_to_snapshot => false, omit_expression => true }, {
        for (kind, to) in TARGETS {
            insta::assert_snapshot!(kind, all(&reader, &messages, to));
        }
    });
}

#[test]
fn no_english_sentence_stands_in_a_chinese_message() {
    let world = archive();
    let path = world.path("archive.db");
    let events = events(&database(&path));
    let reader = Reader::open(&path).unwrap();
    let rule = rule(TARGETS[0].1, "zh-CN");
    for (kind, id) in events {
        let message = composed(&reader, &[id], &rule);
        for line in [&message.title].into_iter().chain(&message.lines) {
            let runs = line.split(|c: char| !c.is_ascii()).map(|run| run.split_ascii_whitespace().count());
            // A name, an address or a command may stand alone.
            assert!(runs.max() <= Some(2), "{}: {line}", kind.as_str());
        }
    }
}

#[test]
fn nasty_titles_do_nothing_in_any_target() {
    let world = archive();
    let path = world.path("archive.db");
    let find = "SELECT id, draft FROM event WHERE kind = 'draft.emptied' AND draft > 1 ORDER BY draft";
    let raw = database(&path);
    let mut query = raw.prepare(find).unwrap();
    let emptied: Vec<(String, Vec<i64>)> = query
        .query_map((), |row| Ok((format!("title {}", row.get::<_, i64>(1)? - 1), vec![row.get(0)?])))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(emptied.len(), NASTY.len() + 1);
    let reader = Reader::open(&path).unwrap();
    insta::with_settings!({ snapshot_path => "texts", prepend_module_to_snapshot => false, omit_expression => true }, {
        for (kind, to) in TARGETS {
            let text = all(&reader, &emptied, to);
            assert_eq!(text.matches("https://drafts.example.com/d/").count() % (2 * emptied.len()), 0, "each keeps its link: {text}");
            insta::assert_snapshot!(format!("{kind} nasty"), text);
        }
    });
}

#[test]
fn a_preview_shows_what_people_read_and_what_the_target_gets() {
    let world = archive();
    let config = "archive = 'archive.db'\n[web]\nlisten = '127.0.0.1:8788'\n[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret.command = ['true']\n\
                  [[notify]]\nname = 'editors'\nto = { wecom = { file = 'not-there' } }\n\
                  [[notify]]\nname = 'chiefs'\nto = { mail = { server = 'smtp.example.com', from = 'keep@example.com', to = ['li@example.com'] } }\n";
    std::fs::write(world.path("config.toml"), config).unwrap();
    let find = "SELECT id FROM event WHERE kind = 'draft.emptied' AND draft = 1";
    let event: i64 = database(world.path("archive.db")).query_row(find, (), |row| row.get(0)).unwrap();
    let run = |target: &str, more: &[&str]| {
        let event = event.to_string();
        world.run(&[&["notify", "preview", &event, "--target", target, "--config", "config.toml"], more].concat())
    };
    insta::assert_snapshot!(run("editors", &[]), @r##"
    《秋季新品》正文被清空

    正文 3,214 → 5 字 · 图 0
    09-01 14:02 · mag · #1 · 第 2 版

    查看改动，找回内容: http://127.0.0.1:8788/d/1/1..2

    wecom gets:
    {
      "markdown": {
        "content": "<font color=\"warning\">警报</font> **《秋季新品》正文被清空**\n> 正文 3,214 → 5 字 · 图 0\n> 09-01 14:02 · mag · #1 · 第 2 版\n\n[查看改动，找回内容](http://127.0.0.1:8788/d/1/1..2)"
      },
      "msgtype": "markdown"
    }
    "##);
    let mail = String::from_utf8(run("chiefs", &[]).stdout().to_vec()).unwrap();
    let (_, mail) = mail.split_once("mail gets:\n").unwrap();
    for line in [
        "From: keep@example.com",
        "To: li@example.com",
        "Subject: [警报] 《秋季新品》正文被清空",
        "References: <draft-1@example.com>",
    ] {
        assert!(mail.lines().any(|is| is == line), "{line}: {mail}");
    }
    let json = run("chiefs", &["--json"]).json();
    assert_eq!(json["sent"]["headers"]["Subject"], "[警报] 《秋季新品》正文被清空");
    assert!(json["sent"]["html"].as_str().unwrap().contains("<b>《秋季新品》正文被清空</b>"), "{json}");
    assert_eq!(run("editors", &["--json"]).json()["sent"]["msgtype"], "markdown");
}
