//! Restores with the real program: to files, and to draft boxes of the simulator.

mod cut_off;
mod drill;
mod drill_schedule;
mod files;
mod in_place;
mod lost;
mod new_draft;
mod pictures;
mod refused;
mod truth;

use draftkeep::simulator::{Account, Article, Settings, Simulator, SimulatorHandle};
use serde_json::Value;

use crate::harness::{Run, World};

/// The appids that the configuration gives to accounts `mag` and `shop`.
pub(crate) const MAG: &str = "wx0000000000000mag";
pub(crate) const SHOP: &str = "wx000000000000shop";

/// A picture of the platform's.
pub(crate) const PICTURE: &str = "http://mmbiz.qpic.cn/mmbiz_jpg/AbCdEf/640?wx_fmt=jpeg&amp;from=appmsg";

/// A platform with two accounts, and a world whose configuration watches both.
pub(crate) struct Stage {
    pub(crate) platform: SimulatorHandle,
    pub(crate) world: World,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with([Account::new(MAG, "hush"), Account::new(SHOP, "hush")]).await
    }

    /// The same, without stored pictures.
    async fn without_pictures() -> Self {
        let stage = Self::new().await;
        let path = stage.world.path("config.toml");
        let config = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, config.replace("schedule =", "assets = 'none'\nschedule =")).unwrap();
        stage
    }

    async fn with(accounts: [Account; 2]) -> Self {
        let platform = Simulator::start(Settings { accounts: accounts.into(), ..Settings::default() }).await.unwrap();
        platform.world().set_now(1_788_228_000);
        let world = World::new();
        world.configure(&[("mag", &platform.base_url(), "'all'"), ("shop", &platform.base_url(), "'all'")]);
        Self { platform, world }
    }

    /// Puts a picture into an account's library, and returns its media_id and address.
    pub(crate) fn picture(&self, appid: &str) -> (String, String) {
        self.platform.world().account(appid).add_picture("cover.jpg")
    }

    /// Somebody saves a draft in the box of `mag`; it is polled and is `#1`.
    pub(crate) fn draft(&self, articles: Vec<Article>) -> String {
        let media_id = self.platform.world().account(MAG).create(articles);
        self.poll();
        media_id
    }

    pub(crate) fn poll(&self) {
        assert_eq!(self.run(&["poll"]).code(), Some(0));
    }

    pub(crate) fn edit(&self, media_id: &str, change: impl FnOnce(&mut Article)) {
        self.platform.world().account(MAG).edit(media_id, 0, change).unwrap();
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.world.run(&[args, &["--config", "config.toml"]].concat())
    }

    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.world.path(name)
    }

    /// Restores `#1` as a new draft.
    fn restore(&self, args: &[&str]) -> Run {
        self.run(&[&["restore", "#1", "--as-new"], args].concat())
    }

    /// The same at another time, such as `2026-09-01T02:06:00Z`.
    fn restore_at(&self, time: &str, args: &[&str]) -> Run {
        let args = [&["restore", "#1", "--as-new", "--config", "config.toml"], args].concat();
        let mut command = self.world.command(&args);
        command.env("DRAFTKEEP_CLOCK", time);
        self.world.finish(command)
    }

    /// The outcomes of all restores, in order.
    fn outcomes(&self) -> Vec<String> {
        self.restores().into_iter().map(|row| row.4).collect()
    }

    /// How many calls of an endpoint are counted.
    pub(crate) fn counted(&self, endpoint: &str) -> u64 {
        let database = crate::harness::database(self.world.path("archive.db"));
        let sql = "SELECT coalesce(sum(calls), 0) FROM call WHERE interface = ?1";
        database.query_row(sql, [endpoint], |row| row.get(0)).unwrap()
    }

    /// The drafts of a box, in order of creation.
    pub(crate) fn box_of(&self, appid: &str) -> Vec<(String, Vec<Article>)> {
        let mut world = self.platform.world();
        world.account(appid).drafts().iter().map(|draft| (draft.media_id.clone(), draft.articles.clone())).collect()
    }

    /// The articles of the draft that was made last.
    fn newest(&self, appid: &str) -> Vec<Article> {
        self.box_of(appid).pop().unwrap().1
    }

    /// Loses every picture that a draft of the archive needs, on the platform and in the library of `mag`.
    pub(crate) fn lose_every_picture(&self) {
        let lost = self.shell("SELECT DISTINCT identity, address FROM asset_view WHERE account = 'mag'");
        let mut world = self.platform.world();
        for line in lost.lines() {
            let (identity, address) = line.split_once('|').unwrap();
            world.delete_picture(address);
            world.account(MAG).delete_material(identity);
        }
    }

    /// The result of a query in the stock shell.
    pub(crate) fn shell(&self, sql: &str) -> String {
        let path = self.world.path("archive.db");
        let output = std::process::Command::new("sqlite3").arg(path).arg(sql).output().expect("the stock shell");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// The output of a run, without what differs between runs.
    pub(crate) fn told(&self, run: &Run) -> String {
        let told = run.to_string().replace(&self.platform.base_url(), "BASE");
        let rid = told.find("rid ").map(|at| told[at + 4..at + 30].to_owned());
        rid.map_or(told.clone(), |rid| told.replace(&rid, "RID"))
    }

    /// The rows of a view of the archive, as programs get them.
    fn restores(&self) -> Vec<(String, i64, String, Option<String>, String)> {
        let database = crate::harness::database(self.world.path("archive.db"));
        let mut query = database
            .prepare("SELECT account, version, to_account, to_media_id, outcome FROM restore_view ORDER BY started_at")
            .unwrap();
        let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        query.query_map((), row).unwrap().map(Result::unwrap).collect()
    }
}

/// A 图文消息 as the platform stores it, with a cover of its library.
pub(crate) fn autumn((media_id, url): &(String, String)) -> Article {
    let body = format!(
        "<section style=\"font-family: &quot;PingFang SC&quot;; color: red;\"><p>一件 99 元<br  />第二行</p>\
         <img data-src=\"{PICTURE}\"></section>"
    );
    Article::news("秋季新品预告", &body)
        .with("author", "李编辑")
        .with("digest", "三款新品,九月见。")
        .with("content_source_url", "https://example.com/post/1")
        .with("thumb_media_id", media_id.as_str())
        .with("thumb_url", url.as_str())
        .with("need_open_comment", 1)
}

/// The verdicts of a report, by article and field.
fn verdicts(report: &Value) -> Vec<String> {
    let articles = report["articles"].as_array().unwrap();
    let fields = articles.iter().flat_map(|article| {
        let fields = article["fields"].as_array().unwrap().iter();
        fields.map(|field| format!("{} {} {}", article["position"], field["field"], field["verdict"]).replace('"', ""))
    });
    fields.collect()
}
