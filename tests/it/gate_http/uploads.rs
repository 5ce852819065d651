//! Pictures for covers and bodies.

use reqwest::multipart::{Form, Part};
use serde_json::json;

use super::{Answer, Gate, new_token};
use crate::restore::MAG;
use crate::simulator::client;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

fn form(bytes: Vec<u8>) -> Form {
    Form::new().part("media", Part::bytes(bytes).file_name("封面 \"1\".png").mime_str("image/png").unwrap())
}

async fn upload(gate: &Gate, path: &str, token: &str, form: Form) -> Answer {
    let request = client().post(gate.url(path)).bearer_auth(token).multipart(form);
    Answer::of(request.send().await.unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_and_a_picture_are_passed_on() {
    let gate = Gate::start().await;
    let material = upload(&gate, "/cgi-bin/material/add_material?type=image", &gate.token, form(PNG.to_vec())).await;
    let cover = material.json["media_id"].as_str().unwrap().to_owned();
    let name = gate.platform.world().account(MAG).materials().pop().unwrap();
    assert!(name.starts_with("封面") && name.ends_with(".png"), "{name}");
    let picture = upload(&gate, "/gate/media/uploadimg", &gate.token, form(PNG.to_vec())).await;
    let url = picture.json["url"].as_str().unwrap().to_owned();

    let content = format!("<p>正文</p><img src=\"{url}\">");
    let article = json!({ "title": "新的", "content": content, "thumb_media_id": cover });
    gate.post("draft/add", &json!({ "articles": [article] })).await.undo();
    assert_eq!(gate.titles()[1], "新的");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_of_a_program_that_writes_is_refused() {
    let gate = Gate::start().await;
    let reader = new_token(&gate.world, &["--account", "mag", "--name", "reader"]);
    let material = "/gate/material/add_material";
    let typed = format!("{material}?type=image");
    let picture = || form(PNG.to_vec());
    upload(&gate, &typed, &reader, picture()).await.is_refused(403, 48001, "may upload nothing");
    upload(&gate, material, &gate.token, picture()).await.is_refused(400, 40004, "type=image");
    upload(&gate, &typed, &gate.token, Form::new().text("media", "a")).await.is_refused(400, 41005, "holds no file");
    gate.post("media/uploadimg", &json!({})).await.is_refused(400, 41005, "no form");
    // Who is refused early may find the door shut.
    let large = client().post(gate.url(&typed)).bearer_auth(&gate.token).multipart(form(vec![0; 9 << 20]));
    if let Ok(answer) = large.send().await {
        Answer::of(answer).await.is_refused(413, 45002, "larger than 8 MiB");
    }
    assert_eq!(gate.calls("material/add_material") + gate.calls("media/uploadimg"), 0);
}
