//! The list of drafts: one query for all of them says what is said of each alone.

use draftkeep::archive::{Draft, Filter};

use super::{Fixture, document, now, sighting};

/// An archive of two accounts. Of one draft, the newest version has a damaged number; another has no version.
fn archive() -> Fixture {
    let mut archive = Fixture::new();
    let other = archive.writer.get_or_create_account(&"shop".parse().unwrap(), "wx0000000000000002", now()).unwrap();
    for n in 0..3 {
        for draft in ["D1", "D2"] {
            archive.record(draft, &document(&format!("{draft} {n}"), "甲"));
        }
        archive.writer.record(other, &sighting("D3", &document(&format!("店 {n}"), "乙")), &[]).unwrap();
    }
    archive
        .raw()
        .execute_batch(
            "DROP TRIGGER version_never_changes; PRAGMA ignore_check_constraints = 1;
             UPDATE version SET number = -3 WHERE draft = 2 AND number = 3;
             INSERT INTO draft (account, media_id, first_seen, last_seen) SELECT account, 'D4', first_seen, last_seen FROM draft LIMIT 1",
        )
        .unwrap();
    archive
}

fn listed(archive: &Fixture, filter: &Filter) -> Vec<Draft> {
    archive.reader().drafts(filter).unwrap()
}

fn shown(drafts: &[Draft]) -> String {
    format!("{drafts:#?}")
}

#[test]
fn a_list_says_of_each_draft_what_is_said_of_it_alone() {
    let archive = archive();
    let all = listed(&archive, &Filter::default());
    let summary: Vec<_> = all
        .iter()
        .map(|draft| (draft.media_id.as_str(), draft.title.as_str(), draft.versions, draft.unnumbered))
        .collect();
    assert_eq!(summary, [("D1", "D1 2", 3, 0), ("D2", "D2 1", 3, 1), ("D3", "店 2", 3, 0)]);
    let alone = (1..=4).flat_map(|id| listed(&archive, &Filter { id: Some(id), ..Filter::default() }));
    assert_eq!(shown(&all), shown(&alone.collect::<Vec<_>>()));
    let of = |account: &str| listed(&archive, &Filter { account: Some(account.to_owned()), ..Filter::default() });
    assert_eq!(shown(&all), shown(&[of("mag"), of("shop")].concat()));
}

#[test]
fn one_unsound_draft_hides_no_other_from_the_list() {
    for damage in [
        "UPDATE draft SET last_seen = 'yesterday' WHERE id = 1",
        "UPDATE draft SET account = 77 WHERE id = 1",
        "UPDATE version SET number = -number WHERE draft = 1",
    ] {
        let archive = archive();
        let allowed =
            "DROP TRIGGER draft_keeps_its_identity; PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0";
        archive.raw().execute_batch(&format!("{allowed}; {damage}")).unwrap();
        let filter = Filter { account: Some("mag".to_owned()), ..Filter::default() };
        let (drafts, unreadable) = archive.reader().readable_drafts(&filter).unwrap();
        let found: Vec<_> = drafts.iter().map(|draft| draft.media_id.as_str()).collect();
        assert_eq!(found, ["D2"], "{damage}");
        assert_eq!(unreadable.len(), 1, "{damage}");
    }
}
