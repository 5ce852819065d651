//! Every picture of every real article is held as bytes.

use std::fs;
use std::path::Path;

use draftkeep::simulator::Article;
use serde_json::{Map, Value, json};

use crate::harness::skipped;
use crate::poll::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn every_picture_of_every_real_article_is_held() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA") else {
        return skipped("replay: DRAFTKEEP_REPLAY_DATA names no directory");
    };
    let stage = Stage::empty().await;
    let mut files: Vec<_> =
        fs::read_dir(Path::new(&data).join("articles")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "json")) {
        add(&stage, &fs::read(file).unwrap());
    }
    stage.poll_well().await;
    let collected = stage.collect().await;
    assert_eq!(
        stage.shell("SELECT media_id, address, reason FROM asset_view WHERE sha256 IS NULL AND address LIKE '%.q%'"),
        "",
        "a picture at WeChat's hosts is missing"
    );
    assert!(collected.stored > 200, "{collected:?}");
}

/// Puts an article into the draft box as the API would answer it; a published page shows no media_ids.
fn add(stage: &Stage, bytes: &[u8]) {
    let document: Value = serde_json::from_slice(bytes).unwrap();
    let received: &Map<String, Value> = document["news_item"][0].as_object().unwrap();
    let pictures = received.get("image_info").map(|info| info["image_list"].as_array().unwrap().len());
    let mut article = if pictures.is_some() { Article::newspic("", "", &[]) } else { Article::news("", "") };
    for (field, value) in received {
        article.set(field, value.clone());
    }
    stage.desk(|desk| {
        if let Some(count) = pictures {
            let list: Vec<_> =
                (0..count).map(|n| json!({"image_media_id": desk.add_picture(&format!("{n}.jpg")).0})).collect();
            article.set("image_info", json!({ "image_list": list }));
        }
        desk.create(vec![article]);
    });
}
