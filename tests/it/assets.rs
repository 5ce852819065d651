//! Downloads of pictures: the bytes that drafts need are stored, and failures are reported.

use draftkeep::archive::{AssetInfo, Filter, VersionPicture};
use draftkeep::assets::{AssetDownloader, DownloadSummary, Progress};
use draftkeep::clock::Clock;
use draftkeep::config::{Assets, DraftSelection};
use draftkeep::simulator::Article;
use draftkeep::wechat::Client;
use tokio_util::sync::CancellationToken;

use crate::poll::Stage;
use crate::scripted::{Reply, Scripted, Silent};

/// The smallest picture there is: a GIF of one pixel.
const GIF: &[u8] = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;";

impl Stage {
    fn collector(&self) -> AssetDownloader {
        let client = Client::new(&self.account, self.clock.clone()).unwrap();
        AssetDownloader::new(&self.account, client, self.archive(), &self.clock)
    }

    pub(crate) async fn collect(&self) -> DownloadSummary {
        self.collector().collect(&CancellationToken::new(), &|_| {}).await.unwrap()
    }

    /// The pictures of the newest version of a draft.
    fn pictures(&self, media_id: &str) -> Vec<VersionPicture> {
        let (reader, prefix) = (self.reader(), Some(media_id.to_owned()));
        let draft = reader.drafts(&Filter { prefix, ..Filter::default() }).unwrap().remove(0);
        let version = reader.versions(draft.id).unwrap().remove(0);
        reader.pictures(&draft, &reader.document(&version).unwrap()).unwrap()
    }

    /// The address of each picture of a draft, with its type or the reason why it is not stored.
    fn told(&self, media_id: &str) -> Vec<String> {
        let told = |picture: VersionPicture| {
            let what = match (picture.asset, picture.trouble) {
                (Some(AssetInfo { kind, width, height, .. }), _) => {
                    format!("{kind} {}×{}", width.unwrap_or_default(), height.unwrap_or_default())
                }
                (None, trouble) => trouble.unwrap_or_else(|| "not asked for".to_owned()),
            };
            format!("{} {}: {what}", picture.needed.position, picture.needed.place.as_str())
        };
        self.pictures(media_id).into_iter().map(told).collect()
    }
}

fn in_body(name: &str) -> String {
    format!("<p>一</p><img data-src=\"https://mmbiz.qpic.cn/mmbiz_jpg/{name}/640?wx_fmt=jpeg\">")
}

/// A draft whose only picture is on a scripted server.
async fn one_picture(replies: impl IntoIterator<Item = Reply>) -> (Stage, Scripted, String) {
    let mut stage = Stage::empty().await;
    let server = Scripted::start().await;
    server.on("/mmbiz_jpg/AbC/0", replies);
    stage.account.image_base = Some(server.base.clone());
    let id = stage.account(|account| account.create(vec![Article::news("秋", &in_body("AbC"))]));
    stage.poll_well().await;
    (stage, server, id)
}

fn picture(bytes: &[u8]) -> Reply {
    Reply::with("200 OK", "Content-Type: image/jpeg\r\n", bytes)
}

#[tokio::test]
async fn every_picture_of_a_draft_is_held() {
    let stage = Stage::empty().await;
    let id = stage.account(|account| {
        let (cover, address) = account.add_picture("cover.jpg");
        let (listed, _) = account.add_picture("a.jpg");
        let body = in_body("AbC") + "<section style=\"background: url(&quot;http://mmbiz.qpic.cn/mmbiz_png/DeF/0?wx_fmt=png&quot;)\"></section>";
        let news = Article::news("秋", &body).with("thumb_media_id", cover).with("thumb_url", address);
        account.create(vec![news, Article::newspic("集", "第一行", &[listed.as_str()])])
    });
    stage.poll_well().await;
    let collected = stage.collect().await;
    assert_eq!((collected.missed, collected.next), (0, None));
    insta::assert_debug_snapshot!(stage.told(&id), @r#"
    [
        "0 cover: image/jpeg 480×300",
        "0 body: image/jpeg 960×600",
        "0 body: image/png 960×600",
        "1 list: image/jpeg 480×300",
    ]
    "#);
    let covers = stage.shell("SELECT count(*) FROM asset_view WHERE place = 'cover' AND sha256 IS NOT NULL");
    assert_eq!(covers, stage.shell("SELECT count(*) FROM asset_view WHERE place = 'cover'"));

    stage.forget_calls();
    assert_eq!(stage.collect().await, DownloadSummary::default(), "what is held is asked for no more");
    assert_eq!(stage.all_calls(), 0);
}

#[tokio::test]
async fn a_picture_that_is_used_twice_is_fetched_and_stored_once() {
    let stage = Stage::empty().await;
    let twice = || Article::news("秋", &in_body("AbC"));
    let ids = stage.account(|account| [account.create(vec![twice(), twice()]), account.create(vec![twice()])]);
    stage.poll_well().await;
    assert_eq!(stage.collect().await.stored, 1);
    assert_eq!(ids.map(|id| stage.told(&id).len()), [2, 1]);
    assert_eq!(stage.shell("SELECT count(*) FROM asset"), "1");
    assert_eq!(stage.shell("SELECT count(*) FROM asset_view"), "3");
}

#[tokio::test]
async fn covers_alone_are_asked_for_where_that_is_wished_and_nothing_where_not() {
    let mut stage = Stage::empty().await;
    let address = "https://mmbiz.qpic.cn/mmbiz_jpg/Cov/0";
    let id =
        stage.account(|account| account.create(vec![Article::news("秋", &in_body("AbC")).with("thumb_url", address)]));
    stage.poll_well().await;
    stage.account.assets = Assets::None;
    assert_eq!(stage.collect().await, DownloadSummary::default());
    stage.account.assets = Assets::Covers;
    assert_eq!(stage.collect().await.stored, 1);
    insta::assert_debug_snapshot!(stage.told(&id), @r#"
    [
        "0 cover: image/jpeg 960×600",
        "0 body: not asked for",
    ]
    "#);
    stage.account.assets = Assets::All;
    assert_eq!(stage.collect().await.stored, 1, "what is turned on later is fetched");
}

#[tokio::test]
async fn what_is_no_picture_is_told_and_never_stored() {
    let html = b"<!DOCTYPE html><html><body>login</body></html>";
    for (reply, reason) in [
        (picture(b""), "empty"),
        (picture(html), "HTML"),
        (picture(b"nonsense"), "no picture"),
        (Reply::with("404 Not Found", "", b""), "404"),
        (Reply::with("302 Found", "Location: http://169.254.169.254/latest/meta-data\r\n", b""), "169.254.169.254"),
        (Reply::with("302 Found", "Location: file:///etc/passwd\r\n", b""), "file:"),
        (Reply::CutShort(GIF.to_vec()), ""),
        (Reply::Endless, "20"),
    ] {
        let (stage, _server, id) = one_picture([reply.clone()]).await;
        let collected = stage.collect().await;
        assert_eq!((collected.stored, collected.missed), (0, 1), "{reply:?}");
        assert!(stage.told(&id)[0].contains(reason), "{reply:?}: {:?}", stage.told(&id));
        assert_eq!(stage.shell("SELECT count(*) FROM asset"), "0");
    }
}

#[tokio::test]
async fn a_picture_that_was_not_had_is_asked_for_later_and_later() {
    let busy = || Reply::with("503 Service Unavailable", "", b"");
    // The first request looks like one from another site's page.
    let (stage, server, id) = one_picture([busy(), busy(), busy(), picture(GIF)]).await;
    let asked =
        || server.requests("/mmbiz_jpg/AbC/0").iter().filter(|it| it.headers["referer"].contains("weixin")).count();
    let mut waits = Vec::new();
    let mut collector = stage.collector();
    for _ in 0..2 {
        let next = collector.collect(&CancellationToken::new(), &|_| {}).await.unwrap().next.unwrap();
        waits.push((next - stage.clock.now()).num_minutes());
        let before = asked();
        collector.collect(&CancellationToken::new(), &|_| {}).await.unwrap();
        assert_eq!(asked(), before, "it is not asked for before it is due");
        stage.advance(3600);
    }
    assert_eq!(collector.collect(&CancellationToken::new(), &|_| {}).await.unwrap().stored, 1);
    assert!(waits[0] < waits[1], "{waits:?}");
    insta::assert_debug_snapshot!(stage.told(&id), @r#"
    [
        "0 body: image/gif 1×1",
    ]
    "#);
}

#[tokio::test]
async fn a_picture_that_a_wrong_clock_put_off_for_years_is_asked_for() {
    let busy = || Reply::with("503 Service Unavailable", "", b"");
    let (mut stage, _server, _) = one_picture([busy(), busy(), picture(GIF)]).await;
    let right = stage.clock.clone();
    stage.clock = Clock::fixed("2031-09-01T02:00:00Z".parse().unwrap());
    assert_eq!(stage.collect().await.missed, 1);
    stage.clock = right;
    assert_eq!(stage.collect().await.stored, 1);
}

#[tokio::test]
async fn the_placeholder_is_no_picture() {
    // With a proxy that adds its own Referer, every request looks like one from another site's page.
    let mut stage = Stage::empty().await;
    let server = Scripted::start().await;
    for name in ["AbC", "DeF"] {
        server.on(&format!("/mmbiz_jpg/{name}/0"), [picture(GIF)]);
    }
    server.on("/mmbiz_png/0000000000/0", [picture(GIF)]);
    stage.account.image_base = Some(server.base.clone());
    let id = stage.account(|account| account.create(vec![Article::news("秋", &(in_body("AbC") + &in_body("DeF")))]));
    stage.poll_well().await;
    assert_eq!(stage.collect().await.stored, 0);
    assert!(stage.told(&id).iter().all(|told| told.contains("placeholder")), "{:?}", stage.told(&id));
}

#[tokio::test]
async fn pictures_of_strangers_are_never_asked_for() {
    let (stage, server, _) = one_picture([picture(GIF)]).await;
    let foreign = format!("<img src=\"{}/secret.png\"><img src=\"http://10.0.0.1/a.png\">", server.base);
    let id = stage.account(|account| account.create(vec![Article::news("冬", &foreign)]));
    stage.poll_well().await;
    let collected = stage.collect().await;
    assert_eq!((collected.stored, collected.missed, collected.next), (1, 2, None));
    assert!(server.requests("/secret.png").is_empty());
    assert!(stage.told(&id).iter().all(|told| told.contains("WeChat's picture hosts")), "{:?}", stage.told(&id));
}

#[tokio::test]
async fn a_closed_library_is_not_asked_for_each_picture() {
    let stage = Stage::empty().await;
    stage.account(|account| {
        let listed: Vec<String> = (0..8).map(|n| account.add_picture(&format!("{n}.jpg")).0).collect();
        let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
        account.create(vec![Article::newspic("集", "第一行", &listed)]);
        account.set_limit("material/get_material", 0);
    });
    stage.poll_well().await;
    stage.forget_calls();
    let collected = stage.collect().await;
    assert_eq!(collected.stored, 0);
    assert!(stage.calls("material/get_material") <= 4, "those beside one another, and no more");
    assert_eq!(collected.next.unwrap().to_rfc3339(), "2026-09-01T16:00:00+00:00", "the platform's counters start anew");
}

#[tokio::test]
async fn five_hundred_pictures_of_an_article_are_held() {
    let mut stage = Stage::empty().await;
    stage.account.drafts = DraftSelection::All;
    let body: String =
        (0..500).map(|n| format!("<img data-src=\"https://mmbiz.qpic.cn/mmbiz_gif/P{n}/0?wx_fmt=gif\">")).collect();
    stage.account(|account| account.create(vec![Article::news("秋", &body)]));
    stage.poll_well().await;
    assert_eq!(stage.collect().await.stored, 500);
}

#[tokio::test]
async fn a_damaged_version_hides_no_picture_of_another() {
    let stage = Stage::empty().await;
    let ids =
        stage.account(|account| ["AbC", "DeF"].map(|name| account.create(vec![Article::news("秋", &in_body(name))])));
    stage.poll_well().await;
    let damage = "DROP TRIGGER whole_never_changes; UPDATE whole SET body = x'00' WHERE version = 1";
    crate::harness::database(stage.path()).execute_batch(damage).unwrap();
    assert_eq!(stage.collect().await.stored, 1);
    // The box lists the newest first, so the damaged version is of the other.
    assert_eq!(stage.told(&ids[0]), ["0 body: image/jpeg 960×600"]);
}

/// A draft with so many pictures on `host`.
async fn pictures_at(host: &str, count: usize) -> (Stage, String) {
    let mut stage = Stage::empty().await;
    stage.account.image_base = Some(host.to_owned());
    let body: String = (0..count).map(|n| in_body(&format!("P{n}"))).collect();
    let id = stage.account(|account| account.create(vec![Article::news("秋", &body)]));
    stage.poll_well().await;
    (stage, id)
}

#[tokio::test]
async fn a_host_that_never_answers_is_left_alone_and_asked_again_at_least_every_half_hour() {
    let host = Silent::start().await;
    let (stage, id) = pictures_at(&host.base, 100).await;
    let mut collector = stage.collector();
    // From here on, time moves on by itself wherever all wait.
    tokio::time::pause();
    let mut waits = Vec::new();
    for _ in 0..4 {
        let before = host.connections();
        let collected = collector.collect(&CancellationToken::new(), &|_| {}).await.unwrap();
        assert_eq!((collected.stored, collected.missed, collected.left), (0, 100, 0));
        let told = collected.unreachable.unwrap().to_string();
        assert!(told.ends_with("cannot be reached: nothing came within 10s"), "{told}");
        assert!((1..=8).contains(&(host.connections() - before)), "{} connections", host.connections() - before);
        let next = collected.next.unwrap();
        waits.push((next - stage.clock.now()).num_seconds().div_euclid(60) + 1);
        stage.clock.advance((next - stage.clock.now() + chrono::TimeDelta::seconds(1)).to_std().unwrap());
    }
    assert_eq!(waits, [1, 5, 30, 30]);
    assert!(stage.told(&id).iter().all(|told| told.contains("cannot be reached")));
}

#[tokio::test]
async fn a_host_that_is_back_gives_all_its_pictures() {
    let host = Scripted::start().await;
    let (stage, _) = pictures_at(&host.base, 10).await;
    for n in 0..10 {
        // Whichever request is first, the three failures are consecutive.
        host.on(&format!("/mmbiz_jpg/P{n}/0"), [Reply::HangUp]);
    }
    let mut collector = stage.collector();
    let collected = collector.collect(&CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((collected.missed, collected.unreachable.is_some()), (10, true));
    for n in 0..10 {
        host.on(&format!("/mmbiz_jpg/P{n}/0"), [picture(&[GIF, &[n]].concat())]);
    }
    stage.advance(61);
    let collected = collector.collect(&CancellationToken::new(), &|_| {}).await.unwrap();
    assert_eq!((collected.stored, collected.unreachable, collected.next), (10, None, None));
}

#[tokio::test]
async fn a_placeholder_that_could_not_be_learned_is_learned_once_its_host_is_back() {
    let host = Scripted::start().await;
    let (stage, id) = pictures_at(&host.base, 2).await;
    let mut collector = stage.collector();
    for round in [Reply::HangUp, picture(GIF)] {
        for path in ["/mmbiz_jpg/P0/0", "/mmbiz_jpg/P1/0", "/mmbiz_png/0000000000/0"] {
            host.on(path, [round.clone()]);
        }
        assert_eq!(collector.collect(&CancellationToken::new(), &|_| {}).await.unwrap().stored, 0);
        stage.advance(61);
    }
    assert!(stage.told(&id).iter().all(|told| told.contains("placeholder")), "{:?}", stage.told(&id));
}

#[tokio::test]
async fn a_run_that_is_ended_early_keeps_what_it_has_found_out() {
    let host = Scripted::start().await;
    let (stage, _) = pictures_at(&host.base, 70).await;
    host.on("/mmbiz_jpg/P0/0", [Reply::with("404 Not Found", "", b"")]);
    let gate = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    for n in 1..70 {
        // The first request for P1 looks like one from another site's page.
        let held = picture(GIF).held_by(&gate);
        host.on(&format!("/mmbiz_jpg/P{n}/0"), if n == 1 { vec![picture(GIF), held] } else { vec![held] });
    }
    let (stop, steps) = (CancellationToken::new(), std::sync::Mutex::new(Vec::new()));
    let on_progress = |progress| {
        steps.lock().unwrap().push(progress);
        if progress == Progress::Asked {
            stop.cancel();
        }
    };
    let collected = stage.collector().collect(&stop, &on_progress).await.unwrap();
    assert_eq!((collected.stored, collected.missed, collected.left), (0, 1, 69));
    assert_eq!(*steps.lock().unwrap(), [Progress::Found(70), Progress::Asked]);
    assert_eq!(stage.shell("SELECT count(*) FROM asset_view WHERE reason LIKE '%404%'"), "1");
}
