//! The draft box: reads, writes, and edits by people in between.

use draftkeep::simulator::{ArticleTypeVisibility, LengthUnit, Order};

use super::*;

#[tokio::test]
async fn get_tells_times_and_a_fresh_link_at_every_read() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    stage.advance(60);
    stage.platform.world().account(stage.platform.appid()).save(&draft).unwrap();
    let read = async || stage.post("draft/get", json!({"media_id": draft})).await;
    let (mut one, mut other) = (read().await, read().await);
    assert_eq!((&one["create_time"], &one["update_time"]), (&json!(START), &json!(START + 60)));
    assert_eq!(one["news_item"][0]["show_cover_pic"], 0);
    let links = [&mut one, &mut other].map(|answer| answer["news_item"][0]["url"].take());
    assert_ne!(links[0], links[1]);
    assert!(links[0].as_str().unwrap().contains("tempkey="));
    assert_eq!(one, other, "nothing else differs");
}

#[tokio::test]
async fn the_type_stands_where_the_switch_says() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    for (shown, expected) in [
        (ArticleTypeVisibility::BatchgetOnly, [false, true]),
        (ArticleTypeVisibility::Both, [true, true]),
        (ArticleTypeVisibility::Nowhere, [false, false]),
    ] {
        stage.platform.world().behavior.article_type = shown;
        let get = stage.post("draft/get", json!({"media_id": draft})).await;
        let list = stage.post("draft/batchget", json!({"offset": 0, "count": 1})).await;
        let articles = [&get["news_item"][0], &list["item"][0]["content"]["news_item"][0]];
        assert_eq!(articles.map(|article| article["article_type"] == "news"), expected, "{shown:?}");
    }
}

#[tokio::test]
async fn the_list_has_pages_in_an_order_that_editing_does_not_change() {
    let stage = Stage::new().await;
    let empty = stage.post("draft/batchget", json!({"offset": 0, "count": 20})).await;
    assert_eq!(empty, json!({"total_count": 0, "item": []}), "an empty box has no item_count");
    let mut drafts = Vec::new();
    for number in 0..25 {
        stage.advance(1);
        drafts.push(stage.draft(&format!("第{number}篇")));
    }
    drafts.reverse();
    stage.advance(1);
    stage.platform.world().account(stage.platform.appid()).save(&drafts[24]).unwrap();

    let page = async |offset: usize| {
        stage.post("draft/batchget", json!({"offset": offset, "count": 20, "no_content": 1})).await
    };
    let (first, second) = (page(0).await, page(20).await);
    assert_eq!(
        [&first["total_count"], &first["item_count"], &second["item_count"]],
        [&json!(25), &json!(20), &json!(5)]
    );
    assert_eq!([ids(&first), ids(&second)].concat(), drafts);
    let entry = &first["item"][0];
    assert_eq!(entry["update_time"], entry["content"]["update_time"]);
    let article = entry["content"]["news_item"][0].as_object().unwrap();
    assert!(!article.contains_key("content") && article["title"] == "第24篇");

    stage.platform.world().behavior.order = Order::Updated;
    assert_eq!(ids(&page(0).await)[0], drafts[24]);
    for body in [json!({"offset": 0, "count": 21}), json!({"offset": 0, "count": 0}), json!({"offset": -1, "count": 1})]
    {
        assert_eq!(errcode(&stage.post("draft/batchget", body.clone()).await), 40097, "{body}");
    }
}

#[tokio::test]
async fn a_draft_that_goes_between_two_pages_makes_another_one_skip() {
    let stage = Stage::new().await;
    let drafts: Vec<String> = (0..21).map(|number| stage.draft(&format!("第{number}篇"))).collect();
    let (appid, newest) = (stage.platform.appid().to_owned(), drafts[20].clone());
    stage
        .platform
        .world()
        .after_next_call("draft/batchget", move |world| world.account(&appid).delete(&newest).unwrap());
    let page = async |offset: usize| stage.post("draft/batchget", json!({"offset": offset, "count": 20})).await;
    let seen = [ids(&page(0).await), ids(&page(20).await)].concat();
    assert!(!seen.contains(&drafts[0]), "the oldest moved to the first page after it was read");
}

#[tokio::test]
async fn add_rewrites_fills_in_and_resolves() {
    let stage = Stage::new().await;
    let upload = stage.upload("material/add_material", &[("type", "image")], "a.png", PNG.to_vec()).await;
    let html = "<div><p style=\"font-family:'X'\">你好<br></p></div><a href=\"https://example.com\">链接</a>";
    let sent = json!({"title": "标题", "content": html, "thumb_media_id": upload["media_id"]});
    let added = stage.post("draft/add", json!({"articles": [sent]})).await;
    let read = stage.post("draft/get", json!({"media_id": added["media_id"]})).await;
    let article = &read["news_item"][0];
    assert_eq!(article["content"], "<p style=\"font-family:&#39;X&#39;\">你好<br  /></p>链接");
    assert_eq!((&article["digest"], &article["thumb_url"]), (&json!("你好链接"), &upload["url"]));

    let echo = json!({"title": "标题", "content": article["content"], "thumb_media_id": upload["media_id"]});
    let update = json!({"media_id": added["media_id"], "index": 0, "articles": echo});
    assert_eq!(errcode(&stage.post("draft/update", update.clone()).await), 0);
    let read = stage.post("draft/get", json!({"media_id": added["media_id"]})).await;
    assert_eq!(read["news_item"][0]["content"], "<p style=\"\">你好<br  /></p>链接", "not idempotent");

    stage.platform.world().behavior.rewrites_content = false;
    let mut verbatim = update;
    verbatim["articles"]["content"] = html.into();
    stage.post("draft/update", verbatim).await;
    assert_eq!(stage.post("draft/get", json!({"media_id": added["media_id"]})).await["news_item"][0]["content"], html);
}

#[tokio::test]
async fn digests_are_the_first_54_characters_of_a_single_article() {
    let stage = Stage::new().await;
    let cover = stage.cover().await;
    let long = json!({"title": "一", "content": format!("<p>{}</p>", "字".repeat(60)), "thumb_media_id": cover});
    for (articles, digest) in [(vec![long.clone()], "字".repeat(54)), (vec![long.clone(), long], String::new())] {
        let added = stage.post("draft/add", json!({"articles": articles})).await;
        let read = stage.post("draft/get", json!({"media_id": added["media_id"]})).await;
        assert_eq!(read["news_item"][0]["digest"], digest.as_str());
    }
}

#[tokio::test]
async fn add_refuses_what_the_platform_refuses() {
    let stage = Stage::of(Account::new("wx1", "good").without_comments()).await;
    let cover = stage.cover().await;
    let temporary = stage.upload("media/upload", &[("type", "image")], "a.png", PNG.to_vec()).await["media_id"].clone();
    let with = |field: &str, value: Value| {
        let mut article = article("标题", &cover);
        article[field] = value;
        json!([article])
    };
    for (articles, code) in [
        (with("title", "字".repeat(32).into()), 0),
        (with("title", "字".repeat(33).into()), 45003),
        (with("author", "字".repeat(17).into()), 45110),
        (with("digest", "字".repeat(121).into()), 45004),
        (with("content", "".into()), 44004),
        (with("content", "x".repeat((1 << 20) + 1).into()), 45002),
        (with("content_source_url", "http://localhost/".into()), 41039),
        (with("content_source_url", format!("https://a.example/{}", "x".repeat(1024)).into()), 45005),
        (with("thumb_media_id", "".into()), 40007),
        (with("thumb_media_id", "somebody-else's".into()), 40007),
        (with("thumb_media_id", temporary), 40007),
        (with("title", 5.into()), 47001),
        (with("need_open_comment", 1.into()), 88000),
        (with("product_info", json!({})), 53406),
        (json!([]), 44003),
        (json!("[{}]"), 44003),
        (Value::Array(vec![article("标题", &cover); 9]), 45008),
        (with("article_type", "newspic".into()), 40007),
    ] {
        let answer = stage.post("draft/add", json!({"articles": articles})).await;
        assert_eq!(errcode(&answer), code, "{:.300}", articles.to_string());
    }
    stage.platform.world().behavior.counting = LengthUnit::Bytes;
    let answer = stage.post("draft/add", json!({"articles": with("title", "字".repeat(22).into())})).await;
    assert_eq!(errcode(&answer), 45003, "64 bytes are 21 Han characters");
}

#[tokio::test]
async fn what_was_just_uploaded_may_not_be_known_yet() {
    let stage = Stage::new().await;
    stage.platform.world().behavior.material_delay = 5;
    let articles = json!({"articles": [article("标题", &stage.cover().await)]});
    assert_eq!(errcode(&stage.post("draft/add", articles.clone()).await), 40007);
    stage.advance(5);
    stage.platform.world().behavior.visible_after = 30;
    let added = stage.post("draft/add", articles).await["media_id"].clone();
    assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": added})).await), 40007);
    assert_eq!(stage.get("draft/count").await["total_count"], 0);
    stage.advance(30);
    assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": added})).await), 0);
}

#[tokio::test]
async fn escapes_are_stored_as_they_were_written() {
    let stage = Stage::new().await;
    let cover = stage.cover().await;
    let add = async |title: &str| {
        let body = format!(r#"{{"articles":[{{"title":"{title}","content":"<p>x</p>","thumb_media_id":"{cover}"}}]}}"#);
        let request = stage.http.post(stage.url("draft/add")).query(&[("access_token", &stage.token)]).body(body);
        json_of(request.send().await.unwrap()).await
    };
    let title_of = async |added: Value| {
        let read = stage.post("draft/get", json!({"media_id": added["media_id"]})).await;
        read["news_item"][0]["title"].as_str().unwrap().to_owned()
    };
    assert_eq!(title_of(add(r"\\u4f60\\u597d").await).await, r"\u4f60\u597d", "escaped twice");
    assert_eq!(title_of(add(r"\u4f60\u597d").await).await, r"\u4f60\u597d", "escaped once");
    assert_eq!(errcode(&add(&r"\u4f60".repeat(6)).await), 45003, "six characters each");
    stage.platform.world().behavior.keeps_escapes = false;
    assert_eq!(title_of(add(r"\u4f60\u597d").await).await, "你好");
}

#[tokio::test]
async fn update_replaces_one_article_and_nothing_else() {
    let stage = Stage::new().await;
    let cover = stage.cover().await;
    let added = stage.post("draft/add", json!({"articles": [article("一", &cover), article("二", &cover)]})).await;
    let id = &added["media_id"];
    let update = async |index: i64, articles: Value| {
        errcode(&stage.post("draft/update", json!({"media_id": id, "index": index, "articles": articles})).await)
    };
    stage.advance(60);
    assert_eq!(update(1, article("二改", &cover)).await, 0);
    for (index, articles, code) in [
        (2, article("三", &cover), 40114),
        (-1, article("三", &cover), 40114),
        (0, json!({"title": "一改"}), 40007),
        (0, json!({}), 40007),
        (0, json!({"title": "一改", "content": "<p>x</p>"}), 40007),
        (0, json!([article("一改", &cover)]), 47001),
    ] {
        assert_eq!(update(index, articles.clone()).await, code, "{index} {articles}");
    }
    let read = stage.post("draft/get", json!({"media_id": id})).await;
    assert_eq!([&read["news_item"][0]["title"], &read["news_item"][1]["title"]], ["一", "二改"]);
    assert_eq!((&read["create_time"], &read["update_time"]), (&json!(START), &json!(START + 60)));
    assert_eq!(errcode(&stage.post("draft/update", json!({"media_id": "x", "articles": {}})).await), 40007);
}

#[tokio::test]
async fn fields_that_can_only_be_read_are_ignored_or_refused() {
    let stage = Stage::new().await;
    let mut echoed = article("标题", &stage.cover().await);
    echoed["thumb_url"] = "http://mmbiz.qpic.cn/x".into();
    let body = json!({"articles": [echoed]});
    assert_eq!(errcode(&stage.post("draft/add", body.clone()).await), 0);
    stage.platform.world().behavior.refuses_read_only_fields = true;
    assert_eq!(errcode(&stage.post("draft/add", body).await), 47001);
}

#[tokio::test]
async fn a_picture_message_has_its_pictures_and_no_more() {
    let stage = Stage::new().await;
    let [one, two] = [stage.cover().await, stage.cover().await];
    let sent = json!({"article_type": "newspic", "title": "图", "content": "字\n字",
        "image_info": {"image_list": [{"image_media_id": one}, {"image_media_id": two}]}});
    let added = stage.post("draft/add", json!({"articles": [sent]})).await;
    let read = stage.post("draft/get", json!({"media_id": added["media_id"]})).await;
    let article = read["news_item"][0].as_object().unwrap();
    assert_eq!(article["thumb_media_id"], one.as_str());
    assert_eq!(article["content"], "字\n字");
    assert_eq!(article["image_info"]["image_list"][1]["image_media_id"], two.as_str());
    assert!(
        ["author", "digest", "show_cover_pic", "content_source_url"].iter().all(|field| !article.contains_key(*field))
    );
}

#[tokio::test]
async fn the_web_editor_follows_other_rules() {
    let stage = Stage::new().await;
    let draft = stage.draft("没有封面");
    let read = async || stage.post("draft/get", json!({"media_id": draft})).await["news_item"][0].clone();
    assert_eq!([&read().await["thumb_media_id"], &read().await["thumb_url"]], ["", ""]);
    let appid = stage.platform.appid();
    let first = stage.platform.world().account(appid).crop_cover(&draft, 0).unwrap();
    let second = stage.platform.world().account(appid).crop_cover(&draft, 0).unwrap();
    assert_ne!(first, second);
    assert_eq!([&read().await["thumb_media_id"], &read().await["thumb_url"]], ["", second.as_str()]);

    stage.advance(60);
    let long = "字".repeat(100);
    stage.platform.world().account(appid).edit(&draft, 0, |article| article.set("title", long.as_str())).unwrap();
    assert_eq!(read().await["title"], long.as_str(), "nothing is refused, and the id is the same");
    let echoed = json!({"media_id": draft, "index": 0, "articles": {"title": "x", "content": "<p>x</p>"}});
    assert_eq!(errcode(&stage.post("draft/update", echoed).await), 40007, "the API wants a cover");
}

#[tokio::test]
async fn what_has_left_the_box_is_gone_for_the_api() {
    let stage = Stage::new().await;
    let [quiet, loud, deleted, kept] = ["静", "响", "删", "留"].map(|title| stage.draft(title));
    {
        let mut world = stage.platform.world();
        let mut account = world.account(stage.platform.appid());
        account.publish(&quiet, false).unwrap();
        account.publish(&loud, true).unwrap();
        account.delete(&deleted).unwrap();
        assert!(account.delete(&deleted).is_err());
    }
    for gone in [&quiet, &loud, &deleted] {
        assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": gone})).await), 40007);
    }
    assert_eq!(stage.get("draft/count").await["total_count"], 1);
    let published = stage.post("freepublish/batchget", json!({"offset": 0, "count": 20})).await;
    assert_eq!(published["total_count"], 1, "messages with a notification are not listed");
    let article = &published["item"][0]["content"]["news_item"][0];
    assert_eq!((&article["title"], &article["is_deleted"]), (&json!("静"), &json!(false)));
    assert_eq!(article.get("article_type"), None);

    assert_eq!(errcode(&stage.post("draft/delete", json!({"media_id": kept})).await), 0);
    assert_eq!(errcode(&stage.post("draft/delete", json!({"media_id": kept})).await), 40007);
    let restored = stage.post("draft/add", json!({"articles": [article_of(&stage).await]})).await;
    assert_ne!(restored["media_id"], kept.as_str(), "nothing revives an id");
}

async fn article_of(stage: &Stage) -> Value {
    article("留", &stage.cover().await)
}

#[tokio::test]
async fn publishing_is_a_job() {
    let stage = Stage::new().await;
    let draft = stage.draft("发");
    let job = stage.post("freepublish/submit", json!({"media_id": draft})).await;
    let publish_id = job["publish_id"].as_u64().unwrap();
    assert!(publish_id > u64::from(u32::MAX / 2));
    let ask = async || stage.post("freepublish/get", json!({"publish_id": publish_id.to_string()})).await;
    assert_eq!(ask().await["publish_status"], 1);
    assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": draft})).await), 0);
    stage.advance(3);
    let done = ask().await;
    assert_eq!((&done["publish_status"], &done["article_detail"]["count"]), (&json!(0), &json!(1)));
    assert_eq!(errcode(&stage.post("draft/get", json!({"media_id": draft})).await), 40007);

    let article_id = &done["article_id"];
    let message = stage.post("freepublish/getarticle", json!({"article_id": article_id})).await;
    let (url, article_url) = (&message["news_item"][0]["url"], &done["article_detail"]["item"][0]["article_url"]);
    assert_eq!(url.as_str().unwrap().replace("http:", "https:"), article_url.as_str().unwrap());
    assert_eq!(errcode(&stage.post("freepublish/delete", json!({"article_id": article_id, "index": 2})).await), 40114);
    assert_eq!(errcode(&stage.post("freepublish/delete", json!({"article_id": article_id, "index": 1})).await), 0);
    assert_eq!(errcode(&stage.post("freepublish/getarticle", json!({"article_id": article_id})).await), 53600);

    let test = Stage::of(Account::new("wx1", "good").profile(draftkeep::simulator::Profile::Test)).await;
    let draft = test.draft("发");
    let job = test.post("freepublish/submit", json!({"media_id": draft})).await;
    test.advance(3);
    let failed = test.post("freepublish/get", json!({"publish_id": job["publish_id"]})).await;
    assert_eq!(failed["publish_status"], 3);
    assert_eq!(test.get("draft/count").await["total_count"], 1);
}
