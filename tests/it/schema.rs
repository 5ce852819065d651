//! The archive as its users see it: every query of `schema/README.md` gives its result, and the schema keeps its promises.

pub(crate) mod python;

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;

use draftkeep::archive::{AccountId, AccountState, Failure, MissingDraft, Observation, PollLog, Reader, Writer};
use draftkeep::full_text::Searcher;
use draftkeep::model::{ApiUsage, DraftState, Endpoint, FailureKind, MediaId, Strategy, Timestamp};
use rusqlite::functions::FunctionFlags;
use serde_json::{Value, json};

use crate::archive::{Fixture, shell_is_there, sighting};
use crate::harness::presence;

const README: &str = include_str!("../../schema/README.md");

/// The history that the samples of the page come from.
pub(crate) struct History {
    writer: Writer,
    mag: AccountId,
    shop: AccountId,
}

const COFFEE: &str = "bRew5wKZ9mQx";
const MARKET: &str = "mArk7hTq2LcA";
const MOON: &str = "mOon3fXs8Uje";

impl History {
    pub(crate) fn write(path: &Path) {
        let mut writer = Writer::open(path).unwrap();
        let now = at("01T01:00");
        let mag = writer.get_or_create_account(&"mag".parse().unwrap(), "wx0000000000000001", now).unwrap();
        let shop = writer.get_or_create_account(&"shop".parse().unwrap(), "wx0000000000000002", now).unwrap();
        let mut history = Self { writer, mag, shop };
        history.drafts();
        history.polls();
        history.ledger();
    }

    fn drafts(&mut self) {
        let spring = "<p>春天来了，巷口的咖啡馆又开了门。</p>";
        let water = "<p>手冲的水温是九十二度。</p>";
        let home = "<p>一杯喝完，正好走回家。</p>";
        let article = |title, content: &str| json!({"title": title, "author": "林夏", "content": content, "thumb_url": "https://mmbiz.qpic.cn/mmbiz_jpg/cOfFeE/0"});
        self.saw(self.mag, COFFEE, "01T01:00", &json!([article("春天的第一杯咖啡", &format!("{spring}{home}"))]));
        self.saw(
            self.mag,
            COFFEE,
            "02T02:30",
            &json!([article("春天的第一杯咖啡", &format!("{spring}{water}{home}"))]),
        );
        self.saw(
            self.mag,
            COFFEE,
            "03T09:00",
            &json!([article("春天的第一杯手冲", &format!("{spring}{water}{home}"))]),
        );
        self.saw(self.mag, COFFEE, "04T03:00", &json!([article("春天的第一杯手冲", home)]));

        let stalls = article("怎么去", "<p>地铁二号线，老街站。</p>");
        self.saw(self.mag, MARKET, "02T01:00", &json!([article("周末市集", "<p>四十个摊位。</p>"), stalls]));
        self.saw(self.mag, MARKET, "05T01:00", &json!([article("周末市集指南", "<p>四十个摊位。</p>"), stalls]));

        for (text, time) in [("今晚", "02T12:00"), ("今晚的月亮", "03T01:00"), ("今晚的月亮，老街看。", "03T05:00")]
        {
            let pictures = json!({"image_list": [{"image_media_id": "P1"}]});
            self.saw(self.shop, MOON, time, &json!([{"title": "秋天的月亮", "content": text, "image_info": pictures}]));
        }
    }

    fn saw(&mut self, account: AccountId, media_id: &str, time: &str, news_item: &Value) {
        let document = serde_json::to_vec(&json!({ "news_item": news_item })).unwrap();
        let sighting = Observation { observed_at: at(time), ..sighting(media_id, &document) };
        self.writer.record(account, &sighting, &[]).unwrap();
    }

    fn polls(&mut self) {
        let (mag, shop) = (self.mag, self.shop);
        let late = "the answer did not come within 30 s";
        let dry = "today's calls of draft/batchget are used up";
        self.polled(shop, "04T01:00", &[], &[], &[failure(Some(MOON), None, late)]);
        self.polled(mag, "05T01:00", &[COFFEE, MARKET], &[], &[]);
        self.polled(mag, "06T01:00", &[COFFEE], &[(MARKET, DraftState::Missing)], &[]);
        self.polled(mag, "06T01:05", &[COFFEE], &[(MARKET, DraftState::Gone)], &[]);
        self.polled(mag, "07T22:00", &[], &[], &[failure(None, Some(45_009), dry)]);
        self.polled(mag, "08T01:00", &[COFFEE], &[], &[]);
        self.polled(shop, "08T01:00", &[MOON], &[], &[]);
    }

    fn polled(
        &mut self,
        account: AccountId,
        time: &str,
        seen: &[&str],
        absent: &[(&str, DraftState)],
        failures: &[Failure],
    ) {
        let absence = |&(media_id, state)| MissingDraft { media_id: MediaId::new(media_id), state, at: at(time) };
        let poll = PollLog {
            calls: 1,
            seen: seen.iter().map(|&media_id| presence(media_id, at(time))).collect(),
            absences: absent.iter().map(absence).collect(),
            failures: failures.to_vec(),
            ..PollLog::begin(Strategy::Sweep, at(time))
        };
        self.writer.save_poll(account, &poll, &[], &AccountState::default()).unwrap();
    }

    fn ledger(&mut self) {
        let line = |endpoint, day: &str, count| ApiUsage { endpoint, day: day.to_owned(), count };
        let mag = [
            line(Endpoint::DraftBatchget, "2026-09-07", 1000),
            line(Endpoint::DraftBatchget, "2026-09-08", 12),
            line(Endpoint::StableToken, "2026-09-08", 1),
        ];
        self.writer.add_usage(self.mag, &mag).unwrap();
        self.writer.add_usage(self.shop, &[line(Endpoint::DraftGet, "2026-09-08", 7)]).unwrap();
    }
}

/// A day and time of September 2026, in UTC.
fn at(time: &str) -> Timestamp {
    format!("2026-09-{time}:00Z").parse().unwrap()
}

fn failure(media_id: Option<&str>, code: Option<i64>, message: &str) -> Failure {
    Failure { code, ..Failure::new(media_id.map(MediaId::new), FailureKind::Quota, message.to_owned()) }
}

/// The fenced blocks of the page in one language, each with the heading it stands under and the sample that follows.
pub(crate) fn blocks(language: &str) -> Vec<(String, String, Option<String>)> {
    let (mut heading, mut blocks) = ("", Vec::<(String, String, Option<String>)>::new());
    let mut lines = README.lines();
    while let Some(line) = lines.next() {
        if line.starts_with('#') {
            heading = line.trim_start_matches(['#', ' ']);
        }
        let Some(found) = line.strip_prefix("```") else { continue };
        let body = lines.by_ref().take_while(|line| *line != "```").fold(String::new(), |mut body, line| {
            writeln!(body, "{line}").unwrap();
            body
        });
        match found {
            "text" => {
                if let Some((_, _, sample)) = blocks.last_mut() {
                    *sample = Some(body);
                }
            }
            _ if found == language => blocks.push((heading.to_owned(), body, None)),
            _ => {}
        }
    }
    blocks
}

/// Returns a query as it was run for its sample: on 8 September 2026, 10:00 in China.
pub(crate) fn as_of_the_samples(sql: &str) -> String {
    sql.replace("'now'", "'2026-09-08 02:00'")
}

#[test]
fn every_query_of_the_page_gives_its_sample() {
    if !shell_is_there() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("archive.db");
    History::write(&archive);
    Searcher::open(&Reader::open(&archive).unwrap(), &mut |_| ControlFlow::Continue(())).unwrap();
    let queries = blocks("sql");
    assert_eq!(queries.iter().filter(|(heading, ..)| heading.ends_with('?')).count(), 10);
    for (heading, sql, sample) in queries {
        let sql = as_of_the_samples(&sql);
        let output = Command::new("sqlite3")
            .args(["-readonly", "-header", "archive.db", &sql])
            .current_dir(directory.path())
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{heading}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), sample.expect(&heading), "{heading}");
    }
}

#[test]
fn thirty_lines_of_python_read_every_version() {
    if !python::is_there() {
        return;
    }
    let [(_, lines, _)] = &blocks("python")[..] else { panic!("one block of Python") };
    assert!(lines.lines().count() <= 30);
    let mut archive = Fixture::new();
    let states: Vec<Vec<u8>> = (0..70).map(|n| crate::archive::document("一", &"甲乙丙".repeat(n + 20))).collect();
    for state in &states {
        archive.record(COFFEE, state);
    }
    let odd = b"\xef\xbb\xbf{\"news_item\":[{\"title\":\"\x08\xff\"}]}";
    archive.record(COFFEE, odd);
    let path = archive.path().to_string_lossy().into_owned();
    for (version, expected) in [("1", &states[0]), ("69", &states[68]), ("71", &odd.to_vec())] {
        assert!(python::run(&[&path, "mag", COFFEE, version]) == *expected, "version {version}");
    }
    assert!(python::titles(&archive.path()).starts_with("bRew5wKZ9mQx 1 一\nbRew5wKZ9mQx 2 一\n"));
}

#[test]
fn the_views_have_the_columns_of_the_contract() {
    let archive = Fixture::new();
    let database = archive.raw();
    let mut told = String::new();
    for view in
        ["draft_view", "version_view", "article_view", "latest_view", "poll_view", "document_view", "restore_view"]
    {
        writeln!(told, "{view}: {}", columns(&database, view).join(", ")).unwrap();
    }
    insta::assert_snapshot!(told, @"
    draft_view: account, media_id, state, title, versions, first_seen, last_seen, last_changed
    version_view: account, media_id, version, hash, observed_at, update_time, articles, title
    article_view: account, media_id, version, position, type, title, author, digest, content_source_url, cover, content
    latest_view: account, media_id, version, position, type, title, author, digest, content_source_url, cover, content
    poll_view: account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors
    document_view: account, media_id, version, document
    restore_view: account, media_id, version, to_account, to_media_id, started_at, finished_at, outcome, restore, kind, to_version, undoes
    ");
}

fn columns(database: &rusqlite::Connection, table: &str) -> Vec<String> {
    // Named in the views, and called only when rows are read.
    database.create_scalar_function("sqlar_uncompress", 2, FunctionFlags::default(), |_| Ok(0)).unwrap();
    let mut query = database.prepare("SELECT name FROM pragma_table_info(?1) ORDER BY cid").unwrap();
    query.query_map([table], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn the_page_tells_every_column_of_every_view() {
    let archive = Fixture::new();
    let database = archive.raw();
    let views = names(&database, "view");
    assert_eq!(views.len(), 14);
    for view in views {
        let section = README.split("\n### ").find(|section| section.starts_with(&format!("`{view}`"))).expect(&view);
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
        let told: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
        assert_eq!(told, columns(&database, &view), "{view}");
    }
}

fn names(database: &rusqlite::Connection, kind: &str) -> Vec<String> {
    let mut query =
        database.prepare("SELECT name FROM sqlite_schema WHERE type = ?1 AND sql <> '' ORDER BY name").unwrap();
    query.query_map([kind], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn every_table_is_strict_and_every_column_has_a_comment() {
    let archive = Fixture::new();
    let database = archive.raw();
    let mut told = String::new();
    for table in names(&database, "table") {
        let (sql, strict): (String, bool) = database
            .query_row(
                "SELECT sql, strict FROM sqlite_schema JOIN pragma_table_list USING (name) WHERE name = ?1",
                [&table],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert!(strict, "{table}");
        let columns = columns(&database, &table);
        for column in &columns {
            let line = sql.lines().find(|line| line.trim().starts_with(&format!("{column} "))).expect(column);
            let next = sql.lines().skip_while(|other| *other != line).nth(1).unwrap_or_default();
            assert!(line.contains("-- ") || next.contains("-- "), "{table}.{column} has no comment");
        }
        writeln!(told, "{table}: {}", columns.join(", ")).unwrap();
    }
    insta::assert_snapshot!(told, @r#"
    account: id, name, appid, first_seen
    archive_id: id, name
    asset: id, sha256, type, width, height, stored_at, body
    asset_unneeded: asset, since
    call: account, interface, day, calls
    checksum: kind, id, sum
    closed: account, interface, since, until, code, message
    copy: place, tried_at, name, made_at, proven_at, size, sha256, failing_since, failures, reason
    delta: version, base, length, body
    draft: id, account, media_id, state, first_seen, last_seen, missing_since
    draft_time: draft, create_time, update_time, read_time
    event: id, account, draft, kind, severity, at, version, characters_before, characters_after, pictures_before, pictures_after, address, quantity, until, reason, target, failure, code
    flip: account, field, flips, last_at
    gate_create: write, hash
    gate_plan: plan, who, planned_at
    gate_seen: token, draft, hash, seen_at
    gate_token: name, account, hash, allow, made_by, made_at, revoked_at
    gate_write: id, account, action, draft, before, request, asked_at, state, reason, decided_by, decided_at, finished_at, media_id, result, restore
    habit: account, list_order, checked_at, learned
    held_back: draft, since, confirmed_at, asked_at
    journal_mark: id, mark
    looked: account, version
    lost_version: draft, number, repair
    missed: draft, missed_at
    outbox_item: id, target, matter, first_event, worst_event, last_event, severity, opened_at, due_at, message
    outbox_message: id, target, severity, made_at, due_at, tries, doubts, state, title, body, answer, ended_at
    outbox_target: name, cursor, settings, next_send_at, parked_at, last_sent_at, answer, failed_at
    picture: id, account, identity, media_id, address_head, address_tail, asset, tries, due_at, reason
    picture_reason: id, reason
    picture_use: draft, position, place, picture, first_version, last_version
    pin: version, note, user, pinned_at
    plan: id, version, undoes, over, planned_at, state
    poll: id, account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors
    poll_error: poll, media_id, code, message, endpoint, kind, rid
    proof: kind, appid, tried_at, proven_at, checked, recent, total, failing_since, reason, is_damage
    proof_finding: kind, id, found_at, reason
    proven_range: kind, first_id, last_id, proven_at
    pruned: draft, first_version, last_version, title, pruned_at
    pruning: draft, never
    quota: account, interface, day, daily_limit, others, limit_from, told_at
    received: version, length, body
    repair: id, repaired_at, last_poll
    restore: id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id
    restore_step: restore, number, step, about, began_at, done_at, media_id
    upload: account, asset, door, media_id, address, uploaded_at
    version: id, draft, number, hash, canon, observed_at, update_time, articles, title
    version_count: account, day, versions
    volatile: account, field, found_at
    web_link: secret_hash, expires_at
    web_login_failure: address, failures, last_at
    web_restore: form, restore, user, address, sent_at, ending
    web_session: secret_hash, user, created_at, last_seen
    whole: version, length, body
    write_origin: id, who, program, note, asked_at
    "#);
}

#[test]
fn every_table_of_facts_is_guarded() {
    let archive = Fixture::new();
    let mut triggers = names(&archive.raw(), "trigger");
    // That these do what they should, `verify::flips` tests.
    triggers.retain(|name| !name.contains("_checksum_"));
    insta::assert_snapshot!(triggers.join("\n"), @r#"
    account_keeps_its_appid
    account_keeps_its_identity
    account_stays
    asset_comes_once
    asset_never_changes
    asset_stays
    checksum_can_be_added_to
    delta_comes_only_for_its_whole
    delta_never_changes
    delta_stays
    draft_keeps_its_identity
    draft_stays
    event_comes_once
    event_never_changes
    event_stays
    gate_write_comes_once
    gate_write_keeps_its_identity
    gate_write_stays
    lost_version_never_changes
    lost_version_stays
    picture_comes_once
    picture_keeps_its_asset
    picture_keeps_its_identity
    picture_stays
    picture_use_comes_once
    picture_use_ends_once
    picture_use_stays
    poll_comes_once
    poll_error_never_changes
    poll_error_stays
    poll_never_changes
    poll_stays
    pruned_comes_once
    pruned_never_changes
    pruned_stays
    received_comes_once
    received_never_changes
    received_stays
    repair_comes_once
    repair_never_changes
    repair_stays
    restore_comes_once
    restore_keeps_its_identity
    restore_stays
    restore_step_keeps_its_identity
    restore_step_stays
    restore_that_ended_never_changes
    version_comes_once
    version_is_counted
    version_is_counted_no_more
    version_never_changes
    version_stays
    whole_comes_once
    whole_goes_only_for_its_delta
    whole_never_changes
    write_origin_never_changes
    write_origin_stays
    "#);
}
