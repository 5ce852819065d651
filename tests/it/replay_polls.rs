//! Real messages from end to end: platform, client, poll, archive. Their folder is not part of the project; where
//! `DRAFTKEEP_REPLAY_DATA` names none, the tests say so and pass.

use std::collections::BTreeSet;
use std::path::PathBuf;

use draftkeep::canonical;
use draftkeep::wechat::Client;

use crate::harness::skipped;
use crate::poll::Stage;
use crate::scripted::{Reply, Scripted};

/// The messages, each in the shape of a `draft/get` answer, by their paths.
fn messages() -> Option<Vec<PathBuf>> {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA").map(PathBuf::from) else {
        skipped("no messages to replay; DRAFTKEEP_REPLAY_DATA names their folder");
        return None;
    };
    let folder = std::fs::read_dir(data.join("articles")).unwrap();
    let is_json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    let mut paths: Vec<PathBuf> = folder.map(|entry| entry.unwrap().path()).filter(is_json).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no messages", data.display());
    Some(paths)
}

fn hash_of(document: &[u8]) -> String {
    canonical::canonicalise(document).unwrap().hash().to_string()
}

#[tokio::test]
async fn replay_ten_polls_of_real_messages_make_one_version_each() {
    let Some(paths) = messages() else { return };
    let mut stage = Stage::empty().await;
    stage.account(|account| account.load(paths[0].parent().unwrap()).unwrap());
    for turn in 0..10 {
        stage.advance(300);
        stage.take_turns(turn);
        let report = stage.poll_well().await;
        let new_versions = if turn == 0 { paths.len() as u64 } else { 0 };
        assert_eq!((report.seen, report.new_versions), (paths.len() as u64, new_versions), "poll {turn}");
    }
    let messages: BTreeSet<String> = paths.iter().map(|path| hash_of(&std::fs::read(path).unwrap())).collect();
    let kept: BTreeSet<String> = stage.shell("SELECT hash FROM version_view").lines().map(ToOwned::to_owned).collect();
    assert_eq!(kept, messages, "the platform's dialect changes no content");
}

#[tokio::test]
async fn replay_real_messages_are_stored_byte_for_byte() {
    let Some(paths) = messages() else { return };
    let files: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let server = Scripted::start().await;
    server.on("stable_token", [Reply::token("T1")]).on("draft/get", files.iter().map(Reply::ok));
    let mut stage = Stage::empty().await;
    stage.account.api_base.clone_from(&server.base);
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    let ids: Vec<String> = (0..files.len()).map(|n| format!("Qm7xReplay{n:03}")).collect();
    stage.watch(&ids);
    assert_eq!(stage.poll_well().await.new_versions, files.len() as u64);
    // Which draft got which message is a matter of who asked first.
    let kept: BTreeSet<Vec<u8>> = ids.iter().flat_map(|media_id| stage.documents(media_id)).collect();
    assert!(kept == files.into_iter().collect::<BTreeSet<_>>());
}
