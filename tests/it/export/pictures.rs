//! Each picture is exported once, pages show the exported file, and import restores it with its versions.

use std::fs;

use draftkeep::archive::{AssetScope, NewAsset, Writer};
use draftkeep::model::{Hash, Timestamp};
use draftkeep::picture::inspect;
use serde_json::json;

use super::*;
use crate::harness::{NOW, PAGE};

/// A picture of this size, for code that only reads the header.
fn png(width: u8) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0".as_slice(), &[width], b"\0\0\0\x02\x08\x02\0\0\0\0\0\0\0"].concat()
}

fn address(name: &str) -> String {
    format!("http://mmbiz.qpic.cn/mmbiz_png/{name}/640?wx_fmt=png")
}

/// The document of a draft with a cover, pictures in the body, and a 图片消息 beside it.
fn illustrated(title: &str) -> Vec<u8> {
    let [cover, body, style] = ["COVER", "BODY", "BACKDROP"].map(address);
    let content = format!(
        "<p style=\"background-image: url(&quot;{style}&quot;)\">新品<img data-src=\"{body}\"><img data-src=\"{}\"></p>",
        address("MISSING")
    );
    let news = json!({"title": title, "thumb_url": cover, "content": content});
    let newspic = json!({
        "article_type": "newspic",
        "title": "图片",
        "content": "两张\n图",
        "image_info": {"image_list": [{"image_media_id": "M1"}, {"image_media_id": "M2"}]},
    });
    serde_json::to_vec(&json!({"news_item": [news, newspic]})).unwrap()
}

/// Keeps the pictures of these names, each as wide as its name is long; returns how many were waiting.
fn fetch(world: &World, names: &[&str]) -> usize {
    let now: Timestamp = NOW.parse().unwrap();
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let account = writer.get_or_create_account(&"mag".parse().unwrap(), "wx0000000000000mag", now).unwrap();
    while writer.extract_pictures(account, now).unwrap() > 0 {}
    let wanted = writer.pending_downloads(account, AssetScope::All, now, 100).unwrap();
    for picture in &wanted {
        let said = picture.address.as_ref().or(picture.media_id.as_ref()).unwrap();
        let is_of = |name: &&&str| said.contains(**name);
        if let Some(name) = names.iter().find(is_of) {
            let bytes = png(name.len() as u8);
            let examined = inspect(&bytes).unwrap();
            let (kind, sha256) = (examined.kind.as_str(), Hash::of(&bytes));
            let asset = NewAsset { bytes, sha256, kind, width: examined.width, height: examined.height };
            writer.store_picture(picture.id, &asset, now).unwrap();
        }
    }
    wanted.len()
}

/// What readers see of the pictures.
fn assets(world: &World, archive: &str) -> Vec<Vec<rusqlite::types::Value>> {
    let connection = crate::harness::database(world.path(archive));
    let sql =
        "SELECT account, media_id, version, position, place, identity, address, sha256, type, width, height, bytes
               FROM asset_view ORDER BY 1, 2, 3, 4, 5, 6";
    let mut query = connection.prepare(sql).unwrap();
    query.query_map((), |row| (0..12).map(|column| row.get(column)).collect()).unwrap().map(Result::unwrap).collect()
}

fn with_pictures() -> World {
    let world = World::new();
    world.keep("mag", AUTUMN, "2026-08-29T01:00:00Z", &illustrated("秋"));
    world.keep("mag", AUTUMN, "2026-08-30T01:00:00Z", &illustrated("秋 2"));
    assert_eq!(fetch(&world, &["COVER", "BODY", "BACKDROP", "M1", "M2"]), 6);
    world
}

#[test]
fn pictures_go_out_once_each_and_come_back() {
    let world = with_pictures();
    assert_snapshot!(export(&world, &[]), @"
    ------- stderr -------
    tree holds 1 account, 1 draft, 2 versions, 4 pictures
    New or changed: 1 account, 1 draft, 2 versions, 4 pictures
    ");
    let names: Vec<_> = files(&world.path("tree")).into_keys().filter(|name| name.starts_with('@')).collect();
    assert_snapshot!(names.join("\n"), @"
    @pictures/07/079ae673dbd43bbce1169ffe4edc4fe52167bf39771017af5bbc1e38e05bc081.png
    @pictures/50/501791934ea9596b3a8cafd36eedb25cf2af3a98b50d12ae02c8b52b75c8449a.png
    @pictures/a7/a7aa1e646c253903954e0e68fbafd7716b5db57bd54f6a70e8d60a59a96d31de.png
    @pictures/dc/dc7459391d11fc1bbf596d7c7ab6ccf25745bc79652613c3c51c8201a4919cbe.png
    ");
    for name in &names {
        let hash = Hash::of(&fs::read(world.path("tree").join(name)).unwrap()).to_string();
        assert!(name.ends_with(&format!("{hash}.png")));
    }
    assert_snapshot!(import(&world, &[]), @"
    ------- stderr -------
    Of the tree the archive holds 1 account, 1 draft, 2 versions, 4 pictures
    New: 1 account, 1 draft, 2 versions, 4 pictures
    Hint: Prove the archive: draftkeep verify --archive $TMP/again.db
    ");
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
    assert_eq!(assets(&world, "again.db"), assets(&world, "archive.db"));
    let before = files(&world.path("tree"));
    assert_eq!(world.run(&["export", "tree", "--archive", "again.db"]).code(), Some(0));
    assert!(files(&world.path("tree")) == before);
    assert_eq!(import(&world, &["--json"]).json()["new"]["pictures"], 0);
}

#[test]
fn pages_show_them_from_where_they_lie() {
    let world = with_pictures();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let version = world.path("tree/mag/秋-1/1");
    let text = |name: &str| fs::read_to_string(version.join(name)).unwrap();
    assert_snapshot!(text("page.md"), @"
    # 秋

    ![](../../../@pictures/dc/dc7459391d11fc1bbf596d7c7ab6ccf25745bc79652613c3c51c8201a4919cbe.png)

    ![](../../../@pictures/07/079ae673dbd43bbce1169ffe4edc4fe52167bf39771017af5bbc1e38e05bc081.png)  
    新品![](../../../@pictures/a7/a7aa1e646c253903954e0e68fbafd7716b5db57bd54f6a70e8d60a59a96d31de.png)![](http://mmbiz.qpic.cn/mmbiz_png/MISSING/640?wx_fmt=png)

    ---

    # 图片

    ![](../../../@pictures/50/501791934ea9596b3a8cafd36eedb25cf2af3a98b50d12ae02c8b52b75c8449a.png)

    ![](../../../@pictures/50/501791934ea9596b3a8cafd36eedb25cf2af3a98b50d12ae02c8b52b75c8449a.png)

    两张  
    图
    ");
    let page = text("page.html");
    let article = page.split_once("<body>").unwrap().1;
    assert_snapshot!(article, @r#"
    <article>
    <h1>秋</h1>
    <p><img src="../../../@pictures/dc/dc7459391d11fc1bbf596d7c7ab6ccf25745bc79652613c3c51c8201a4919cbe.png"></p><p style="background-image: url(&quot;../../../@pictures/07/079ae673dbd43bbce1169ffe4edc4fe52167bf39771017af5bbc1e38e05bc081.png&quot;)">新品<img src="../../../@pictures/a7/a7aa1e646c253903954e0e68fbafd7716b5db57bd54f6a70e8d60a59a96d31de.png"><span class="lost">［缺图片 http://mmbiz.qpic.cn/mmbiz_png/MISSING/640?wx_fmt=png · picture not held］</span></p>
    </article>
    <hr>
    <article>
    <h1>图片</h1>
    <p><img src="../../../@pictures/50/501791934ea9596b3a8cafd36eedb25cf2af3a98b50d12ae02c8b52b75c8449a.png"></p><p><img src="../../../@pictures/50/501791934ea9596b3a8cafd36eedb25cf2af3a98b50d12ae02c8b52b75c8449a.png"></p>两张<br>图
    </article>
    </body>
    </html>
    "#);
    assert!(page.contains("img-src 'self' file: data:;"));
    for file in page.split("../../../").skip(1).map(|rest| rest.split(['"', '&']).next().unwrap()) {
        assert!(version.join("../../..").join(file).is_file(), "{file}");
    }
    let list: Value = serde_json::from_str(&text("pictures.json")).unwrap();
    assert_eq!(list.as_array().unwrap().len(), 6);
    assert_snapshot!(serde_json::to_string_pretty(&list[1]).unwrap(), @r#"
    {
      "address": "http://mmbiz.qpic.cn/mmbiz_png/BACKDROP/640?wx_fmt=png",
      "bytes": 33,
      "file": "@pictures/07/079ae673dbd43bbce1169ffe4edc4fe52167bf39771017af5bbc1e38e05bc081.png",
      "identity": "BACKDROP",
      "media_id": null,
      "place": "body",
      "position": 0,
      "sha256": "079ae673dbd43bbce1169ffe4edc4fe52167bf39771017af5bbc1e38e05bc081",
      "type": "image/png"
    }
    "#);
    assert_snapshot!(serde_json::to_string_pretty(&list[2]).unwrap(), @r#"
    {
      "address": "http://mmbiz.qpic.cn/mmbiz_png/BODY/640?wx_fmt=png",
      "bytes": 33,
      "file": "@pictures/a7/a7aa1e646c253903954e0e68fbafd7716b5db57bd54f6a70e8d60a59a96d31de.png",
      "identity": "BODY",
      "media_id": null,
      "place": "body",
      "position": 0,
      "sha256": "a7aa1e646c253903954e0e68fbafd7716b5db57bd54f6a70e8d60a59a96d31de",
      "type": "image/png"
    }
    "#);
}

#[test]
fn a_picture_that_comes_later_changes_no_more_than_it_must() {
    let world = with_pictures();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let before = files(&world.path("tree"));
    assert_eq!(export(&world, &["--json"]).json()["written"]["versions"], 0, "one is lost, and nothing is new");
    assert_eq!(fetch(&world, &["MISSING"]), 1);
    assert_snapshot!(export(&world, &["--json"]).json()["written"], @r#"{"accounts":0,"drafts":0,"pictures":1,"versions":2}"#);
    let after = files(&world.path("tree"));
    let changed: Vec<_> =
        after.iter().filter(|(name, file)| before.get(*name) != Some(file)).map(|(name, _)| &**name).collect();
    assert_snapshot!(changed.join("\n"), @"
    @pictures/2a/2ae84c4901f36ccd5a2098c3a83e17c8640a7022bdd74d985e1a05c2d14cf3c0.png
    mag/秋-1/1/page.html
    mag/秋-1/1/page.md
    mag/秋-1/1/pictures.json
    mag/秋-1/2/page.html
    mag/秋-1/2/page.md
    mag/秋-1/2/pictures.json
    ");
    assert_eq!(export(&world, &["--json"]).json()["written"]["versions"], 0);
}

#[test]
fn a_picture_that_is_not_what_its_name_says_is_left_out() {
    let world = with_pictures();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let pictures: Vec<_> = files(&world.path("tree")).into_keys().filter(|name| name.starts_with('@')).collect();
    let [changed, missing, page] = [0, 1, 2].map(|at| world.path("tree").join(&pictures[at]));
    fs::write(&changed, png(99)).unwrap();
    fs::remove_file(&missing).unwrap();
    fs::write(&page, "<html>").unwrap();
    let run = import(&world, &[]);
    assert_snapshot!(run, @"
    ------- stderr -------
    Warning: left out: tree/@pictures/07/079ae673dbd43bbce1169ffe4edc4fe52167bf39771017af5bbc1e38e05bc081.png: its SHA-256 is 2ebe0f30ed1d…, its name says another
    Warning: left out: tree/@pictures/a7/a7aa1e646c253903954e0e68fbafd7716b5db57bd54f6a70e8d60a59a96d31de.png: its SHA-256 is b7d082ee12e9…, its name says another
    Warning: left out: tree/@pictures/50/501791934ea9596b3a8cafd36eedb25cf2af3a98b50d12ae02c8b52b75c8449a.png: it is missing
    Of the tree the archive holds 1 account, 1 draft, 2 versions, 1 picture
    New: 1 account, 1 draft, 2 versions, 1 picture
    Hint: Prove the archive: draftkeep verify --archive $TMP/again.db
    ------- exit 3 -------
    ");
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"), "the versions are there all the same");
    assert_eq!(world.run(&["verify", "--archive", "again.db"]).code(), Some(0));
    fs::remove_file(&changed).unwrap();
    assert_eq!(export(&world, &["--json"]).json()["written"]["pictures"], 3);
    assert_eq!(import(&world, &["--json"]).json()["new"]["pictures"], 3);
    assert_eq!(assets(&world, "again.db"), assets(&world, "archive.db"));
}

#[test]
fn a_list_that_lies_brings_nothing_in() {
    let world = with_pictures();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let list = world.path("tree/mag/秋-1/1/pictures.json");
    let text = fs::read_to_string(&list).unwrap();
    for (from, to) in
        [("\"image/png\"", "\"image/../../../passwd\""), ("\"sha256\": \"", "\"sha256\": \"../"), ("BODY", "OTHER")]
    {
        fs::write(&list, text.replace(from, to)).unwrap();
        let run = import(&world, &["--json"]);
        assert!(matches!(run.code(), Some(0 | 3)), "{run}");
        fs::remove_file(world.path("again.db")).unwrap();
    }
    fs::write(&list, "[").unwrap();
    let run = import(&world, &[]);
    assert_eq!(run.code(), Some(3), "{run}");
    assert!(run.stderr().contains("1/pictures.json: it is not what it should be"), "{run}");
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
}

/// Exports an archive after `sql`, which runs without the triggers.
fn export_after(damage: &str) -> (World, Run) {
    let world = with_pictures();
    crate::verify::damage(&world, damage);
    let run = export(&world, &[]);
    (world, run)
}

#[test]
fn a_picture_whose_row_was_changed_is_told_and_the_rest_is_exported() {
    let (_, run) = export_after("UPDATE picture SET identity = identity || '0' WHERE identity = 'COVER'");
    assert_snapshot!(run, @"
    ------- stderr -------
    Warning: mag/COVER0 is damaged: its row in the table picture is not as it was written: its address and its bytes may be wrong
    Hint: See all that is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what was written into a new archive: draftkeep import tree --archive NEW && draftkeep import-backup --archive $TMP/archive.db NEW
    tree holds 1 account, 1 draft, 2 versions, 3 pictures
    New or changed: 1 account, 1 draft, 2 versions, 3 pictures
    ------- exit 5 -------
    ");
    let (world, run) = export_after("UPDATE picture SET address_tail = address_tail || '0' WHERE identity = 'COVER'");
    assert_snapshot!(run, @"
    ------- stderr -------
    Warning: mag/COVER is damaged: its row in the table picture is not as it was written: its address and its bytes may be wrong
    Hint: See all that is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what was written into a new archive: draftkeep import tree --archive NEW && draftkeep import-backup --archive $TMP/archive.db NEW
    tree holds 1 account, 1 draft, 2 versions, 4 pictures
    New or changed: 1 account, 1 draft, 2 versions, 4 pictures
    ------- exit 5 -------
    ");
    let json = world.run(&["export", "again", "--archive", "archive.db", "--json"]);
    assert_eq!(json.code(), Some(5), "{json}");
    let exported: serde_json::Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_snapshot!(exported["damaged"], @r#"[{"id":"mag/COVER","kind":"picture","reason":"its row in the table picture is not as it was written: its address and its bytes may be wrong"}]"#);
}

#[test]
fn a_picture_whose_bytes_are_changed_or_missing_is_told_and_the_rest_is_exported() {
    let (_, run) = export_after("UPDATE asset SET body = x'61' WHERE id = 1");
    assert_snapshot!(run, @"
    ------- stderr -------
    Warning: dc7459391d11fc1bbf596d7c7ab6ccf25745bc79652613c3c51c8201a4919cbe is left out: the picture dc7459391d11fc1bbf596d7c7ab6ccf25745bc79652613c3c51c8201a4919cbe has other bytes than its name says
    Hint: See all that is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what was written into a new archive: draftkeep import tree --archive NEW && draftkeep import-backup --archive $TMP/archive.db NEW
    tree holds 1 account, 1 draft, 2 versions, 3 pictures
    New or changed: 1 account, 1 draft, 2 versions, 3 pictures
    ------- exit 5 -------
    ");
    let (_, run) = export_after("DELETE FROM asset WHERE id = 1; DELETE FROM checksum WHERE kind = 'asset' AND id = 1");
    assert_snapshot!(run, @"
    ------- stderr -------
    Warning: mag/COVER is left out: its bytes are missing
    Hint: See all that is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what was written into a new archive: draftkeep import tree --archive NEW && draftkeep import-backup --archive $TMP/archive.db NEW
    tree holds 1 account, 1 draft, 2 versions, 3 pictures
    New or changed: 1 account, 1 draft, 2 versions, 3 pictures
    ------- exit 5 -------
    ");
}

#[test]
fn a_lost_page_of_pictures_is_told_and_every_version_is_exported() {
    let world = with_pictures();
    let database = crate::harness::database(world.path("archive.db"));
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    for table in ["picture", "asset"] {
        let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
        let page: usize = database.query_row(sql, [table], |row| row.get(0)).unwrap();
        let sound = fs::read(world.path("archive.db")).unwrap();
        let mut damaged = sound.clone();
        damaged[(page - 1) * PAGE..][..PAGE].fill(0);
        fs::write(world.path("damaged.db"), damaged).unwrap();
        let run = world.run(&["export", table, "--archive", "damaged.db", "--json"]);
        assert_eq!(run.code(), Some(5), "{table}: {run}");
        let exported: serde_json::Value = serde_json::from_slice(run.stdout()).unwrap();
        assert_eq!(exported["there"]["versions"], 2, "{table}: {exported}");
        assert!(!exported["damaged"].as_array().unwrap().is_empty(), "{table}: {exported}");
    }
}
