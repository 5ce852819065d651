//! A version restored over the current draft, and the undo.

use draftkeep::simulator::{Article, Fault, FaultRule};
use insta::assert_snapshot;

use super::{MAG, Stage, autumn};

/// A draft of three articles, two of them spoilt by a colleague; it is `#1`, and version 1 is the good one.
async fn spoilt() -> (Stage, String) {
    let stage = Stage::new().await;
    let pictures = ["a", "b", "c"].map(|_| stage.picture(MAG));
    let media_id = stage.draft(pictures.iter().map(autumn).collect());
    for index in [0, 2] {
        stage
            .platform
            .world()
            .account(MAG)
            .edit(&media_id, index, |article| article.set("content", "<p>空</p>"))
            .unwrap();
    }
    stage.poll();
    (stage, media_id)
}

impl Stage {
    fn over(&self, args: &[&str]) -> crate::harness::Run {
        self.run(&[&["restore", "#1@1", "--in-place"], args].concat())
    }

    fn articles(&self, media_id: &str) -> Vec<Article> {
        self.platform.world().account(MAG).draft(media_id).unwrap().articles.clone()
    }

    fn updates(&self) -> u64 {
        self.platform.world().request_log.calls("draft/update")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_goes_over_what_the_draft_says_and_is_taken_back() {
    let (stage, media_id) = spoilt().await;
    let spoilt = stage.articles(&media_id);
    assert_snapshot!(stage.over(&[]), @"
    Plan: mag/1, version 1 of 2, 秋季新品预告, goes over version 2, which the draft says now and which is kept:
      2 of 3 articles differ and would be written over
      Article 1, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
      Article 3, news: 秋季新品预告
        sends    title, author, digest, text (172 characters with its markup), link, cover, comments on
        undoes   the platform's spelling of 1 picture and 1 style
    ------- stderr -------
    Nothing was done. To do it, type the same with --plan 1 --apply
    ");
    assert_eq!(stage.articles(&media_id), spoilt, "a plan writes nothing");

    let run = stage.over(&["--apply"]);
    assert_snapshot!(stage.told(&run).replace(&media_id, "MEDIA_ID"), @"
    Written over: mag/1, MEDIA_ID, 2 articles
      Pictures: 0 uploaded, 3 were there
      To take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
      Article 1: 秋季新品预告
        same       title, author, link, cover, text, pictures, styles
        rewritten  digest: only drafts of one article have one
        rewritten  markup: other tags or attributes, and nothing that shows
      Article 2: 秋季新品预告
        same       title, author, digest, link, cover, text, pictures, styles
        rewritten  markup: other tags or attributes, and nothing that shows
      Article 3: 秋季新品预告
        same       title, author, link, cover, text, pictures, styles
        rewritten  digest: only drafts of one article have one
        rewritten  markup: other tags or attributes, and nothing that shows
    ");
    assert_eq!(stage.updates(), 2, "the article that did not differ is left alone");
    assert!(stage.articles(&media_id)[0].text("content").contains("一件 99 元"));
    assert_eq!(stage.outcomes(), ["done"]);

    let back = stage.run(&["restore", "--undo", "1", "--apply", "--json"]).json();
    assert_eq!(back["report"]["complete"], true, "{back:#}");
    assert_eq!(stage.articles(&media_id)[0].text("content"), spoilt[0].text("content"));
    assert_eq!(stage.run(&["verify"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_would_write_nothing_asks_for_nothing() {
    let (stage, _) = spoilt().await;
    assert_snapshot!(stage.run(&["restore", "#1@2", "--in-place"]), @"
    Plan: mag/1, version 2 of 2, 秋季新品预告, goes over version 2, which the draft says now and which is kept:
      nothing differs, and nothing would be written
    ------- stderr -------
    Nothing was done: there is nothing to restore
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_wrote_since_the_plan_is_not_gone_over() {
    let (stage, media_id) = spoilt().await;
    assert_eq!(stage.over(&[]).code(), Some(0));
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    // The daemon may have seen it meanwhile; the operator has not.
    stage.poll();
    let run = stage.over(&["--apply"]);
    assert_snapshot!(stage.told(&run), @"
    ------- stderr -------
    Error: the draft was changed since the plan was made: it is version 3 now
    Hint: So nothing was written. See what changed: draftkeep --config $TMP/config.toml diff mag/1@2 @3
    Hint: To go over it all the same, look at the plan first: draftkeep --config $TMP/config.toml restore mag/1@1 --in-place
    ------- exit 1 -------
    ");
    assert_snapshot!(stage.over(&["--apply"]), @"
    ------- stderr -------
    Error: the draft was changed since the plan was shown
    Hint: Nothing was written. Show the plan again, and carry out the one it shows: draftkeep --config $TMP/config.toml restore mag/1@1 --in-place
    ------- exit 1 -------
    ");
    assert_eq!(stage.articles(&media_id)[0].text("title"), "同事改的");
    assert_eq!(stage.over(&[]).code(), Some(0));
    assert_eq!(stage.over(&["--apply"]).code(), Some(0), "the operator has seen it now");
    let kept = stage.run(&["show", "#1@3", "--json"]).json();
    assert!(kept["text"].as_str().unwrap().contains("同事改的"), "what was gone over is a version: {kept}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_writes_between_is_not_gone_over() {
    let (stage, media_id) = spoilt().await;
    stage.edit(&media_id, |article| article.set("title", "刚改的"));
    assert_eq!(stage.over(&["--apply"]).code(), Some(1), "not polled yet, and refused all the same");
    assert_eq!(stage.over(&["--apply"]).code(), Some(1), "it is in the archive now, and nobody has looked at a plan");
    assert_eq!(stage.updates(), 0);
    assert_eq!(stage.over(&["--json"]).json()["plan"]["live"]["version"], 3);
    assert_eq!(stage.over(&["--apply"]).code(), Some(0));
}

/// Once, a second plan replaced the first one, and applying the first overwrote what the second had shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_does_not_go_over_what_another_plan_saw() {
    let (stage, media_id) = spoilt().await;
    let first = stage.over(&["--json"]).json()["plan"]["number"].to_string();
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    let second = stage.over(&["--json"]).json()["plan"]["number"].to_string();
    assert_eq!((&*first, &*second), ("1", "2"));
    for args in [&["--apply"][..], &["--plan", "1", "--apply"], &["--plan", "3", "--apply"], &["--apply"]] {
        let refused = stage.over(args);
        let code = if args.contains(&"3") { 4 } else { 1 };
        assert_eq!((refused.code(), stage.updates()), (Some(code), 0), "{refused}");
        assert!(
            refused.stderr().contains("draftkeep --config $TMP/config.toml restore mag/1@1 --in-place"),
            "{refused}"
        );
    }
    assert_snapshot!(stage.over(&["--plan", "2", "--apply", "--json"]).json()["applied"], @"true");
    assert_eq!(stage.articles(&media_id)[0].text("title"), "秋季新品预告");
    assert_snapshot!(stage.over(&["--plan", "2", "--apply"]), @"
    ------- stderr -------
    Error: plan 2 has ended: it was carried out, or a newer plan has taken its place
    Hint: Nothing was written. Show the plan again, and carry out the one it shows: draftkeep --config $TMP/config.toml restore mag/1@1 --in-place
    ------- exit 1 -------
    ");
    assert!(stage.over(&["--plan", "9", "--apply"]).stderr().contains("there is no plan 9 of this restore"));
}

/// Once, the same command, typed again weeks later, overwrote the newest version.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_was_carried_out_says_nothing_of_what_came_after() {
    let (stage, media_id) = spoilt().await;
    assert_eq!(stage.over(&["--quiet"]).code(), Some(0));
    assert_eq!(stage.over(&["--apply", "--quiet"]).code(), Some(0));
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    stage.poll();
    let run = stage.over(&["--apply"]);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().contains("the plan that was shown was carried out already"), "{run}");
    assert_eq!(stage.articles(&media_id)[0].text("title"), "同事改的");
    assert_eq!(stage.over(&["--quiet"]).code(), Some(0));
    assert_eq!(stage.over(&["--apply", "--quiet"]).code(), Some(0), "it was shown anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_saves_while_a_restore_fails_is_not_taken_back_with_it() {
    let (stage, media_id) = spoilt().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45002)).after(1));
    let id = media_id.clone();
    stage.platform.world().after_next_call("draft/update", move |world| {
        world.account(MAG).edit(&id, 0, |article| article.set("digest", "同事改的")).unwrap();
        world.account(MAG).edit(&id, 0, |article| article.set("author", "同事")).unwrap();
    });
    assert_eq!(stage.over(&["--apply", "--quiet"]).code(), Some(3));
    let run = stage.run(&["restore", "--undo", "1", "--apply"]);
    assert_snapshot!(run, @"
    ------- stderr -------
    Error: it is not known what the restore left in the draft, so a plan must be shown first
    Hint: Nothing was written. Show the plan again, and carry out the one it shows: draftkeep --config $TMP/config.toml restore --undo mag/1
    ------- exit 1 -------
    ");
    assert_eq!(stage.articles(&media_id)[0].text("author"), "同事");
    assert_eq!(stage.run(&["restore", "--undo", "1"]).code(), Some(0));
    assert_eq!(stage.run(&["restore", "--undo", "1", "--apply"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_saves_before_a_restore_is_read_back_is_not_taken_back_with_it() {
    let (stage, media_id) = spoilt().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/get", Fault::Code(45009)).after(2));
    assert_eq!(stage.over(&["--apply", "--quiet"]).code(), Some(3), "it is not read back");
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    stage.platform.world().clear_faults();
    let mut poll = stage.world.command(&["poll", "--all", "--config", "config.toml"]);
    poll.env("DRAFTKEEP_CLOCK", "2026-09-01T01:59:30Z");
    assert_ne!(stage.world.finish(poll).code(), Some(2));
    let run = stage.run(&["restore", "--undo", "1", "--apply"]);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().contains("so a plan must be shown first"), "{run}");
    assert_eq!(stage.articles(&media_id)[0].text("title"), "同事改的");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_plan_to_complete_a_restore_is_a_document_too() {
    let (stage, _) = spoilt().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45002)).after(1));
    assert_eq!(stage.over(&["--apply", "--quiet"]).code(), Some(3));
    let told = stage.run(&["restore", "--resume", "1", "--json"]).json();
    assert_eq!((&told["applied"], &told["plan"]["kind"]), (&false.into(), &"in place".into()), "{told:#}");
    assert_eq!(stage.updates(), 2, "nothing more was written");
}

#[tokio::test(flavor = "multi_thread")]
async fn plans_that_saw_different_content_are_told_apart_by_their_number() {
    let (stage, media_id) = spoilt().await;
    assert_eq!(stage.over(&["--quiet"]).code(), Some(0));
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    assert_eq!(stage.over(&["--quiet"]).code(), Some(0));
    assert_snapshot!(stage.over(&["--apply"]), @"
    ------- stderr -------
    Error: the draft was changed between plans of this restore: plan 1 goes over version 2, plan 2 goes over version 3
    Hint: Nothing was written. Show the plan again, and carry out the one it shows: draftkeep --config $TMP/config.toml restore mag/1@1 --in-place
    ------- exit 1 -------
    ");
    // The next day only what was shown since counts.
    let at = |time: &str, args: &[&str]| {
        let all = [&["restore", "#1@1", "--in-place", "--config", "config.toml"], args].concat();
        let mut command = stage.world.command(&all);
        command.env("DRAFTKEEP_CLOCK", time);
        stage.world.finish(command)
    };
    assert_eq!(at("2026-09-02T03:00:00Z", &["--quiet"]).code(), Some(0));
    assert_eq!(at("2026-09-02T03:01:00Z", &["--apply", "--quiet"]).code(), Some(0));
}

/// A plan to restore a version and a plan to undo a restore are different, even if both bring back the same version.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_to_take_a_restore_back_is_no_plan_to_restore() {
    let (stage, media_id) = spoilt().await;
    // Of version 2, which is what the undo brings back.
    assert_eq!(stage.run(&["restore", "#1@2", "--in-place"]).code(), Some(0));
    assert_eq!(stage.over(&["--apply"]).code(), Some(0));
    assert_eq!(stage.run(&["restore", "--undo", "1", "--plan", "1", "--apply"]).code(), Some(4));
    let run = stage.run(&["restore", "--undo", "1", "--apply"]);
    assert_eq!(run.code(), Some(0), "without a plan, what the restore left counts: {run}");
    assert_eq!(stage.articles(&media_id)[0].text("content"), "<p>空</p>");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_writes_after_a_half_done_restore_is_not_taken_back_with_it() {
    let (stage, media_id) = spoilt().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45002)).after(1));
    assert_eq!(stage.over(&["--apply", "--quiet"]).code(), Some(3));
    stage.edit(&media_id, |article| article.set("title", "同事改的"));
    let mut poll = stage.world.command(&["poll", "--config", "config.toml"]);
    poll.env("DRAFTKEEP_CLOCK", "2026-09-01T02:10:00Z");
    assert_eq!(stage.world.finish(poll).code(), Some(0));
    let run = stage.run(&["restore", "--undo", "1", "--apply"]);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().contains("draftkeep --config $TMP/config.toml restore --undo mag/1\n"), "{run}");
    assert_eq!(stage.articles(&media_id)[0].text("title"), "同事改的");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_number_of_articles_cannot_be_written_one_by_one() {
    let (stage, media_id) = spoilt().await;
    stage.platform.world().account(MAG).rearrange(&media_id, |articles| articles.truncate(2)).unwrap();
    stage.poll();
    assert_snapshot!(stage.over(&["--apply", "--quiet"]), @"
    ------- stderr -------
    Error: the version has 3 articles and the draft has 2 now, and the platform adds and removes none
    Hint: Nothing was written. As a new draft: draftkeep --config $TMP/config.toml restore mag/1@1 --as-new
    ------- exit 1 -------
    ");
    assert_eq!(stage.updates(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_left_the_box_can_come_back_as_a_new_one() {
    let (stage, media_id) = spoilt().await;
    stage.platform.world().account(MAG).delete(&media_id).unwrap();
    let run = stage.over(&["--apply", "--quiet"]);
    assert_snapshot!(stage.told(&run).replace(&media_id, "MEDIA_ID"), @"
    ------- stderr -------
    Error: the draft MEDIA_ID is not in the draft box
    Hint: It can come back as a new one: draftkeep --config $TMP/config.toml restore mag/1@1 --as-new
    ------- exit 4 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_an_article_is_refused_the_others_are_told() {
    let (stage, media_id) = spoilt().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45002)).after(1));
    let run = stage.over(&["--apply", "--quiet"]);
    assert_snapshot!(stage.told(&run), @"
    ------- stderr -------
    Error: 1 of 2 articles were written: draft/update: the platform refuses the content: content size out of limit (errcode 45002, rid RID)
    Hint: To write the others: draftkeep --config $TMP/config.toml restore --resume mag/1
    Hint: To take it back: draftkeep --config $TMP/config.toml restore --undo mag/1
    ------- exit 3 -------
    ");
    assert_eq!(stage.outcomes(), ["partly"]);
    stage.platform.world().clear_faults();
    assert_eq!(stage.run(&["restore", "--resume", "1", "--apply"]).code(), Some(0));
    assert_eq!(stage.outcomes(), ["done"]);
    assert!(stage.articles(&media_id)[2].text("content").contains("一件 99 元"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_draft_is_taken_back_only_while_nobody_worked_on_it() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    let made = stage.restore(&["--apply", "--json"]).json();
    let made = made["media_id"].as_str().unwrap().to_owned();
    stage.edit(&made, |article| article.set("title", "接着写"));
    assert_eq!(stage.run(&["restore", "--undo", "1", "--apply"]).code(), Some(1));
    assert_eq!(stage.box_of(MAG).len(), 2);

    let second = stage.restore(&["--apply", "--again", "--json"]).json();
    let id = second["restore"].to_string();
    assert_eq!(stage.run(&["restore", "--undo", &id]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 3, "a plan deletes nothing");
    assert_eq!(stage.run(&["restore", "--undo", &id, "--apply"]).code(), Some(0));
    assert_eq!(stage.box_of(MAG).len(), 2);
    assert_eq!(stage.run(&["verify"]).code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_in_part_is_taken_back_as_the_hint_says() {
    let (stage, media_id) = spoilt().await;
    stage.platform.world().add_fault(FaultRule::next(1, "draft/update", Fault::Code(45002)).after(1));
    assert_eq!(stage.over(&["--apply", "--quiet"]).code(), Some(3));
    let run = stage.run(&["restore", "--undo", "1", "--apply"]);
    assert_eq!(run.code(), Some(0), "{run}");
    assert_eq!(stage.articles(&media_id)[0].text("content"), "<p>空</p>");
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_of_an_article_that_is_left_alone_are_not_asked_for() {
    let stage = Stage::without_pictures().await;
    let covers = ["a", "b"].map(|_| stage.picture(MAG));
    let media_id = stage.draft(covers.iter().map(autumn).collect());
    stage.edit(&media_id, |article| article.set("content", "<p>空</p>"));
    stage.poll();
    stage.platform.world().behavior.deleted_covers_vanish = false;
    stage.platform.world().account(MAG).delete_material(&covers[1].0);
    let run = stage.over(&["--apply"]);
    assert_eq!(run.code(), Some(0), "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_was_cut_off_is_completed() {
    for (fault, way) in [(Fault::Timeout, "--undo"), (Fault::TimeoutAfterEffect, "--resume")] {
        let stage = Stage::new().await;
        stage.draft(vec![autumn(&stage.picture(MAG))]);
        assert_eq!(stage.restore(&["--apply"]).code(), Some(0));
        stage.platform.world().add_fault(FaultRule::next(1, "draft/delete", fault.clone()));
        let mut command = stage.world.command(&["restore", "--undo", "1", "--apply", "--config", "config.toml"]);
        let mut child = command.spawn().unwrap();
        while stage.platform.world().request_log.calls("draft/delete") == 0 {
            assert!(child.try_wait().unwrap().is_none(), "it ended before draft/delete was called");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        stage.platform.world().clear_faults();
        let id = if way == "--undo" { "1" } else { "2" };
        let run = stage.run(&["restore", way, id, "--apply"]);
        assert_eq!(run.code(), Some(0), "{fault:?}: {run}");
        assert_eq!(stage.box_of(MAG).len(), 1, "{fault:?}");
        assert!(stage.outcomes().iter().all(|outcome| outcome != "begun"), "{:?}", stage.outcomes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_draft_that_was_never_read_back_is_not_deleted() {
    let stage = Stage::new().await;
    stage.draft(vec![autumn(&stage.picture(MAG))]);
    stage.platform.world().add_fault(FaultRule::next(1, "draft/get", Fault::Code(45009)));
    assert_eq!(stage.restore(&["--apply"]).code(), Some(3));
    assert_eq!(stage.outcomes(), ["done"]);
    let run = stage.run(&["restore", "--undo", "1", "--apply"]);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().contains("was never read back"), "{run}");
    assert_eq!(stage.box_of(MAG).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_colleague_writes_while_pictures_are_uploaded_is_not_gone_over() {
    let (stage, media_id) = spoilt().await;
    let cover = stage.articles(&media_id)[0].text("thumb_media_id").to_owned();
    stage.platform.world().behavior.deleted_covers_vanish = false;
    stage.platform.world().account(MAG).delete_material(&cover);
    let colleagues = media_id.clone();
    stage.platform.world().after_next_call("material/add_material", move |world| {
        world.account(MAG).edit(&colleagues, 1, |article| article.set("title", "正在改")).unwrap();
    });
    assert_eq!(stage.over(&["--apply"]).code(), Some(1));
    assert_eq!((stage.updates(), stage.outcomes()), (0, vec!["failed".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_vanishes_between_two_articles_is_told() {
    let (stage, media_id) = spoilt().await;
    let gone = media_id.clone();
    stage.platform.world().after_next_call("draft/update", move |world| world.account(MAG).delete(&gone).unwrap());
    let run = stage.over(&["--apply", "--quiet"]);
    assert_eq!((run.code(), stage.outcomes()), (Some(3), vec!["partly".to_owned()]), "{run}");
    let back = stage.run(&["restore", "#1@1", "--as-new", "--apply", "--quiet"]);
    assert_eq!(back.code(), Some(0), "what it said is kept: {back}");
}
