//! `draftkeep diff`, and the changes that `log` shows for each version.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{Run, World, document};

const DRAFT: &str = "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U";

fn run(world: &World, args: &[&str]) -> Run {
    world.run(&[args, &["--archive", "archive.db"]].concat())
}

/// A world that keeps these versions of one draft, one an hour.
fn kept(versions: &[Vec<u8>]) -> World {
    let world = World::new();
    for (hour, version) in versions.iter().enumerate() {
        world.keep("mag", DRAFT, &format!("2026-08-30T{hour:02}:00:00Z"), version);
    }
    world
}

fn picture(identity: &str) -> String {
    format!("<p><img data-src=\"https://mmbiz.qpic.cn/sz_mmbiz_png/{identity}/640?from=appmsg\"></p>")
}

/// Versions of one article: changes of text, title, a picture, a paragraph, then only of its HTML.
fn magazine() -> Vec<Vec<u8>> {
    let first = "<p>秋天的第一场雨过后，巷口的面包店换上了新的招牌，老板说这是他等了整整一年的季节。</p>";
    let last = "<p>店里只有六张椅子，周末请早一点来，来晚了就只能带走，在河边的长椅上慢慢吃。</p>";
    let article = |title: &str, digest: &str, body: &str| {
        json!({"news_item": [{"title": title, "author": "李编辑", "digest": digest, "content": body,
            "thumb_url": "http://mmbiz.qpic.cn/mmbiz_jpg/C0verOne/0?wx_fmt=jpeg", "need_open_comment": 0}]})
        .to_string()
        .into_bytes()
    };
    let price = |price: &str, picture: &str| {
        format!("{first}<p>苹果派每天下午三点出炉，一件 {price} 元，先到先得。</p>{picture}{last}")
    };
    vec![
        article("面包店的秋天", "", &price("28", &picture("ExAmPlEa1"))),
        article(
            "面包店的秋天，苹果派来了",
            "三点出炉，先到先得。",
            &price("32", &(picture("ExAmPlEb2") + "<p>老板娘推荐热红酒。</p>")),
        ),
        article(
            "面包店的秋天，苹果派来了",
            "三点出炉，先到先得。",
            &price("32", &(picture("ExAmPlEb2") + "<section>老板娘推荐热红酒。</section>")),
        ),
    ]
}

#[test]
fn diff_reads_like_an_editors_marks() {
    let world = kept(&magazine());
    assert_snapshot!(run(&world, &["diff", "#1@1", "@2"]), @"
    面包店的秋天，苹果派来了
    Title:  [-面包店的秋天-]
            {+面包店的秋天，苹果派来了+}
    Digest: {+三点出炉，先到先得。+}
    Body: +11 −2 characters; 1 picture added, 1 removed
      秋天的第一场雨过后，巷口的面包店换上了新的招牌，老板说这是他等了整整一年的季节。
      苹果派每天下午三点出炉，一件 [-28-]{+32+} 元，先到先得。
      [-[picture ExAmPlEa1]-]{+[picture ExAmPlEb2]+}
      {+老板娘推荐热红酒。+}
      店里只有六张椅子，周末请早一点来，来晚了就只能带走，在河边的长椅上慢慢吃。
    ------- stderr -------
    mag/1, from version 1 (2026-08-30 08:00:00 +08:00) to version 2 (2026-08-30 09:00:00 +08:00)
    ");
    assert_snapshot!(run(&world, &["diff", "#1"]), @"
    面包店的秋天，苹果派来了
    Body: formatting only: tags and attributes
    ------- stderr -------
    mag/1, from version 2 (2026-08-30 09:00:00 +08:00) to version 3 (2026-08-30 10:00:00 +08:00)
    ");
    // From the later to the earlier one, and from one to itself.
    assert_snapshot!(run(&world, &["diff", "#1", "@1", "--quiet"]), @r"
    面包店的秋天
    Title:  [-面包店的秋天，苹果派来了-]
            {+面包店的秋天+}
    Digest: [-三点出炉，先到先得。-]
    Body: +2 −11 characters; 1 picture added, 1 removed
      秋天的第一场雨过后，巷口的面包店换上了新的招牌，老板说这是他等了整整一年的季节。
      苹果派每天下午三点出炉，一件 [-32-]{+28+} 元，先到先得。
      [-[picture ExAmPlEb2]-]
      [-老板娘推荐热红酒。-]{+[picture ExAmPlEa1]+}
      店里只有六张椅子，周末请早一点来，来晚了就只能带走，在河边的长椅上慢慢吃。
    ");
    assert_snapshot!(run(&world, &["diff", "#1@2", "@-1"]), @"
    ------- stderr -------
    mag/1, from version 2 (2026-08-30 09:00:00 +08:00) to version 2 (2026-08-30 09:00:00 +08:00)
    Nothing differs: it is the same version twice.
    ");
}

#[test]
fn what_is_far_from_a_change_is_left_out() {
    let long = "河水慢慢地流，船慢慢地走，两岸的灯一盏一盏亮起来，风里有桂花的香气，".repeat(4);
    let text = |word: &str, verb: &str| {
        let near = "<p>前一段</p><p>Some people like to read long English paragraphs before the change</p>";
        document(&[(
            "夜",
            &format!("<p>{long}</p>{near}<p>{long}夜里{word}。{long}然后{verb}。{long}</p><p>{long}</p><p>尾</p>"),
        )])
    };
    let world = kept(&[text("下雨", "睡了"), text("下雪", "醒了")]);
    assert_snapshot!(run(&world, &["diff", "#1", "--quiet"]), @r"
    夜
    Body: +2 −2 characters
      […]
      Some people like to read long English […]
      […]两岸的灯一盏一盏亮起来，风里有桂花的香气，夜里下[-雨-]{+雪+}。河水慢慢地流，船慢慢地走，两岸的灯一盏一盏亮起[…]，两岸的灯一盏一盏亮起来，风里有桂花的香气，然后[-睡-]{+醒+}了。河水慢慢地流，船慢慢地走，两岸的灯一盏一盏亮[…]
      河水慢慢地流，船慢慢地走，两岸的灯一盏一盏亮起来，风里有桂花的香气，河水慢慢地流[…]
      […]
    ");
}

#[test]
fn what_is_no_text_is_shown_and_what_was_moved_is_named() {
    let [first, second] = [
        "秋天的第一场雨过后，巷口的面包店换上了新的招牌。",
        "店里只有六张椅子，周末请早一点来，来晚了就只能带走，在河边的长椅上慢慢吃，吃完再走。",
    ];
    let body = |paragraphs: [&str; 2], link: &str, voice: &str, style: &str| {
        let [one, two] = paragraphs;
        let rest = format!(
            "<a href='https://a.cn/{link}'>https://a.cn/</a><mpvoice name='声' voice_encode_fileid='{voice}'></mpvoice>"
        );
        document(&[("夜", &format!("<p>{one}</p><p>{two}</p><p style='{style}'>尾 {rest}</p>"))])
    };
    let world = kept(&[
        body([first, second], "", "A1", ""),
        body([first, second], "b", "A2", ""),
        body([second, first], "b", "A2", ""),
        body([second, first], "b", "A2", "color:red;margin:0"),
    ]);
    assert_snapshot!(run(&world, &["diff", "#1@1", "@2", "--quiet"]), @"
    夜
    Body: 1 audio clip changed; 1 link changed
      Audio clip: [-<mpvoice name=声 voice_encode_fileid=A1>-]
      Audio clip: {+<mpvoice name=声 voice_encode_fileid=A2>+}
      Link: [-https://a.cn/-]
      Link: {+https://a.cn/b+}
    ");
    assert_snapshot!(run(&world, &["diff", "#1@2", "@3", "--quiet"]), @"
    夜
    Body: 1 paragraph moved
      [-moved: 秋天的第一场雨过后，巷口的面包店换上了新的招牌。-]
      店里只有六张椅子，周末请早一点来，来晚了就只能带走，在河边的长椅上慢慢吃，吃完再[…]
      {+moved: 秋天的第一场雨过后，巷口的面包店换上了新的招牌。+}
      尾 https://a.cn/[audio: 声]
    ");
    assert_snapshot!(run(&world, &["diff", "#1@3", "@4", "--quiet"]), @"
    夜
    Body: formatting only: colour of 1 paragraph; margins in 1 place
    ");
    let told = run(&world, &["diff", "#1@1", "@2", "--json"]).json();
    let body = &told["articles"][0]["body"];
    assert_eq!(body["parts"][1]["what"], "link");
    assert_eq!((&body["parts"][1]["added"], &body["formatting"]), (&json!(["https://a.cn/b"]), &json!([])));
    let told = run(&world, &["diff", "#1@3", "@4", "--json"]).json();
    let expected = json!(["colour of 1 paragraph", "margins in 1 place"]);
    assert_eq!(told["articles"][0]["body"]["formatting"], expected);
}

/// Two articles and a newspic, then: one more, the newspic first, fields and pictures changed.
fn several() -> World {
    let news = |title: &str, content: &str| json!({"title": title, "content": content});
    let newspic = |pictures: &[&str], switch: u8| {
        let list: Vec<_> = pictures.iter().map(|picture| json!({"image_media_id": picture})).collect();
        json!({"title": "周末市集", "content": "第一行\n第二行", "image_info": {"image_list": list}, "need_open_comment": switch,
               "product_info": {"key": switch}})
    };
    let draft = |articles: Value| json!({"news_item": articles}).to_string().into_bytes();
    kept(&[
        draft(json!([
            news("甲", "<p>甲文</p>"),
            news("乙", "<p>乙文</p>"),
            newspic(&["Qm7xMa", "Qm7xMb", "Qm7xMc"], 0)
        ])),
        draft(json!([
            newspic(&["Qm7xMc", "Qm7xMa", "Qm7xMd"], 1),
            news("甲", "<p>甲文</p>"),
            news("丁", "<p>另一篇</p>"),
            news("乙", "<p>乙文，改过</p>"),
        ])),
    ])
}

#[test]
fn articles_and_their_fields_are_told_apart() {
    let world = several();
    assert_snapshot!(run(&world, &["diff", "#1"]), @r#"
    [1] 周末市集 (moved from 3)
    Comments:     [-off-]
                  {+on+}
    product_info: [-{"key":"0"}-]
                  {+{"key":"1"}+}
    Pictures: [-[picture Qm7xMb]-] {+[picture Qm7xMd]+} in another order

    [3] 丁 (added)
    Body: +3 characters
      {+另一篇+}

    [4] 乙
    Body: +3 characters
      乙文{+，改过+}
    ------- stderr -------
    mag/1, from version 1 (2026-08-30 08:00:00 +08:00) to version 2 (2026-08-30 09:00:00 +08:00)
    "#);
    assert_snapshot!(run(&world, &["diff", "#1", "--stat"]), @"
    ARTICLE  CHANGED                                                                                      TITLE
          1  moved from 3; comments; other: product_info; 1 picture added, 1 removed; pictures reordered  周末市集
          3  added; +3 characters                                                                         丁
          4  +3 characters                                                                                乙
    3 articles changed; +6 characters; 1 picture added, 1 removed
    ------- stderr -------
    mag/1, from version 1 (2026-08-30 08:00:00 +08:00) to version 2 (2026-08-30 09:00:00 +08:00)
    ");
    assert_snapshot!(run(&world, &["diff", "#1@2", "@1", "--stat", "--quiet"]), @"
    ARTICLE  CHANGED                                                                                      TITLE
          2  −3 characters                                                                                乙
          3  moved from 1; comments; other: product_info; 1 picture added, 1 removed; pictures reordered  周末市集
          3  removed; −3 characters                                                                       丁
    3 articles changed; −6 characters; 1 picture added, 1 removed
    ");
}

#[test]
fn pictures_of_what_was_published_are_known_by_their_addresses() {
    let draft = |id: &str| {
        let listed = |id: &str| json!({"cdn_url": format!("https://mmbiz.qpic.cn/sz_mmbiz_jpg/Ab7xK2vTnS0bWq4r{id}ZpLd/0"), "width": 1080});
        let cover = format!("http://mmbiz.qpic.cn/mmbiz_jpg/C0verAb7xK2vTnS0bWq4r{id}ZpLd9Yc8Hf3/0?wx_fmt=jpeg");
        json!({"news_item": [{"title": "市集", "thumb_url": cover, "image_info": {"image_list": [listed("Aa"), listed(id), {"width": id}]}}]})
            .to_string()
            .into_bytes()
    };
    let world = kept(&[draft("Bb"), draft("Cc")]);
    assert_snapshot!(run(&world, &["diff", "#1", "--quiet"]), @r#"
    市集
    Cover: [-[picture …bWq4rBbZpLd9…]-]
           {+[picture …bWq4rCcZpLd9…]+}
    Pictures: [-[picture …bWq4rBbZpLd]-] [-[picture {"width":"Bb"}]-] {+[picture …bWq4rCcZpLd]+} {+[picture {"width":"Cc"}]+}
    "#);
    let told = run(&world, &["diff", "#1", "--json"]).json();
    assert_eq!(told["articles"][0]["pictures"]["added"], json!(["Ab7xK2vTnS0bWq4rCcZpLd", "{\"width\":\"Cc\"}"]));
}

#[test]
fn diff_as_json_is_complete() {
    let world = kept(&magazine());
    let mut told = run(&world, &["diff", "#1@1", "@2", "--json"]).json();
    let runs = told["articles"][0]["body"]["runs"].take();
    insta::assert_json_snapshot!(told, @r#"
    {
      "account": "mag",
      "articles": [
        {
          "body": {
            "characters": {
              "added": 11,
              "removed": 2
            },
            "formatting": [],
            "formatting_only": false,
            "paragraphs_moved": 0,
            "parts": [],
            "pictures": {
              "added": [
                "ExAmPlEb2"
              ],
              "moved": [],
              "removed": [
                "ExAmPlEa1"
              ]
            },
            "runs": null
          },
          "fields": [
            {
              "from": "面包店的秋天",
              "name": "title",
              "to": "面包店的秋天，苹果派来了"
            },
            {
              "from": null,
              "name": "digest",
              "to": "三点出炉，先到先得。"
            }
          ],
          "from": 0,
          "moved": false,
          "pictures": null,
          "summary": "title; digest; +11 −2 characters; 1 picture added, 1 removed",
          "title": "面包店的秋天，苹果派来了",
          "to": 0
        }
      ],
      "doubt": null,
      "from": {
        "hash": "a5eae74828cf3e92f778a7e3879a5b6ebd6a2e72d255ac18ed37956f95a858dc",
        "observed_at": "2026-08-30T00:00:00.000Z",
        "update_time": "2026-08-30T00:00:00.000Z",
        "version": 1
      },
      "id": 1,
      "media_id": "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U",
      "other": [],
      "summary": "title; digest; +11 −2 characters; 1 picture added, 1 removed",
      "to": {
        "hash": "d017210967b1a9de2cb34ab56f11cbcaaa512ff7353e6332d670cf626e781486",
        "observed_at": "2026-08-30T01:00:00.000Z",
        "update_time": "2026-08-30T01:00:00.000Z",
        "version": 2
      }
    }
    "#);
    let side = |side: &str| {
        let runs = runs.as_array().unwrap().iter().filter(|run| run["kind"] == "kept" || run["kind"] == side);
        runs.map(|run| run["text"].as_str().unwrap()).collect::<String>()
    };
    assert_eq!(side("removed").matches('\u{fffc}').count(), 1);
    assert!(side("removed").contains("一件 28 元") && side("added").contains("一件 32 元"));
    let pictures: Vec<_> =
        runs.as_array().unwrap().iter().flat_map(|run| run["pictures"].as_array().unwrap()).collect();
    assert_eq!(pictures, ["ExAmPlEa1", "ExAmPlEb2"]);
    let same = run(&world, &["diff", "#1@3", "--json"]).json();
    assert_eq!((&same["articles"], &same["summary"]), (&json!([]), &json!("nothing")));
}

#[test]
fn what_cannot_be_compared_is_told() {
    let world = kept(&magazine()[..1]);
    assert_snapshot!(run(&world, &["diff", "#1"]), @"
    ------- stderr -------
    Error: draft 1 has version 1 only, and none to compare it with
    Hint: See it: draftkeep show --archive $TMP/archive.db 1
    ------- exit 4 -------
    ");
    assert_snapshot!(run(&world, &["diff", "#1@1", "@99"]), @"
    ------- stderr -------
    Error: draft 1 has version 1 only, none is @99
    Hint: See its versions: draftkeep log --archive $TMP/archive.db 1
    ------- exit 4 -------
    ");
    assert_snapshot!(run(&world, &["diff", "#1@-99"]), @"
    ------- stderr -------
    Error: draft 1 has version 1 only, none is @-99
    Hint: See its versions: draftkeep log --archive $TMP/archive.db 1
    ------- exit 4 -------
    ");
    assert_snapshot!(run(&world, &["diff", "#1@1", "#1@2"]), @r"
    ------- stderr -------
    error: invalid value '#1@2' for '[@B]': a version of the same draft is meant: @1, @2, or @-1 for the one before the newest

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(run(&world, &["diff", "#1@1", "@0"]), @r"
    ------- stderr -------
    error: invalid value '@0' for '[@B]': after @ comes a version: 1, 2, 3, or -1 for the one before the newest

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(run(&world, &["diff"]), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <DRAFT[@A]>

    Usage: draftkeep diff --archive <PATH> <DRAFT[@A]> [@B]

    For more information, try '--help'.
    Hint: A shell takes #2 for a comment; type the number alone: draftkeep diff --archive $TMP/archive.db 2
    ------- exit 2 -------
    ");
}

#[test]
fn marks_are_painted_and_say_it_without_colours_too() {
    let world = kept(&magazine());
    let plain = run(&world, &["diff", "#1@1", "@2"]);
    let painted = run(&world, &["diff", "#1@1", "@2", "--color", "always"]);
    let text = String::from_utf8(painted.stdout().to_vec()).unwrap();
    assert!(text.contains("\u{1b}[31m[-28-]\u{1b}[0m\u{1b}[32m{+32+}\u{1b}[0m"), "{text:?}");
    assert_eq!(anstream::adapter::strip_str(&text).to_string().as_bytes(), plain.stdout());
    let long = "河水慢慢地流。".repeat(20);
    let world = kept(&["一", "二"].map(|word| document(&[("夜", &format!("{long}他说……{word}"))])));
    let painted = String::from_utf8(run(&world, &["diff", "#1", "--color", "always"]).stdout().to_vec()).unwrap();
    assert!(painted.contains("\u{1b}[2m[…]\u{1b}[0m") && painted.contains("他说……\u{1b}[31m"), "{painted:?}");
}

#[test]
fn nothing_that_an_author_writes_can_steer_the_terminal() {
    let hostile = "\u{1b}[31m\u{202e}\u{7}\r\u{9b}2J";
    let draft = |word: &str| {
        let article = json!({"title": format!("{word}{hostile}"), "digest": format!("{word}\n{hostile}"),
            "content": format!("<p>{hostile}{word}</p><img src='https://a.cn/{hostile}{word}'>"), hostile: word,
            "image_info": {"image_list": [{"image_media_id": format!("{word}{hostile}")}]}});
        json!({"news_item": [article], format!("outer{hostile}"): word}).to_string().into_bytes()
    };
    let world = kept(&[draft("一"), draft("二")]);
    for args in [&["diff", "#1"][..], &["diff", "#1", "--stat"], &["log", "#1"]] {
        let run = run(&world, args);
        let steers = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
        assert!(run.code() == Some(0) && !run.to_string().contains(steers), "{run}");
    }
}

#[test]
fn log_tells_what_each_version_changed() {
    let world = kept(&magazine());
    assert_snapshot!(run(&world, &["log", "#1"]), @"
    VERSION  OBSERVED (+08:00)  SAVED  BYTES  RESTORABLE  CHANGED
          3  2026-08-30 10:00   10:00    681  by hand     formatting only: tags and attributes
          2  2026-08-30 09:00   09:00    669  by hand     title; digest; +11 −2 characters; 1 pictur…
          1  2026-08-30 08:00   08:00    587  by hand     first version
    ------- stderr -------
    mag/1, 面包店的秋天，苹果派来了
    ");
    let in_columns = |columns: &str| {
        let mut command = world.command(&["log", "#1", "--archive", "archive.db", "--quiet"]);
        command.env("COLUMNS", columns);
        world.finish(command)
    };
    assert_snapshot!(in_columns("80"), @"
    VERSION  OBSERVED (+08:00)  SAVED  RESTORABLE  CHANGED
          3  2026-08-30 10:00   10:00  by hand     formatting only: tags and…
          2  2026-08-30 09:00   09:00  by hand     title; digest; +11 −2 characters…
          1  2026-08-30 08:00   08:00  by hand     first version
    ");
    assert_snapshot!(in_columns("130"), @"
    VERSION  OBSERVED (+08:00)  SAVED  BYTES  RESTORABLE  CHANGED                               HASH          TITLES
          3  2026-08-30 10:00   10:00    681  by hand     formatting only: tags and attributes  a9b4ecf71617  面包店的秋天，苹果派来了
          2  2026-08-30 09:00   09:00    669  by hand     title; digest; +11 −2 characters; 1…  d017210967b1  面包店的秋天，苹果派来了
          1  2026-08-30 08:00   08:00    587  by hand     first version                         a5eae74828cf  面包店的秋天
    ");
    let log = run(&world, &["log", "#1", "--json"]).json();
    let changed: Vec<_> = log.as_array().unwrap().iter().map(|version| version["changed"].as_str().unwrap()).collect();
    assert_eq!(
        changed,
        [
            "formatting only: tags and attributes",
            "title; digest; +11 −2 characters; 1 picture added, 1 removed",
            "first version"
        ]
    );
}

/// A text that has nothing in common with those of other seeds, so that its version is stored whole.
fn noise(seed: u32) -> String {
    (0..200).filter_map(|n| char::from_u32(0x4e00 + (n * 7919 + seed * 1009 + n * n * (seed + 3)) % 20_000)).collect()
}

/// Loses the document of a version.
fn damage(world: &World, version: u32) {
    let archive = crate::harness::database(world.path("archive.db"));
    archive.execute_batch("DROP TRIGGER whole_never_changes").unwrap();
    let lost = archive.execute("UPDATE whole SET body = zeroblob(length(body)) WHERE version = ?1", [version]);
    assert_eq!(lost, Ok(1), "the version is stored whole");
}

#[test]
fn a_damaged_version_stops_no_other_in_the_log() {
    let versions: Vec<_> = (0..4).map(|n| document(&[("题", &noise(n))])).collect();
    let world = kept(&versions);
    damage(&world, 2);
    assert_snapshot!(run(&world, &["log", "#1"]), @"
    VERSION  OBSERVED (+08:00)  SAVED  BYTES  RESTORABLE  CHANGED
          4  2026-08-30 11:00   11:00    644  by hand     +200 −200 characters
          3  2026-08-30 10:00   10:00    644  by hand     not known: the version before is damaged
          2  2026-08-30 09:00   09:00                     damaged: a document cannot be decompressed…
          1  2026-08-30 08:00   08:00    644  by hand     first version
    ------- stderr -------
    mag/1, 题
    Error: the archive is damaged: 1 of 4 versions cannot be read
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
    let log = run(&world, &["log", "#1", "--json"]);
    assert_eq!(log.code(), Some(5));
    let log: Value = serde_json::from_slice(log.stdout()).unwrap();
    let told = |field: &str| log.as_array().unwrap().iter().map(|version| version[field].clone()).collect::<Vec<_>>();
    assert_eq!(told("changed"), [json!("+200 −200 characters"), json!(null), json!(null), json!("first version")]);
    let reason = "a document cannot be decompressed: corrupt deflate stream";
    assert_eq!(told("damaged"), [json!(null), json!(null), json!(reason), json!(null)]);
    assert_snapshot!(run(&world, &["diff", "#1@2", "@1"]), @"
    ------- stderr -------
    Error: mag/1@2 cannot be read: a document cannot be decompressed: corrupt deflate stream
    Hint: See which of its versions can be: draftkeep log --archive $TMP/archive.db mag/1
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
    let shown = run(&world, &["show", "#1@2"]);
    assert_eq!(
        (shown.code(), shown.stderr().lines().next()),
        (Some(5), Some("Error: mag/1@2 cannot be read: a document cannot be decompressed: corrupt deflate stream"))
    );
    assert_eq!(run(&world, &["show", "#1"]).code(), Some(0));
}
