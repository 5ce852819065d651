//! No false versions, and no missed ones: the platform varies its answers although nobody has edited the draft.

use draftkeep::simulator::{Account, ArticleTypeVisibility, JsonStyle};

use super::*;

#[tokio::test]
async fn a_first_poll_records_every_draft() {
    for turn in 0..2 {
        let mut stage = Stage::magazine().await;
        stage.take_turns(turn);
        let report = stage.poll_well().await;
        assert_eq!((report.seen, report.new_versions, report.missing), (8, 8, 0), "{report:?}");
        assert_eq!(report.strategy.as_str(), ["sweep", "list"][turn]);
        let mut known: Vec<String> = stage.states().into_keys().collect();
        let mut box_now = stage.ids();
        known.sort();
        box_now.sort();
        assert_eq!(known, box_now);
        assert_eq!(report.calls, stage.all_calls());
    }
}

/// Ways to write the same answer. Keys are shuffled and preview links are fresh in every one of them.
fn json_styles() -> Vec<(JsonStyle, ArticleTypeVisibility)> {
    let usual = JsonStyle::default();
    vec![
        (usual.clone(), ArticleTypeVisibility::BatchgetOnly),
        (JsonStyle { escapes_slashes: false, ..usual.clone() }, ArticleTypeVisibility::Both),
        (JsonStyle { raw_controls: true, ..usual.clone() }, ArticleTypeVisibility::Nowhere),
        (JsonStyle { loose_numbers: true, ..usual.clone() }, ArticleTypeVisibility::BatchgetOnly),
        (JsonStyle { shuffles_keys: false, alternates_content_type: false, ..usual }, ArticleTypeVisibility::Both),
    ]
}

#[tokio::test]
async fn an_unchanged_box_adds_no_version() {
    let mut stage = Stage::magazine().await;
    let odd = "一\u{8}\t\r\n\u{b}\u{1f}二\\/\"👩‍👧\u{2028}";
    stage.account(|account| {
        account.create(vec![Article::news(odd, odd), Article::newspic("图", "第一行\n第二行", &["a", "b"])])
    });
    stage.poll_well().await;
    for turn in 0..10 {
        for (json_style, shown) in json_styles() {
            stage.advance(300);
            {
                let mut world = stage.platform.world();
                world.json_style = json_style.clone();
                world.behavior.article_type = shown;
            }
            stage.take_turns(turn);
            let report = stage.poll_well().await;
            assert_eq!((report.seen, report.new_versions), (9, 0), "{json_style:?} {shown:?}: {:?}", report.versions);
        }
    }
    assert_eq!(stage.versions(), 9);
}

#[tokio::test]
async fn saving_without_a_change_is_no_version() {
    let stage = Stage::magazine().await;
    stage.poll_well().await;
    for media_id in stage.ids() {
        stage.advance(60);
        stage.account(|account| account.save(&media_id).unwrap());
    }
    assert_eq!(stage.poll_well().await.new_versions, 0);
}

#[tokio::test]
async fn two_accounts_share_an_archive_and_nothing_else() {
    let accounts = ["wx00000000000000aa", "wx00000000000000bb"].map(|appid| Account::new(appid, "5ec2e7"));
    let platform = Simulator::start(Settings { accounts: accounts.into(), ..Settings::default() }).await.unwrap();
    let stage = Stage { platform, ..Stage::empty().await };
    stage.advance(0);
    let watched = [("a", "wx00000000000000aa"), ("b", "wx00000000000000bb")].map(|(name, appid)| {
        let account = account(name, &stage.platform, appid, "5ec2e7");
        let client = Client::new(&account, stage.clock.clone()).unwrap();
        stage.platform.world().account(appid).load_sample_drafts();
        (account, client)
    });
    for (account, client) in &watched {
        let report = stage.poll_as(account, client).await;
        assert_eq!(report.new_versions, 8, "{:?}", report.failures);
    }
    let drafts = || stage.reader().drafts(&Filter::default()).unwrap();
    let of_b = drafts().into_iter().find(|draft| draft.account == "b").unwrap().media_id;
    stage.platform.world().account("wx00000000000000bb").edit(&of_b, 0, |article| article.set("title", "改")).unwrap();
    let [a, b] = &watched;
    assert_eq!(stage.poll_as(&a.0, &a.1).await.new_versions, 0);
    assert_eq!(changed(&stage.poll_as(&b.0, &b.1).await), [of_b]);
    assert_eq!(drafts().iter().filter(|draft| draft.account == "a").count(), 8);
    assert_eq!(drafts().iter().map(|draft| draft.versions).sum::<u64>(), 17);
}

/// Lets endpoints leave fields of covers out.
fn omit(stage: &Stage, get: &[&str], batchget: &[&str]) {
    let mut world = stage.platform.world();
    let owned = |fields: &[&str]| fields.iter().map(ToString::to_string).collect();
    (world.behavior.get_omits, world.behavior.batchget_omits) = (owned(get), owned(batchget));
}

#[tokio::test]
async fn a_cover_that_one_interface_leaves_out_makes_no_version() {
    const WAYS: [&[&str]; 4] = [&[], &["thumb_url"], &["thumb_media_id"], &["thumb_url", "thumb_media_id"]];
    let mut stage = Stage::magazine().await;
    let cover = stage.account(|account| account.add_picture("a.jpg"));
    let article = Article::news("秋", "<p>秋</p>").with("thumb_media_id", cover.0.as_str()).with("thumb_url", cover.1);
    let draft = stage.account(|account| account.create(vec![article]));
    stage.poll_well().await;
    let versions = stage.versions();
    for (turn, (get, batchget)) in WAYS.iter().flat_map(|get| WAYS.map(|batchget| (get, batchget))).enumerate() {
        omit(&stage, get, batchget);
        for turn in [turn, turn + 1] {
            stage.advance(300);
            stage.take_turns(turn);
            assert_eq!(stage.poll_well().await.new_versions, 0, "{get:?} {batchget:?}");
            // A save moves the time, and nothing else.
            stage.account(|account| account.save(&draft).unwrap());
        }
    }
    assert_eq!(stage.versions(), versions);
    omit(&stage, &[], &["thumb_url"]);
    for turn in 0..2 {
        stage.take_turns(turn);
        stage.advance(300);
        let uploaded = stage.account(|account| account.add_picture("b.jpg"));
        stage.account(|account| {
            account
                .edit(&draft, 0, |article| {
                    article.set("thumb_media_id", uploaded.0.as_str());
                    article.set("thumb_url", uploaded.1.as_str());
                })
                .unwrap();
        });
        assert_eq!(changed(&stage.poll_well().await), [draft.as_str()], "another cover is another version");
    }
}

#[tokio::test]
async fn a_cover_that_somebody_takes_away_is_a_change() {
    let stage = Stage::empty().await;
    let draft = stage.create(1).remove(0);
    stage.poll_well().await;
    stage.advance(60);
    stage.account(|account| account.edit(&draft, 0, |article| article.set("thumb_url", "")).unwrap());
    assert_eq!(changed(&stage.poll_well().await), [draft.as_str()]);
}
