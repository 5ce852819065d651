//! Random edits: every edit that changes a draft's content makes exactly one version, of exactly that draft.

use draftkeep::simulator::Random;
use draftkeep::simulator::edits::{self, EditEvent, EditKind};

use super::*;

/// How many versions an edit leaves behind.
fn versions(event: &EditEvent) -> u64 {
    u64::from(!matches!(event.kind, EditKind::Published { .. } | EditKind::Deleted))
}

#[tokio::test]
async fn every_edit_makes_exactly_its_version() {
    let mut stage = Stage::magazine().await;
    stage.account(|account| account.set_limit("draft/get", 10_000));
    stage.poll_well().await;
    let mut random = Random::new(20);
    let mut changes = 0;
    for turn in 0..200 {
        stage.advance(120);
        let event = stage.account(|account| edits::random_edit(account, &mut random));
        stage.take_turns(turn);
        let report = stage.poll_well().await;
        assert_eq!(report.new_versions, versions(&event), "{event}");
        assert!(changed(&report).iter().all(|media_id| *media_id == event.media_id), "{event}");
        changes += versions(&event);
    }
    assert_eq!(stage.versions(), 8 + changes);
    let stages = stage.reader().drafts(&Filter::default()).unwrap();
    assert!(stages.iter().any(|draft| draft.versions > 10), "some drafts have a history");
}

#[tokio::test]
async fn several_edits_between_two_polls_are_one_version_of_each_draft() {
    let stage = Stage::magazine().await;
    stage.poll_well().await;
    let ids = stage.ids();
    for media_id in [&ids[0], &ids[0], &ids[3]] {
        stage.advance(1);
        let title = stage.clock.now().to_string();
        stage.account(|account| account.edit(media_id, 0, |article| article.set("title", title.as_str())).unwrap());
    }
    let report = stage.poll_well().await;
    let mut changed = changed(&report);
    changed.sort_unstable();
    let mut edited = [ids[0].as_str(), ids[3].as_str()];
    edited.sort_unstable();
    assert_eq!(changed, edited);
}

#[tokio::test]
async fn articles_added_moved_and_taken_away_are_versions() {
    let stage = Stage::magazine().await;
    stage.poll_well().await;
    let week = stage.account(|account| account.drafts()[3].media_id.clone());
    let acts: [fn(&mut Vec<Article>); 4] = [
        |articles| articles.push(Article::newspic("图", "字", &["a"])),
        |articles| articles.swap(0, 1),
        |articles| drop(articles.remove(2)),
        |articles| articles.truncate(1),
    ];
    for act in acts {
        stage.account(|account| account.rearrange(&week, act).unwrap());
        assert_eq!(changed(&stage.poll_well().await), [week.as_str()]);
    }
    assert_eq!(stage.documents(&week).len(), 5);
}
