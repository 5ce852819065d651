//! Damaged pages of a real archive keep no new version out, and are told once.

use std::fs;

use super::*;
use crate::harness::PAGE;

impl Stage {
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

fn told(report: &Report) -> Vec<&str> {
    report.errors.iter().filter_map(|failure| failure.media_id.as_ref()).map(MediaId::as_str).collect()
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
    assert_eq!((report.new_versions, told(&report)), (2, vec![ids[0].as_str()]), "{:?}", report.errors);
    assert!(report.errors[0].message.contains("draftkeep verify"), "{}", report.errors[0].message);
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
    assert_eq!((report.new_versions, told(&report)), (2, vec![ids[59].as_str()]), "{:?}", report.errors);
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
        report.errors.first()
    );
    assert!(stage.says(&ids[1], "林晚") && stage.says(&ids[59], "林晚"));
    assert_eq!(stage.poll_well().await.new_versions, 0);
}
