//! Damaged pages of a real archive do not stop new versions, and are reported once.

use std::fs;

use draftkeep::archive::Version;
use draftkeep::model::Endpoint;
use draftkeep::simulator::{Fault, FaultRule};

use super::*;
use crate::harness::{PAGE, database};
use crate::verify::without_rules;

impl Stage {
    /// Runs SQL on the archive that no rule forbids, while nobody has it open.
    async fn change(&mut self, sql: &str) {
        let (path, elsewhere) = (self.path(), self.directory.path().join("elsewhere.db"));
        std::mem::replace(&mut self.archive, WriterHandle::open(&elsewhere).unwrap()).close().await;
        without_rules(&path, sql);
        self.archive = WriterHandle::open(&path).unwrap();
    }

    fn numbers(&self, draft: i64) -> Vec<u64> {
        self.reader().version_numbers(draft).unwrap()
    }

    /// Returns the media_id of the draft that was recorded first.
    fn first(&self) -> String {
        self.shell("SELECT media_id FROM draft WHERE id = 1")
    }

    /// Fills pages with garbage: those that `sql` names in the archive's file.
    async fn damage(&mut self, sql: &str) {
        let path = self.path();
        let elsewhere = WriterHandle::open(&self.directory.path().join("elsewhere.db")).unwrap();
        std::mem::replace(&mut self.archive, elsewhere).close().await;
        let pages: Vec<usize> = {
            let raw = crate::harness::database(&path);
            let mut query = raw.prepare(sql).unwrap();
            query.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        assert!(!pages.is_empty(), "{sql}");
        let mut bytes = fs::read(&path).unwrap();
        for page in pages {
            bytes[(page - 1) * PAGE..][..PAGE].fill(0xa5);
        }
        fs::write(&path, bytes).unwrap();
        self.archive = WriterHandle::open(&path).unwrap();
    }

    fn newest(&self, media_id: &str) -> Vec<u8> {
        let reader = Reader::open(&self.path()).unwrap();
        let draft = self.shell(&format!("SELECT id FROM draft WHERE media_id = '{media_id}'")).parse().unwrap();
        let newest = reader.version_numbers(draft).unwrap()[0];
        reader.document(&reader.version(draft, newest).unwrap()).unwrap()
    }

    fn says(&self, media_id: &str, author: &str) -> bool {
        String::from_utf8(self.newest(media_id)).unwrap().contains(author)
    }

    fn sign(&self, media_id: &str, author: &str) {
        self.account(|account| account.edit(media_id, 0, |article| article.set("author", author)).unwrap());
    }
}

/// A box of 60 drafts, of which the first is too long for one page.
async fn stage() -> (Stage, Vec<String>) {
    let stage = Stage::empty().await;
    let noise: String = (0_u32..6000).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
    let long = Article::news("长", &format!("<p>{noise}</p>"));
    let mut ids = vec![stage.account(|account| account.create(vec![long]))];
    ids.extend(stage.create(59));
    assert_eq!(stage.poll_well().await.new_versions, 60);
    (stage, ids)
}

fn reported(report: &Report) -> Vec<&str> {
    report.failures.iter().filter_map(|failure| failure.media_id.as_ref()).map(MediaId::as_str).collect()
}

#[tokio::test]
async fn a_lost_page_within_the_newest_document_keeps_the_next_version_in() {
    let (mut stage, ids) = stage().await;
    stage
        .damage("SELECT pageno FROM dbstat WHERE name = 'whole' AND pagetype = 'overflow' AND path LIKE '%+000001'")
        .await;
    stage.sign(&ids[0], "林晚");
    stage.sign(&ids[1], "林晚");
    let report = stage.poll().await;
    assert_eq!((report.new_versions, reported(&report)), (2, vec![ids[0].as_str()]), "{:?}", report.failures);
    assert!(report.failures[0].message.contains("draftkeep verify"), "{}", report.failures[0].message);
    assert!(stage.says(&ids[0], "林晚") && stage.says(&ids[1], "林晚"));
    assert_eq!(stage.poll_well().await.new_versions, 0);
    stage.sign(&ids[0], "陈默");
    assert_eq!(stage.poll_well().await.new_versions, 1);
    assert!(stage.says(&ids[0], "陈默"));
}

#[tokio::test]
async fn a_lost_page_of_documents_keeps_the_next_versions_in() {
    let (mut stage, ids) = stage().await;
    stage
        .damage("SELECT min(pageno) FROM dbstat WHERE name = 'whole' AND pagetype = 'leaf' AND path LIKE '/000/'")
        .await;
    // The newest in the box was recorded first.
    stage.sign(&ids[1], "林晚");
    stage.sign(&ids[59], "林晚");
    let report = stage.poll().await;
    assert_eq!((report.new_versions, reported(&report)), (2, vec![ids[59].as_str()]), "{:?}", report.failures);
    assert!(stage.says(&ids[1], "林晚") && stage.says(&ids[59], "林晚"));
    assert_eq!(stage.poll_well().await.new_versions, 0);
}

#[tokio::test]
async fn a_lost_page_of_versions_keeps_the_next_versions_in() {
    let (mut stage, ids) = stage().await;
    stage
        .damage("SELECT min(pageno) FROM dbstat WHERE name = 'version' AND pagetype = 'leaf' AND path LIKE '/000/'")
        .await;
    stage.sign(&ids[1], "林晚");
    stage.sign(&ids[59], "林晚");
    let report = stage.poll().await;
    assert!(
        report.new_versions > 2,
        "nobody knows whether those whose row is lost have changed: {:?}",
        report.failures.first()
    );
    assert!(stage.says(&ids[1], "林晚") && stage.says(&ids[59], "林晚"));
    assert_eq!(stage.poll_well().await.new_versions, 0);
}

#[tokio::test]
async fn a_draft_whose_only_version_has_a_damaged_number_is_read_again_once() {
    let (mut stage, _) = Stage::filled(3).await;
    stage.change("UPDATE version SET number = x'07' WHERE draft = 1").await;
    assert_eq!(changed(&stage.poll_well().await), [stage.first().as_str()], "its number is 1 again");
    assert_eq!(stage.numbers(1), [1]);
    assert_eq!(stage.poll_well().await.new_versions, 0);
}

#[tokio::test]
async fn a_draft_whose_only_version_has_a_damaged_number_is_missed() {
    let (mut stage, _) = Stage::filled(12).await;
    stage.change("UPDATE version SET number = x'07' WHERE draft = 1").await;
    stage.account(|account| account.delete(&stage.first()).unwrap());
    for _ in 0..2 {
        stage.poll_well().await;
        stage.advance(300);
    }
    assert_eq!(stage.shell("SELECT state FROM draft WHERE id = 1"), "gone", "nobody knows what it said");
}

#[tokio::test]
async fn a_newest_version_with_a_damaged_number_keeps_no_version_out() {
    let (mut stage, _) = Stage::filled(3).await;
    stage.sign(&stage.first(), "林晚");
    assert_eq!(stage.poll_well().await.new_versions, 1);
    stage.change("UPDATE version SET number = x'07' WHERE draft = 1 AND number = 2").await;
    stage.sign(&stage.first(), "陈默");
    assert_eq!(stage.poll_well().await.new_versions, 1);
    assert_eq!(stage.numbers(1), [2, 1]);
    assert!(stage.says(&stage.first(), "陈默"));
    let versions: Vec<Version> = stage.reader().versions(1).unwrap();
    versions.iter().for_each(|version| drop(stage.reader().document(version).unwrap()));
}

/// Who is killed before the poll has ended has told of the damage all the same.
#[tokio::test]
async fn rows_that_cannot_be_read_are_reported_by_the_write_that_resets_them() {
    let (mut stage, _) = Stage::filled(3).await;
    stage.change("UPDATE habit SET checked_at = x'07'").await;
    let (name, appid) = (stage.account.name.clone(), stage.account.appid.clone());
    let now = stage.clock.now();
    let start = stage
        .archive
        .run(move |writer| writer.prepare_poll(&name, &appid, draftkeep::model::Strategy::Sweep, now))
        .await
        .unwrap();
    assert_eq!(start.damaged.len(), 1);
    let stats = stage.reader().account_stats(now).unwrap().remove(0);
    let failures = stats.last_poll.unwrap().failures;
    assert!(failures.iter().any(|failure| failure.message.contains("of the table habit")), "{failures:?}");
}

/// Nobody knows how many calls were made: the platform does.
#[tokio::test]
async fn a_damaged_count_of_calls_has_the_platform_asked() {
    let (mut stage, _) = Stage::filled(3).await;
    stage.change("UPDATE call SET calls = x'07'").await;
    stage.forget_calls();
    stage.poll().await;
    assert_eq!(stage.calls("openapi/quota/get"), 3);
    assert_ne!(stage.shell("SELECT count(*) FROM quota WHERE limit_from = 'quota/get'"), "0");
    stage.forget_calls();
    stage.poll_well().await;
    assert_eq!(stage.calls("openapi/quota/get"), 0);
}

/// What a repair lost is not taken as not spent.
#[tokio::test]
async fn counts_that_a_repair_lost_are_asked_of_the_platform_or_assumed() {
    let repair = "INSERT INTO repair VALUES (1, '2026-09-01T02:00:00.000Z', 0)";
    let (mut stage, _) = Stage::filled(3).await;
    let used = stage.account(|account| account.used("draft/batchget"));
    stage.change(&format!("DELETE FROM call; DELETE FROM quota; {repair}")).await;
    let batchget = |stage: &Stage| {
        let mut stats = stage.reader().account_stats(stage.clock.now()).unwrap();
        stats.remove(0).usage_of(Endpoint::DraftBatchget)
    };
    // It is ten in the morning: ten hours of twenty-four.
    assert_eq!((batchget(&stage).own_calls, batchget(&stage).other_calls()), (0, 417));
    stage.add_fault(FaultRule::next(1, "openapi/quota/get", Fault::Code(48001)));
    stage.forget_calls();
    stage.poll().await;
    assert_eq!(stage.calls("openapi/quota/get"), 3);
    assert_eq!((batchget(&stage).own_calls, batchget(&stage).other_calls()), (1, 417), "one has no answer");
    stage.poll_well().await;
    assert_eq!((batchget(&stage).own_calls, batchget(&stage).other_calls()), (2, used));
    stage.forget_calls();
    stage.poll_well().await;
    assert_eq!(stage.calls("openapi/quota/get"), 0);
    // Counts of the day before are there only where none is lost.
    stage.change("DELETE FROM quota; INSERT INTO call VALUES (1, 'draft/get', '2026-08-31', 7)").await;
    assert_eq!(batchget(&stage).other_calls(), 0);
}

#[tokio::test]
async fn a_block_whose_message_or_beginning_is_damaged_is_still_one() {
    for column in ["message", "since"] {
        let (mut stage, _) = Stage::filled(3).await;
        let block = "INSERT INTO closed VALUES (1, 'draft/batchget', '2026-09-01T01:00:00.000Z', '2026-09-01T12:00:00.000Z', 48001, 'no')";
        stage.change(&format!("{block}; UPDATE closed SET {column} = x'07'")).await;
        stage.forget_calls();
        stage.poll().await;
        assert_eq!(stage.calls("draft/batchget"), 0, "{column}");
        assert_eq!(stage.shell("SELECT until FROM closed"), "2026-09-01T12:00:00.000Z", "{column}");
    }
}

#[tokio::test]
async fn a_word_that_nobody_knows_for_who_told_a_limit_hides_no_status() {
    let (mut stage, _) = Stage::filled(3).await;
    let quota =
        "INSERT INTO quota VALUES (1, 'draft/get', '2026-09-01', 500, 3, 'hearsay', '2026-09-01T01:00:00.000Z')";
    stage.change(quota).await;
    let stats = stage.reader().account_stats(stage.clock.now()).unwrap().remove(0);
    assert_eq!(stats.usage_of(draftkeep::model::Endpoint::DraftGet).limit(), 500);
}

#[tokio::test]
async fn a_checksum_that_nothing_can_be_added_to_keeps_no_version_out() {
    for sum in ["NULL", "x'07'", "'many'", "1.5", "9223372036854775807"] {
        let (mut stage, _) = Stage::filled(3).await;
        stage.change(&format!("UPDATE checksum SET sum = {sum}")).await;
        for author in ["林晚", "陈默"] {
            stage.sign(&stage.first(), author);
            assert_eq!(stage.poll_well().await.new_versions, 1, "{sum}");
            assert!(stage.says(&stage.first(), author), "{sum}");
        }
        let reader = stage.reader();
        let proof = draftkeep::verify::verify(&reader, draftkeep::verify::SampleRate::Whole, &mut |_| {}).unwrap();
        assert!(proof.damaged.iter().any(|damage| damage.id == "mag/#1@1"), "{sum}: {:?}", proof.damaged);
    }
}

#[tokio::test]
async fn a_count_of_versions_that_is_no_number_is_counted_anew() {
    let (mut stage, _) = Stage::filled(3).await;
    stage.change("UPDATE version_count SET versions = NULL").await;
    stage.sign(&stage.first(), "林晚");
    assert_eq!(stage.poll_well().await.new_versions, 1);
    assert_eq!(stage.shell("SELECT versions FROM version_count"), "4");
}

/// The journal that is begun with the new mark belongs to the archive, whoever is killed.
#[tokio::test]
async fn a_damaged_mark_of_the_journal_stops_no_poll_and_loses_no_journal() {
    for sql in ["UPDATE journal_mark SET mark = CAST(mark AS BLOB)", "UPDATE journal_mark SET id = 1001"] {
        let (mut stage, _) = Stage::filled(3).await;
        stage.change(&format!("{sql};")).await;
        stage.sign(&stage.first(), "林晚");
        assert_eq!(stage.poll_well().await.new_versions, 1, "{sql}");
        // As a killed program leaves them.
        let killed = tempfile::tempdir().unwrap();
        for end in ["", "-wal"] {
            let name = format!("archive.db{end}");
            fs::copy(stage.directory.path().join(&name), killed.path().join(&name)).unwrap();
        }
        let path = killed.path().join("archive.db");
        let archive = WriterHandle::open(&path).unwrap();
        archive.close().await;
        assert_eq!(fs::read_dir(killed.path()).unwrap().count(), 1, "no journal is moved aside: {sql}");
        assert!(
            database(&path).query_row("SELECT count(*) FROM version", (), |row| row.get::<_, i64>(0)) == Ok(4),
            "{sql}"
        );
    }
}
