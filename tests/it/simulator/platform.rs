//! HTTP, pictures, files, and control over HTTP.

use draftkeep::simulator::Draft;

use super::*;

#[tokio::test]
async fn answers_come_in_the_platforms_dialect() {
    let stage = Stage::new().await;
    let draft = stage.draft("标题");
    let mut texts = Vec::new();
    let mut content_types = Vec::new();
    for _ in 0..12 {
        let answer = stage.send("draft/get", json!({"media_id": draft})).await.unwrap();
        assert_eq!(answer.status(), 200);
        content_types.push(answer.headers()["content-type"].to_str().unwrap().to_owned());
        texts.push(answer.text().await.unwrap());
    }
    let content_types = tally(content_types.into_iter());
    assert_eq!(content_types["text/plain"], 6);
    assert_eq!(content_types["application/json; encoding=utf-8"], 6);
    assert!(texts.iter().all(|text| text.contains(r"<p>正文<\/p>")), "slashes escaped, Han characters raw");
    let first_keys = tally(texts.iter().map(|text| text[..8].to_owned()));
    assert!(first_keys.len() > 1, "{first_keys:?}");

    stage
        .platform
        .world()
        .account(stage.platform.appid())
        .edit(&draft, 0, |article| article.set("content", "一\n二"))
        .unwrap();
    stage.platform.world().json_style.raw_controls = true;
    let raw = stage.send("draft/get", json!({"media_id": draft})).await.unwrap().text().await.unwrap();
    assert!(raw.contains("一\n二"));
}

#[tokio::test]
async fn refusals_carry_a_rid_that_can_be_looked_up() {
    let stage = Stage::new().await;
    let refused = stage.post("draft/get", json!({"media_id": "x"})).await;
    let text = refused["errmsg"].as_str().unwrap();
    let (hint, rid) = text.split_once(" rid: ").unwrap();
    assert!(hint.starts_with("invalid media_id hint: ["), "{text}");
    let groups: Vec<&str> = rid.split('-').collect();
    assert_eq!(i64::from_str_radix(groups[0], 16).unwrap(), START);
    assert!(groups.len() == 3 && groups.iter().all(|group| group.len() == 8), "{rid}");

    let explained = stage.post("openapi/rid/get", json!({"rid": rid})).await;
    assert_eq!(explained["request"]["invoke_time"], START);
    assert_eq!(explained["request"]["request_body"], r#"{"media_id":"x"}"#);
    assert!(!explained.to_string().contains(&stage.token));
    assert_eq!(errcode(&stage.post("openapi/rid/get", json!({"rid": "x"})).await), 76002);
    let unknown = "6ab13b80-00000000-00000000";
    assert_eq!(errcode(&stage.post("openapi/rid/get", json!({"rid": unknown})).await), 76001);
}

#[tokio::test]
async fn requests_of_the_wrong_shape_have_codes_of_their_own() {
    let stage = Stage::new().await;
    let post = || stage.http.post(stage.url("draft/get")).query(&[("access_token", &stage.token)]);
    let code = async |request: reqwest::RequestBuilder| errcode(&json_of(request.send().await.unwrap()).await);
    assert_eq!(code(post()).await, 44002);
    assert_eq!(code(post().body("media_id=x")).await, 47001);
    assert_eq!(code(post().body("[]")).await, 47001);
    assert_eq!(code(post().body(b"{\"media_id\":\"\xff\"}".to_vec())).await, 47001);
    assert_eq!(errcode(&stage.get("draft/get").await), 43002);
    assert_eq!(errcode(&stage.post("draft/nothing", json!({})).await), 40066);
    assert_eq!(stage.post("draft/count", json!({})).await["total_count"], 0, "GET is documented, POST works");
    assert_eq!(stage.post("draft/switch?checkonly=1", json!({})).await["is_open"], 1);
    assert!(stage.get("get_api_domain_ip").await["ip_list"].is_array());
    assert_eq!(stage.http.get(stage.platform.base_url()).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn materials_come_back_as_they_were_sent() {
    let stage = Stage::new().await;
    let upload = stage.upload("material/add_material", &[("type", "image")], "封面.png", PNG.to_vec()).await;
    let answer = stage.send("material/get_material", json!({"media_id": upload["media_id"]})).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.bytes().await.unwrap(), PNG);
    assert_eq!(errcode(&stage.post("material/get_material", json!({"media_id": "x"})).await), 40007);
    let (status, content_type, bytes) = stage.picture(upload["url"].as_str().unwrap(), None).await;
    assert_eq!((status, content_type.as_str(), bytes.as_slice()), (200, "image/png", PNG));

    let list = stage.post("material/batchget_material", json!({"type": "image", "offset": 0, "count": 20})).await;
    assert_eq!(list["item"][0]["name"], "封面.png");
    assert_eq!(list["item"][0]["url"], upload["url"]);
    assert_eq!(stage.get("material/get_materialcount").await["image_count"], 1);

    let body_picture = stage.upload("media/uploadimg", &[], "a.png", PNG.to_vec()).await;
    assert_eq!(body_picture["errcode"], 0);
    let address = body_picture["url"].as_str().unwrap();
    assert!(
        address.starts_with("http://mmbiz.qpic.cn/sz_mmbiz_png/") && address.ends_with("/0?from=appmsg"),
        "{address}"
    );
    assert_eq!(stage.picture(address, None).await.2, PNG);
    assert_eq!(stage.get("material/get_materialcount").await["image_count"], 1, "it is no material");

    assert_eq!(errcode(&stage.post("material/del_material", json!({"media_id": upload["media_id"]})).await), 0);
    assert_eq!(errcode(&stage.post("material/del_material", json!({"media_id": upload["media_id"]})).await), 40007);
}

#[tokio::test]
async fn uploads_are_looked_at() {
    let stage = Stage::new().await;
    let image = [("type", "image")];
    for (endpoint, query, name, bytes, code) in [
        ("material/add_material", &[][..], "a.png", PNG.to_vec(), 40007),
        ("material/add_material", &[("type", "music")], "a.png", PNG.to_vec(), 40004),
        ("material/add_material", &image, "a", PNG.to_vec(), 40005),
        ("material/add_material", &image, "a.png", b"text".to_vec(), 40113),
        ("material/add_material", &image, "a.png", [PNG, &vec![0; 10 << 20]].concat(), 45001),
        ("media/uploadimg", &[], "a.gif", b"GIF89a".to_vec(), 40005),
        ("media/uploadimg", &[], "a.png", [PNG, &vec![0; 1 << 20]].concat(), 40009),
        ("media/uploadimg", &[], "a.png", vec![], 41005),
    ] {
        assert_eq!(errcode(&stage.upload(endpoint, query, name, bytes).await), code, "{endpoint} {query:?} {name}");
    }
    assert_eq!(errcode(&stage.post("media/uploadimg", json!({})).await), 43002, "no multipart");
}

#[tokio::test]
async fn pictures_have_sizes_and_shun_other_sites() {
    let stage = Stage::new().await;
    let address = stage.platform.world().account(stage.platform.appid()).new_picture();
    let (status, content_type, original) = stage.picture(&address, None).await;
    assert_eq!((status, content_type.as_str()), (200, "image/jpeg"));
    let small = stage.picture(&address.replace("/0?", "/640?"), None).await.2;
    assert!(small.starts_with(b"\xff\xd8\xff") && small.len() < original.len());
    assert_eq!(stage.picture(&address, Some("https://mp.weixin.qq.com/")).await.2, original);

    let (status, _, placeholder) = stage.picture(&address, Some("https://example.com/")).await;
    assert_eq!(status, 200, "a placeholder does not say so");
    assert_ne!(placeholder, original);
    stage.platform.world().behavior.hotlink_protection = false;
    assert_eq!(stage.picture(&address, Some("https://example.com/")).await.2, original);
    stage.platform.world().delete_picture(&address);
    assert_eq!(stage.picture(&address, None).await.0, 404);
    let referers = stage
        .platform
        .world()
        .request_log
        .requests("picture")
        .iter()
        .filter(|request| request.referer.is_some())
        .count();
    assert_eq!(referers, 3);
}

#[tokio::test]
async fn what_a_client_does_can_be_counted() {
    let stage = Stage::new().await;
    stage.platform.world().request_log.clear();
    let draft = stage.draft("标题");
    let one = json!({"media_id": draft});
    let read = || stage.post("draft/get", one.clone());
    tokio::join!(read(), read(), read(), read());
    for _ in 0..5 {
        read().await;
    }
    let world = stage.platform.world();
    assert_eq!(world.request_log.calls("draft/get"), 9);
    assert!(world.request_log.connections() <= 4, "connections are reused: {}", world.request_log.connections());
    assert!(world.request_log.most_in_flight() <= 4);
    assert_eq!(world.request_log.last_body("draft/get"), Some(one.to_string().as_bytes()));
}

#[tokio::test]
async fn other_systems_spend_the_same_limit() {
    let stage = Stage::new().await;
    let call_from_elsewhere =
        || stage.platform.world().account(stage.platform.appid()).call_by_other_system("draft/batchget");
    stage.platform.world().account(stage.platform.appid()).set_limit("draft/batchget", 2);
    assert!(call_from_elsewhere());
    let page = json!({"offset": 0, "count": 20});
    assert_eq!(stage.post("draft/batchget", page.clone()).await["total_count"], 0);
    assert!(!call_from_elsewhere());
    assert_eq!(errcode(&stage.post("draft/batchget", page).await), 45009);
    let world = stage.platform.world();
    assert_eq!(
        (world.request_log.calls("draft/batchget"), world.request_log.refusals("draft/batchget", 45009)),
        (2, 1)
    );
    assert!(world.request_log.bytes() > 0);
}

#[tokio::test]
async fn many_clients_at_once_lose_nothing() {
    let stage = std::sync::Arc::new(Stage::new().await);
    let cover = stage.cover().await;
    let clients = (0..50).map(|number| {
        let (stage, body) = (stage.clone(), json!({"articles": [article(&format!("第{number}篇"), &cover)]}));
        tokio::spawn(async move { stage.post("draft/add", body).await["media_id"].as_str().unwrap().to_owned() })
    });
    let mut made = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        made.push(client.await.unwrap());
    }
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 50);
    assert_eq!(stage.get("draft/count").await["total_count"], 50);
}

#[tokio::test]
async fn files_become_drafts_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let html = r#"<p style="font-family:&#39;X&#39;">一<a href="x">二</a><img src="data:x"/></p>"#;
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put(
        "b.json",
        &json!({"news_item": [{"title": "乙", "content": html, "unknown": [1]}], "create_time": 5, "update_time": 9})
            .to_string(),
    );
    put(
        "a.json",
        &json!({"news_item": [{"title": "甲", "image_info": {"image_list": [{"cdn_url": "u"}]}}]}).to_string(),
    );
    put("INDEX.tsv", "not JSON");
    let load = async || {
        let stage = Stage::new().await;
        let loaded = stage.platform.world().account(stage.platform.appid()).load(folder.path());
        (stage, loaded)
    };
    let (stage, loaded) = load().await;
    assert_eq!(loaded.unwrap(), 2);
    let drafts = stage.platform.world().account(stage.platform.appid()).drafts().to_vec();
    assert_eq!(drafts.iter().map(Draft::title).collect::<Vec<_>>(), ["甲", "乙"]);
    let mut read = stage.post("draft/get", json!({"media_id": drafts[1].media_id})).await;
    read["news_item"][0].as_object_mut().unwrap().remove("url").unwrap();
    let expected =
        json!({"news_item": [{"title": "乙", "content": html, "unknown": [1]}], "create_time": 5, "update_time": 9});
    assert_eq!(read, expected);

    let (again, _) = load().await;
    let names = |stage: &Stage| -> Vec<String> {
        stage
            .platform
            .world()
            .account(stage.platform.appid())
            .drafts()
            .iter()
            .map(|draft| draft.media_id.clone())
            .collect()
    };
    assert_eq!(names(&stage), names(&again), "two runs agree");

    put("c.json", r#"{"errcode":0}"#);
    let (stage, refused) = load().await;
    let error = refused.unwrap_err().to_string();
    assert!(error.contains("c.json is no answer of draft/get"), "{error}");
    assert!(names(&stage).is_empty(), "all or nothing");
}

#[tokio::test]
async fn the_magazine_reads_like_one() {
    let stage = Stage::new().await;
    stage.platform.world().account(stage.platform.appid()).load_sample_drafts();
    let box_ = stage.post("draft/batchget", json!({"offset": 0, "count": 20})).await;
    let articles: Vec<&Value> = box_["item"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|entry| entry["content"]["news_item"].as_array().unwrap())
        .collect();
    assert_eq!((box_["item_count"].as_u64(), articles.len()), (Some(8), 10));
    assert!(articles.iter().any(|article| article["article_type"] == "newspic"));
    assert!(articles.iter().any(|article| article["title"] == ""));
    assert!(articles.iter().any(|article| article["thumb_media_id"] == "" && article["thumb_url"] != ""));
    for article in articles.iter().filter(|article| article["thumb_url"] != "") {
        assert_eq!(stage.picture(article["thumb_url"].as_str().unwrap(), None).await.0, 200);
    }
}

#[tokio::test]
async fn the_simulator_is_ruled_over_http() {
    let stage = Stage::new().await;
    let order = async |order: &str, body: Value| {
        let answer = stage
            .http
            .post(format!("{}/simulator/{order}", stage.platform.base_url()))
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice::<Value>(&answer.bytes().await.unwrap()).unwrap())
    };
    let created = order("create", json!({"articles": [{"title": "新", "content": "<p>一</p>"}]})).await.1;
    let id = &created["media_id"];
    assert_eq!(order("clock", json!({"advance": 60})).await.1, json!({"now": START + 60}));
    assert_eq!(order("edit", json!({"media_id": id, "fields": {"title": "改", "content": null}})).await.0, 200);
    let read = stage.post("draft/get", json!({"media_id": id})).await;
    assert_eq!((&read["news_item"][0]["title"], &read["update_time"]), (&json!("改"), &json!(START + 60)));
    assert_eq!(read["news_item"][0].get("content"), None);
    let picture = order("picture", json!({})).await.1;
    let article = json!({"title": "二", "content": "<p>二</p>", "thumb_media_id": picture["media_id"]});
    assert!(stage.post("draft/add", json!({"articles": [article]})).await["media_id"].is_string());
    assert!(order("crop", json!({"media_id": id})).await.1["thumb_url"].is_string());

    assert_eq!(order("fault", json!({"interface": "draft/count", "fault": {"code": 45011}})).await.0, 200);
    assert_eq!(errcode(&stage.get("draft/count").await), 45011);
    assert_eq!(order("quota", json!({"interface": "draft/count", "daily": 1})).await.0, 200);
    assert_eq!(errcode(&stage.get("draft/count").await), 45009);
    assert_eq!(order("account", json!({"whitelist": ["203.0.113.7"], "profile": "personal"})).await.0, 200);
    stage.advance(25);
    assert_eq!(errcode(&stage.stable_token(false).await), 40164);
    assert_eq!(errcode(&stage.post("freepublish/submit", json!({"media_id": id})).await), 48001);

    assert!(order("work", json!({})).await.1["edit"].is_string());
    assert_eq!(order("publish", json!({"media_id": id, "notify": true})).await.0, 200);
    let state = json_of(stage.http.get(stage.platform.base_url() + "/simulator/state").send().await.unwrap()).await;
    assert_eq!(state["accounts"][0]["profile"], "personal");
    assert_eq!(state["accounts"][0]["published"].as_array().unwrap().len(), 1);

    for (name, body, problem) in [
        ("fault", json!({"interface": "draft/got", "fault": "reset"}), "there is no endpoint \"draft/got\""),
        ("quota", json!({"interface": "/cgi-bin/draft/get"}), "there is no endpoint \"/cgi-bin/draft/get\""),
        ("rules", json!({"ordre": "updated"}), "unknown field `ordre`"),
        ("dialect", json!({"hints": "many"}), "expected a boolean"),
        ("new_account", json!({"appid": stage.platform.appid(), "secret": "x"}), "there is an account"),
        ("delete", json!({"media_id": "x"}), "the draft box has no draft \"x\""),
        ("delete", json!({}), "missing field `media_id`"),
        ("delete", json!({"appid": "wx0", "media_id": "x"}), "there is no account \"wx0\""),
        ("fault", json!({"interface": "*", "fault": "fire"}), "unknown variant `fire`"),
        ("dance", json!({}), "there is no /simulator/dance"),
    ] {
        let (status, answer) = order(name, body).await;
        assert_eq!(status, 400);
        assert!(answer["error"].as_str().unwrap().contains(problem), "{answer}");
    }
}

#[tokio::test]
async fn an_article_that_somebody_saves_has_all_the_fields_of_the_editor() {
    let stage = Stage::new().await;
    let (cover, url) = stage.platform.world().account(stage.platform.appid()).add_picture("cover.jpg");
    let article = json!({"title": "新", "content": "<p>一</p>", "thumb_media_id": cover});
    let created = stage.order("create", json!({"articles": [article]})).await;
    let read = stage.post("draft/get", json!({"media_id": created["media_id"]})).await;
    let article = &read["news_item"][0];
    assert_eq!((&article["title"], &article["thumb_url"]), (&json!("新"), &json!(url)));
    let fields = ["author", "digest", "content_source_url", "need_open_comment", "only_fans_can_comment", "url"];
    assert_eq!(fields.map(|field| article.get(field).is_some()), [true; 6], "{article}");

    assert_eq!(errcode(&stage.post("material/del_material", json!({"media_id": cover})).await), 0);
    let broken = stage.post("draft/get", json!({"media_id": created["media_id"]})).await;
    assert_eq!(
        (&broken["news_item"][0]["thumb_media_id"], &broken["news_item"][0]["thumb_url"]),
        (&json!(""), &json!(""))
    );
    assert_eq!(broken["update_time"], read["update_time"], "nobody saved it");
}

#[tokio::test]
async fn switches_accounts_and_tokens_are_in_the_hands_of_every_language() {
    let stage = Stage::new().await;
    let created = stage.order("create", json!({"articles": [{"title": "新", "content": "<p>一</p>"}]})).await;
    let id = &created["media_id"];
    let rules = stage.order("rules", json!({"order": "updated", "get_omits": ["digest"]})).await;
    assert_eq!((&rules["order"], &rules["counting"]), (&json!("updated"), &json!("characters")));
    assert_eq!(stage.post("draft/get", json!({"media_id": id})).await["news_item"][0].get("digest"), None);
    assert_eq!(stage.order("dialect", json!({"escapes_slashes": false})).await["escapes_slashes"], false);
    let text = stage.send("draft/get", json!({"media_id": id})).await.unwrap().text().await.unwrap();
    assert!(text.contains("<p>一</p>"), "{text}");

    stage.order("clock", json!({"advance": 60})).await;
    stage.order("save", json!({"media_id": id})).await;
    assert_eq!(stage.post("draft/get", json!({"media_id": id})).await["update_time"], START + 60);

    let picture = stage.order("picture", json!({})).await;
    stage.order("lose", json!({"url": picture["url"]})).await;
    assert_eq!(stage.picture(picture["url"].as_str().unwrap(), None).await.0, 404);

    stage.order("new_account", json!({"appid": "wx2", "secret": "hush", "profile": "test"})).await;
    let asked = json!({"grant_type": "client_credential", "appid": "wx2", "secret": "hush"});
    let token = json_of(stage.http.post(stage.url("stable_token")).body(asked.to_string()).send().await.unwrap()).await;
    assert!(token["access_token"].is_string(), "{token}");
    assert_eq!(errcode(&json_of(stage.http.get(stage.url("stable_token")).send().await.unwrap()).await), 43002);

    stage.order("revoke", json!({})).await;
    assert_eq!(errcode(&stage.get("draft/count").await), 40001);
}

#[tokio::test]
async fn interfaces_that_clients_use_beside_drafts_answer() {
    let stage = Stage::new().await;
    assert!(stage.get("getcallbackip").await["ip_list"].is_array());
    let checked = stage.post("callback/check", json!({"action": "all", "check_operator": "DEFAULT"})).await;
    assert!(checked["dns"].is_array() && checked["ping"].is_array(), "{checked}");
    assert_eq!(errcode(&stage.post("callback/check", json!({"action": "fly"})).await), 40202);

    let upload = stage.upload("media/upload", &[("type", "image")], "a.png", PNG.to_vec()).await;
    let media_id = upload["media_id"].as_str().unwrap();
    let ask = || {
        stage.http.get(stage.url("media/get")).query(&[("access_token", stage.token.as_str()), ("media_id", media_id)])
    };
    assert_eq!(ask().send().await.unwrap().bytes().await.unwrap(), PNG);
    stage.advance(3 * 86_400);
    let token = stage.stable_token(false).await["access_token"].as_str().unwrap().to_owned();
    let late =
        stage.http.get(stage.url("media/get")).query(&[("access_token", token.as_str()), ("media_id", media_id)]);
    assert_eq!(errcode(&json_of(late.send().await.unwrap()).await), 40007);

    let body = json!({"appid": stage.platform.appid(), "appsecret": stage.platform.secret()});
    let clear = async || {
        errcode(
            &json_of(stage.http.post(stage.url("clear_quota/v2")).body(body.to_string()).send().await.unwrap()).await,
        )
    };
    for _ in 0..10 {
        assert_eq!(clear().await, 0);
    }
    assert_eq!(clear().await, 48006);
    stage.advance(31 * 86_400);
    assert_eq!(clear().await, 0, "a month has ended");
    let query = [("appid", stage.platform.appid()), ("appsecret", "wrong")];
    assert_eq!(
        errcode(&json_of(stage.http.post(stage.url("clear_quota/v2")).query(&query).send().await.unwrap()).await),
        40125
    );
}
