//! Every real article is restored as a new draft; `docs/restore.md` has the table of the results, and it is true.
//!
//! With `DRAFTKEEP_WRITE_DOCS` set, the table is written instead of compared.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use draftkeep::simulator::Article;
use serde_json::{Map, Value, json};

use crate::harness::skipped;
use crate::restore::{MAG, Stage};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/restore.md");
/// What stands before and behind the table.
const MARKS: [&str; 2] = ["<!-- table of real articles -->\n", "<!-- end of the table -->"];

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_what_came_through_is_true() {
    let Some(data) = std::env::var_os("DRAFTKEEP_REPLAY_DATA") else {
        return skipped("replay: DRAFTKEEP_REPLAY_DATA names no directory");
    };
    let stage = Stage::new().await;
    let mut table = "| article | type | characters | same | rewritten | changed or lost |\n\
                     | --- | --- | ---: | --- | --- | --- |\n"
        .to_owned();
    let mut files: Vec<_> =
        fs::read_dir(Path::new(&data).join("articles")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|end| end == "json")) {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let article = as_a_draft(&stage, &fs::read(file).unwrap());
        let (kind, characters) = (article.text("article_type").to_owned(), article.text("content").chars().count());
        let media_id = stage.draft(vec![article]);
        let told = outcome(&stage, &media_id);
        writeln!(table, "| {name} | {kind} | {characters} | {told} |").unwrap();
    }
    compare(&table);
}

/// Completes an article that was taken from a published page, which does not show the media_ids that the API answers.
fn as_a_draft(stage: &Stage, bytes: &[u8]) -> Article {
    let document: Value = serde_json::from_slice(bytes).unwrap();
    let received: &Map<String, Value> = document["news_item"][0].as_object().unwrap();
    let is_newspic = received.contains_key("image_info");
    let mut article = if is_newspic { Article::newspic("", "", &[]) } else { Article::news("", "") };
    for (field, value) in received {
        article.set(field, value.clone());
    }
    if is_newspic {
        let count = received["image_info"]["image_list"].as_array().unwrap().len();
        let pictures: Vec<_> = (0..count).map(|_| json!({"image_media_id": stage.picture(MAG).0})).collect();
        article.set("image_info", json!({ "image_list": pictures }));
    } else {
        let (media_id, url) = stage.picture(MAG);
        article.set("thumb_media_id", media_id);
        article.set("thumb_url", url);
    }
    article
}

/// Restores a draft and returns what came through, as cells of the table.
fn outcome(stage: &Stage, media_id: &str) -> String {
    let run = stage.run(&["restore", media_id, "--as-new", "--apply", "--json"]);
    if !matches!(run.code(), Some(0 | 3)) {
        let error: Value = serde_json::from_str(run.stderr().lines().last().unwrap()).unwrap();
        let reason = error["error"]["causes"][0].as_str().or(error["error"]["hints"][0].as_str()).unwrap();
        let code = reason.split_once("errcode ").map_or("", |(_, rest)| rest.split([',', ')']).next().unwrap());
        let said = reason.split([':', '(']).nth(2).unwrap_or(reason).split(" hint").next().unwrap().trim();
        return format!("| | not made: {code} {said}");
    }
    let told: Value = serde_json::from_slice(run.stdout()).unwrap();
    let fields = told["report"]["articles"][0]["fields"].as_array().unwrap();
    let cell = |verdicts: &[&str]| {
        let of = fields.iter().filter(|field| verdicts.contains(&field["verdict"].as_str().unwrap()));
        let word = |field: &Value| {
            let mark = if field["expected"] == true { "" } else { "**unexpected** " };
            match (field["field"].as_str().unwrap(), field["note"].as_str().unwrap()) {
                (name, "") => name.to_owned(),
                (name, note) => format!("{mark}{name}: {note}"),
            }
        };
        of.map(word).collect::<Vec<_>>().join("; ")
    };
    format!("{} | {} | {}", cell(&["same"]), cell(&["rewritten"]), cell(&["changed", "lost"]))
}

fn compare(table: &str) {
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(MARKS[0]).expect("the table's first mark");
    let (told, after) = rest.split_once(MARKS[1]).expect("the table's second mark");
    if std::env::var_os("DRAFTKEEP_WRITE_DOCS").is_some() {
        return fs::write(PAGE, [before, MARKS[0], table, MARKS[1], after].concat()).unwrap();
    }
    assert_eq!(told, table, "DRAFTKEEP_WRITE_DOCS=1 writes it anew");
}
