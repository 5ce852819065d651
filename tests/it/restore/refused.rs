//! The platform refuses: the message for each code, and that no draft was made.

use std::fmt::Write;

use draftkeep::simulator::{Fault, FaultRule};
use insta::assert_snapshot;

use super::{MAG, SHOP, Stage, autumn};

#[tokio::test(flavor = "multi_thread")]
async fn each_code_says_what_to_do() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    let mut told = String::new();
    let cover = stage.box_of(MAG)[0].1[0].text("thumb_media_id").to_owned();
    for code in
        [40007, 45002, 45003, 45004, 45005, 45008, 45110, 45166, 41039, 88000, 53402, 53406, 47001, 45009, 48001, 48004]
    {
        stage.platform.world().add_fault(FaultRule::next(2, "draft/add", Fault::Code(code)));
        let run = stage.restore(&["--apply"]);
        stage.platform.world().clear_faults();
        assert_eq!(run.code(), Some(6), "{run}");
        writeln!(told, "{}", stage.told(&run).split_once("stderr -------\n").unwrap().1).unwrap();
    }
    assert_eq!(stage.box_of(MAG).len(), 1);
    assert!(stage.restores().iter().all(|row| row.4 == "failed"));
    assert_snapshot!(told.replace(&cover, "COVER").replace("------- exit 6 -------\n", ""), @"
    Error: no draft was made
    Caused by: draft/add: the platform does not accept the request: invalid media_id hint: [RlmiIE228000-1] (errcode 40007, rid RID)
    Hint: The cover of article 1, COVER, must still be in the library (素材库) of mag; else give it another permanent picture: --cover 1=MEDIA_ID
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: content size out of limit (errcode 45002, rid RID)
    Hint: The content of article 1 has 172 characters and 184 bytes.
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: title size out of limit hint: [FDsWPX228000-2] (errcode 45003, rid RID)
    Hint: The title of article 1 has 6 characters and 18 bytes; the limit is 32 characters, on some accounts 64 bytes.
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: description size out of limit hint: [ptpPIo228000-0] (errcode 45004, rid RID)
    Hint: The digest of article 1 has 9 characters and 25 bytes; the limit is 120 characters, on some accounts 120 bytes.
    Hint: Leave it out: --without digest
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: url size out of limit (errcode 45005, rid RID)
    Hint: The link of article 1 has 26 characters and 26 bytes.
    Hint: Leave the link out: --without link
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: article size out of limit (errcode 45008, rid RID)
    Hint: Drafts of up to 8 articles are known to pass; it has 1.
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: author size out of limit hint: [LhDlSn228000-2] (errcode 45110, rid RID)
    Hint: The author of article 1 has 3 characters and 9 bytes; the limit is 16 characters, on some accounts 20 bytes.
    Hint: Leave it out: --without author
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: invalid content (errcode 45166, rid RID)
    Hint: The content of article 1 has 172 characters and 184 bytes.
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: invalid content_source_url (errcode 41039, rid RID)
    Hint: The link of article 1 has 26 characters and 26 bytes.
    Hint: Leave the link out: --without link
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: without comment privilege (errcode 88000, rid RID)
    Hint: The account may not have comments; leave them out: --without comments
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: 封面裁剪失败,请检查裁剪参数后重试 (errcode 53402, rid RID)
    Hint: Cropping the cover failed twice; it often passes a little later.
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform refuses the content: 请先开通带货能力 (errcode 53406, rid RID)
    Hint: The account may not show the product; leave it out: --without product
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the platform does not accept the request: data format error (errcode 47001, rid RID)
    Hint: Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR
    Error: no draft was made
    Caused by: draft/add: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009, rid RID). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected
    Error: no draft was made
    Caused by: draft/add: the account may not use this endpoint: api unauthorized (errcode 48001, rid RID). Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that `appid` is an official account and no mini program
    Error: no draft was made
    Caused by: draft/add: the platform has restricted the account: api forbidden for irregularities, view detail on mp.weixin.qq.com (errcode 48004, rid RID). Log in to mp.weixin.qq.com and read the notice there
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crop_that_failed_is_tried_once_more() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    stage.platform.world().add_fault(FaultRule::next(1, "draft/add", Fault::Code(53402)));
    assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cover_that_was_deleted_and_is_not_held_is_explained() {
    let stage = Stage::without_pictures().await;
    let picture = stage.picture(MAG);
    stage.draft(vec![autumn(&picture)]);
    stage.platform.world().account(MAG).delete_material(&picture.0);
    let run = stage.restore(&["--apply", "--quiet"]);
    assert_snapshot!(run, @"
    Plan: mag/1, version 1 of 1, 秋季新品预告, becomes a new draft of mag:
      Needs 2 pictures, 0 of them held
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
        risk     2 pictures not held as bytes, which come through only while the platform has them
    ------- stderr -------
    Error: the cover of article 1 is not in the library any more, and the archive does not hold it
    Hint: Nothing was written. Give the article another cover: --cover NUMBER=MEDIA_ID
    Hint: See which pictures are held: draftkeep --config $TMP/config.toml assets mag/1@1
    ------- exit 1 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_usage_is_told_before_anything_is_done() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    assert_snapshot!(stage.run(&["restore", "#1"]), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <--to <DIR>|--as-new|--in-place|--undo <RESTORE>|--resume <RESTORE>>

    Usage: draftkeep restore --config <PATH> <--to <DIR>|--as-new|--in-place|--undo <RESTORE>|--resume <RESTORE>> <DRAFT[@N]>

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(stage.run(&["restore", "#1", "--to", "out", "--as-new"]), @"
    ------- stderr -------
    error: the argument '--to <DIR>' cannot be used with '--as-new'

    Usage: draftkeep restore --config <PATH> <--to <DIR>|--as-new|--in-place|--undo <RESTORE>|--resume <RESTORE>> <DRAFT[@N]>

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(stage.run(&["restore", "#1", "--as-new", "--account", "shpo"]), @"
    ------- stderr -------
    Error: the configuration has no account shpo
    Hint: Did you mean shop?
    Hint: There are: mag, shop
    ------- exit 4 -------
    ");
    assert_snapshot!(stage.run(&["restore", "#1", "--to", "out", "--without", "author"]), @"
    ------- stderr -------
    error: the argument '--to <DIR>' cannot be used with '--without <FIELD>'

    Usage: draftkeep restore --config <PATH> <--to <DIR>|--as-new|--in-place|--undo <RESTORE>|--resume <RESTORE>> <DRAFT[@N]>

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(stage.run(&["restore", "#1", "--as-new", "--archive", "archive.db"]), @"
    ------- stderr -------
    error: the argument '--as-new' cannot be used with '--archive <PATH>'

    Usage: draftkeep restore --config <PATH> <--to <DIR>|--as-new|--in-place|--undo <RESTORE>|--resume <RESTORE>> <DRAFT[@N]>

    For more information, try '--help'.
    ------- exit 2 -------
    ");
    assert_snapshot!(stage.run(&["restore", "--as-new"]), @"
    ------- stderr -------
    error: the following required arguments were not provided:
      <DRAFT[@N]>

    Usage: draftkeep restore --config <PATH> <--to <DIR>|--as-new|--in-place|--undo <RESTORE>|--resume <RESTORE>> <DRAFT[@N]>

    For more information, try '--help'.
    Hint: A shell takes #2 for a comment; type the number alone: draftkeep --config $TMP/config.toml restore 2
    ------- exit 2 -------
    ");
    assert_snapshot!(stage.run(&["restore", "#1@7", "--as-new"]), @"
    ------- stderr -------
    Error: draft 1 has version 1 only, none is @7
    Hint: See its versions: draftkeep --config $TMP/config.toml log 1
    ------- exit 4 -------
    ");
    assert_eq!(stage.box_of(SHOP).len() + stage.box_of(MAG).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_tells_what_the_account_has_closed_and_spent() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    let database = crate::harness::database(stage.world.path("archive.db"));
    let sql =
        "INSERT INTO call (account, interface, day, calls) SELECT id, 'draft/add', '2026-09-01', 1000 FROM account";
    database.execute(sql, ()).unwrap();
    let plan = stage.restore(&[]).to_string();
    assert!(plan.contains("risk     mag has no calls of draft/add left today"), "{plan}");
}
