//! Restores to a draft box: what is sent, what the platform keeps, what is recorded.

use draftkeep::simulator::{Account, Article};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{MAG, PICTURE, SHOP, Stage, autumn, verdicts};

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_does_nothing() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    let calls = stage.platform.world().request_log.all_calls().clone();
    assert_snapshot!(stage.restore(&[]), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Needs 2 pictures, 2 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    ------- stderr -------
    Nothing was done. To do it, type the same with --apply
    ");
    assert_eq!(*stage.platform.world().request_log.all_calls(), calls);
    assert!(stage.restores().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_version_is_a_draft_again() {
    let stage = Stage::new().await;
    let media_id = stage.draft(vec![autumn(&stage.picture(MAG))]);
    stage.edit(&media_id, |article| article.set("content", "<p>空</p>"));
    stage.poll();
    let restored = stage.run(&["restore", "#1@1", "--as-new", "--apply"]);
    let (made, articles) = stage.box_of(MAG).pop().unwrap();
    assert_snapshot!(stage.told(&restored).replace(&made, "MADE"), @"
    Plan: mag/1, version 1 of 2, 秋季新品预告, becomes a new draft of mag:
      Needs 2 pictures, 2 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    Made: mag/2, MADE
      Pictures: 0 uploaded, 2 were there
      To take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
      Article 1: 秋季新品预告
        same       title, author, digest, link, cover, text, pictures, styles
        rewritten  markup: other tags or attributes, and nothing that shows
    ");
    assert_eq!(articles[0].text("title"), "秋季新品预告");
    assert!(articles[0].text("content").contains("一件 99 元<br  />第二行"), "{:?}", articles[0]);
    assert!(!articles[0].text("content").contains("style=\"\""), "{:?}", articles[0]);
    assert!(articles[0].text("content").contains(&format!("data-src=\"{PICTURE}\"")), "{:?}", articles[0]);
    assert_eq!(articles[0].get("need_open_comment"), Some(&json!(1)));
    assert_eq!(stage.box_of(MAG)[0].1[0].text("content"), "<p>空</p>", "the old draft stays as it is");

    assert_eq!(stage.restores(), [("mag".into(), 1, "mag".into(), Some(made.clone()), "done".into())]);
    assert_eq!(stage.run(&["log", &made, "--json"]).json().as_array().unwrap().len(), 1, "its baseline is kept");
    stage.poll();
    assert_eq!(stage.run(&["log", &made, "--json"]).json().as_array().unwrap().len(), 1, "and is no news to a poll");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_platform_takes_is_sent_and_in_raw_text() {
    let stage = Stage::new().await;
    stage.platform.world().behavior.refuses_read_only_fields = true;
    stage.draft(vec![autumn(&stage.picture(MAG)).with("unknown_field", "x")]);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    let world = stage.platform.world();
    let body = std::str::from_utf8(world.request_log.last_body("draft/add").unwrap()).unwrap();
    assert!(body.contains("秋季新品预告") && !body.contains("\\u"), "{body}");
    let sent: Value = serde_json::from_str(body).unwrap();
    let fields: Vec<_> = sent["articles"][0].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "article_type",
            "author",
            "content",
            "content_source_url",
            "digest",
            "need_open_comment",
            "only_fans_can_comment",
            "thumb_media_id",
            "title"
        ]
    );
    assert_eq!(
        sent["articles"][0]["content"],
        format!(
            "<section style=\"font-family: 'PingFang SC'; color: red;\"><p>一件 99 元<br  />第二行</p><img src=\"{PICTURE}\"></section>"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn several_articles_come_back_in_their_order() {
    let stage = Stage::new().await;
    let picture = stage.picture(MAG);
    let second = autumn(&picture).with("title", "第二篇").with("content", "<p>二</p>").with("digest", "");
    let newspic = Article::newspic("周末市集", "第一行\n第二行", &[&picture.0]);
    stage.draft(vec![autumn(&picture), second, newspic]);
    let report = stage.restore(&["--apply", "--json"]).json();
    assert_eq!(report["applied"], true);
    assert_eq!(
        verdicts(&report["report"]),
        [
            "0 title same",
            "0 author same",
            "0 link same",
            "0 digest rewritten",
            "0 cover same",
            "0 text same",
            "0 pictures same",
            "0 styles same",
            "0 markup rewritten",
            "1 title same",
            "1 author same",
            "1 link same",
            "1 cover same",
            "1 text same",
            "2 title same",
            "2 text same",
            "2 pictures same",
        ]
    );
    let titles: Vec<_> = stage.newest(MAG).iter().map(|article| article.text("title").to_owned()).collect();
    assert_eq!(titles, ["秋季新品预告", "第二篇", "周末市集"]);
    assert_eq!(stage.newest(MAG)[2].text("content"), "第一行\n第二行");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_tells_what_did_not_come_through() {
    let stage = Stage::new().await;
    let body = "<p>看<a href=\"https://mp.weixin.qq.com/s/x\">这篇</a></p><div style=\"color:red;width:1px\">块</div>\
                <img data-src=\"https://example.com/a.png\"><mpvoice name=\"声\"></mpvoice><iframe class=\"video_iframe\"></iframe>";
    stage.draft(vec![autumn(&stage.picture(MAG)).with("content", body).with("digest", "")]);
    let run = stage.restore(&["--apply"]);
    let made = stage.box_of(MAG).pop().unwrap().0;
    assert_snapshot!(stage.told(&run).replace(&made, "MADE"), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Needs 2 pictures, 1 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, text (196 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture
        loss     1 link in the text: the platform keeps the words and drops the addresses
        loss     1 audio clip, 1 video, which only the platform's own editor inserts
        loss     1 picture of other sites, which the platform leaves out
        loss     some styles of 1 <div>: the platform makes paragraphs of them
    Made: mag/2, MADE
      Pictures: 0 uploaded, 1 were there
      To take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
      Article 1: 秋季新品预告
        same       title, author, link, cover, text
        rewritten  digest: none was sent, and the platform filled it in
        lost       pictures: 1 lost, 0 added
        changed    styles: size in 1 place
        lost       links: 1 of 1 lost their address, their words stay
        lost       cards: 1 of 2 are gone
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rewriting_of_the_platform_is_no_loss() {
    let stage = Stage::new().await;
    let picture = stage.picture(MAG);
    for body in [
        "<p>一<br  />二</p>".to_owned(),
        format!("<p>一</p><img data-src=\"{PICTURE}\" data-type=\"jpeg\">"),
        format!("<p>一</p><img src=\"data:image/gif;base64,R0\" data-src=\"{PICTURE}\">"),
        "<section style=\"font-family:&#39;X&#39;\">一</section>".to_owned(),
        "<section style='font-family:\"X\"'>一</section>".to_owned(),
        "<section style=\"background:url(&quot;https://mmbiz.qpic.cn/mmbiz_png/Bg/0?a=1&amp;b=2&quot;)\">一</section>"
            .to_owned(),
        "<div><p>一</p></div>".to_owned(),
        "<p onclick=\"x()\">一<script>alert(1)</script></p>".to_owned(),
        "<table><tbody><tr><td>一</td></tr></tbody></table><h2>二</h2>".to_owned(),
        "<p>1 &lt; 2 &amp;&amp; 3 &gt; 2</p>".to_owned(),
    ] {
        let media_id = stage.draft(vec![autumn(&picture).with("content", body.as_str())]);
        let run = stage.run(&["restore", &media_id, "--as-new", "--apply", "--json"]).json();
        assert_eq!(run["report"]["complete"], true, "{body}: {:#}", run["report"]);
        let read_back = stage.newest(MAG)[0].text("content").to_owned();
        assert!(!read_back.contains("style=\"\""), "{body}: {read_back}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_needs_a_cover_of_its_own_where_none_is_held() {
    let stage = Stage::without_pictures().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    let (cover, _) = stage.picture(SHOP);
    let plan = stage.restore(&["--account", "shop", "--json"]).json();
    let findings = plan["plan"]["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|finding| finding["message"].as_str().unwrap().contains("mag alone may use")),
        "{plan:#}"
    );
    assert_eq!(stage.restore(&["--account", "shop", "--apply"]).code(), Some(1));
    let restored = stage.restore(&["--account", "shop", "--cover", &cover, "--apply", "--json"]).json();
    assert_eq!(restored["report"]["complete"], true, "{restored:#}");
    assert_eq!(stage.box_of(SHOP).len(), 1);
    assert_eq!(stage.box_of(MAG).len(), 1);
    let outcomes: Vec<_> = stage.restores().into_iter().map(|row| (row.2, row.4)).collect();
    assert_eq!(outcomes, [("shop".into(), "done".into())]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_the_web_editor_needs_a_cover() {
    let stage = Stage::new().await;
    stage.draft(vec![Article::news("随手记", "<p>一</p>")]);
    assert_snapshot!(stage.restore(&["--apply"]), @"
    Plan: mag/1, version 1 of 1, 随手记, becomes a new draft of mag:
      Article 1, news: 随手记
        sends    title, text (8 characters with its markup)
        stop     the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID
    ------- stderr -------
    Error: the platform would refuse this draft, so it was not asked
    Hint: Article 1: the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID
    Hint: To paste it by hand at mp.weixin.qq.com, restore it to files: --to DIR
    ------- exit 1 -------
    ");
    assert_eq!(stage.platform.world().request_log.calls("draft/add"), 0);
    let (cover, _) = stage.picture(MAG);
    assert_eq!(stage.restore(&["--apply", "--cover", &format!("1={cover}")]).code(), Some(0));
    let zero = stage.restore(&["--cover", "0=X"]);
    assert_eq!(zero.code(), Some(2), "articles are counted from 1: {zero}");
    assert_snapshot!(stage.restore(&["--cover", "2=X"]), @"
    ------- stderr -------
    Error: there is no article 2 to give a cover to; the version has 1 article
    ------- exit 2 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_can_be_left_out() {
    let stage = Stage::with([Account::new(MAG, "hush").without_comments(), Account::new(SHOP, "hush")]).await;
    let article = autumn(&stage.picture(MAG)).with("author", "一个长得谁也记不住的作者的笔名是什么");
    stage.draft(vec![article.with("content_source_url", "http://localhost/a")]);
    for (args, code) in [
        (&[][..], "errcode 45110"),
        (&["--without", "author"], "errcode 88000"),
        (&["--without", "author", "--without", "comments"], "errcode 41039"),
    ] {
        let run = stage.restore(&[args, &["--apply"]].concat());
        assert_eq!(run.code(), Some(6));
        assert!(run.stderr().contains(code), "{run}");
    }
    let run = stage.restore(&["--without", "author", "--without", "comments", "--without", "link", "--apply"]);
    assert_eq!(run.code(), Some(0), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_waited_for_until_it_can_be_read() {
    use draftkeep::simulator::{Fault, FaultRule};
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    stage.platform.world().add_fault(FaultRule::next(5, "draft/get", Fault::Code(40007)));
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0), "the sixth look sees it");
    stage.platform.world().add_fault(FaultRule::next(6, "draft/get", Fault::Code(40007)));
    let run = stage.restore(&["--apply", "--again", "--json"]);
    assert_eq!(run.code(), Some(3), "{run}");
    let told: Value = serde_json::from_slice(run.stdout()).unwrap();
    assert_eq!((told["applied"].clone(), told["report"].clone()), (json!(true), Value::Null));
    assert_eq!(told["media_id"], stage.box_of(MAG).pop().unwrap().0);
    assert!(stage.restores().iter().all(|row| row.4 == "done"));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_in_the_ledger() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    let world = stage.platform.world();
    for endpoint in ["draft/add", "draft/get"] {
        assert_eq!(stage.counted(endpoint), world.request_log.calls(endpoint), "{endpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_was_restored_already_is_restored_again_only_on_demand() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    let made = stage.box_of(MAG).pop().unwrap().0;
    let shown = |run| stage.told(&run).replace(&made, "MADE");
    assert_snapshot!(shown(stage.restore(&[])), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Was made already, at 2026-09-01 10:00 +08:00, as MADE
      Needs 2 pictures, 2 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    ------- stderr -------
    Nothing was done. To make another draft, type the same with --again --apply
    ");
    assert_snapshot!(shown(stage.restore(&["--apply", "--quiet"])), @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Was made already, at 2026-09-01 10:00 +08:00, as MADE
      Needs 2 pictures, 2 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    ------- stderr -------
    Error: this content was restored already, at 2026-09-01 10:00 +08:00, as MADE
    Hint: Look into the draft box; to make another draft all the same: --again
    ------- exit 1 -------
    ");
    assert_eq!(stage.restore(&["--apply", "--again"]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_left_the_box_since_is_no_reason_to_ask() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
    let made = stage.box_of(MAG).pop().unwrap().0;
    let database = crate::harness::database(stage.world.path("archive.db"));
    let gone = "UPDATE draft SET state = 'gone', missing_since = last_seen WHERE media_id = ?1";
    assert_eq!(database.execute(gone, [&made]).unwrap(), 1);
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_sent_is_told_by_the_plan() {
    let stage = Stage::new().await;
    stage.draft(vec![Article::newspic("周末市集", "第一行", &[])]);
    assert_snapshot!(stage.restore(&[]), @"
    Plan: mag/1, version 1 of 1, 周末市集, becomes a new draft of mag:
      Article 1, newspic: 周末市集
        sends    title, text (3 characters with its markup)
        stop     the platform takes no 图片消息 without pictures, and none of its has a media_id
    ------- stderr -------
    Nothing was done; the platform would refuse what the plan says stop to.
    ");
    assert_snapshot!(stage.restore(&["--cover", "X"]), @"
    ------- stderr -------
    Error: article 1 is a 图片消息, whose first picture is its cover
    ------- exit 2 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_without_its_hash_is_not_restored() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    let database = crate::harness::database(stage.world.path("archive.db"));
    database.execute_batch("DROP TRIGGER version_never_changes; UPDATE version SET hash = randomblob(32)").unwrap();
    assert_snapshot!(stage.restore(&["--apply"]), @"
    ------- stderr -------
    Error: the archive is damaged: mag/1@1 cannot be restored: it does not have the hash that names it
    Hint: See what is damaged: draftkeep --config $TMP/config.toml verify
    Hint: Bring what is whole into a new archive: draftkeep --config $TMP/config.toml repair --to NEW; draftkeep --config $TMP/config.toml import-backup NEW
    Hint: Or put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE
    ------- exit 5 -------
    ");
}
