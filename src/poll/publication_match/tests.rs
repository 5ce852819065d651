use DraftState::{Deleted, Gone, Missing};

use super::*;
use crate::model::{ArticleType, MediaId};

fn at(minute: i64) -> Timestamp {
    "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minute)
}

fn article(title: &str) -> Article {
    Article {
        position: 0,
        article_type: ArticleType::News,
        title: title.to_owned(),
        author: String::new(),
        digest: String::new(),
        content_source_url: String::new(),
        cover: String::new(),
        content: String::new(),
    }
}

/// A finished draft that was seen at a minute and missed five minutes later.
fn draft(titles: &[&str], last_seen: i64) -> MissingDraftContent {
    MissingDraftContent {
        media_id: MediaId::new(format!("D{last_seen}")),
        state: Missing,
        last_seen: at(last_seen),
        missing_since: Some(at(last_seen + 5)),
        saved: Some(at(-60).timestamp()),
        articles: titles.iter().map(|title| article(title)).collect(),
        is_publishable: true,
    }
}

fn unfinished(draft: MissingDraftContent) -> MissingDraftContent {
    MissingDraftContent { is_publishable: false, ..draft }
}

fn message(titles: &[&str], minute: i64) -> PublishedMessage {
    let article = |title: &&str| PublishedArticle { title: (*title).to_owned(), ..PublishedArticle::default() };
    PublishedMessage {
        article_id: format!("A{minute}"),
        articles: titles.iter().map(article).collect(),
        update_time: Some(at(minute).timestamp()),
    }
}

fn listed(messages: &[PublishedMessage]) -> PublishedWindow {
    PublishedWindow { messages: messages.to_vec(), is_complete: true, clocks_agree: true }
}

fn causes(departed: &[MissingDraftContent], messages: &[PublishedMessage]) -> Vec<DraftState> {
    infer_departures(departed, &listed(messages), at(10))
}

fn is_published(draft: &MissingDraftContent, message: &PublishedMessage) -> bool {
    causes(std::slice::from_ref(draft), std::slice::from_ref(message)) == [DraftState::Published]
}

#[test]
fn a_message_of_the_same_titles_in_the_same_order_tells_that_a_draft_was_published() {
    assert!(is_published(&draft(&["一", "二"], 0), &message(&["一", " 二 "], 3)));
    for other in [&["一"][..], &["二", "一"], &["一", "二", "三"], &["一", "三"], &[]] {
        assert_eq!(causes(&[draft(&["一", "二"], 0)], &[message(other, 3)]), [Gone], "{other:?}");
    }
    assert_eq!(causes(&[draft(&[""], 0)], &[message(&[""], 3)]), [Gone], "no title is no evidence");
    assert_eq!(causes(&[draft(&[], 0)], &[message(&[], 3)]), [Gone], "what it said is not known");
}

#[test]
fn what_both_tell_must_not_contradict() {
    type Fill = fn(&mut Article, &mut PublishedArticle);
    let table: [(bool, Fill); 10] = [
        (true, |draft, _| draft.author = "林".to_owned()),
        (true, |draft, message| [draft.author, message.author] = ["林", "林"].map(str::to_owned)),
        (false, |draft, message| [draft.author, message.author] = ["林", "周"].map(str::to_owned)),
        (false, |draft, message| {
            [draft.content_source_url, message.content_source_url] =
                ["https://a.cn", "https://b.cn"].map(str::to_owned);
        }),
        (true, |draft, message| {
            draft.cover = "https://mmbiz.qpic.cn/mmbiz_jpg/Ab/0?wx_fmt=jpeg".to_owned();
            message.thumb_url = "http://mmbiz.qpic.cn/sz_mmbiz_jpg/Ab/640".to_owned();
            message.thumb_media_id = "M".to_owned();
        }),
        (false, |draft, message| {
            draft.cover = "https://mmbiz.qpic.cn/mmbiz_jpg/Ab/0".to_owned();
            message.thumb_url = "https://mmbiz.qpic.cn/mmbiz_jpg/Cd/0".to_owned();
        }),
        (true, |draft, message| [draft.cover, message.thumb_media_id] = ["M", "M"].map(str::to_owned)),
        (false, |draft, message| [draft.cover, message.thumb_media_id] = ["M", "N"].map(str::to_owned)),
        (true, |draft, message| {
            draft.cover = "M".to_owned();
            message.thumb_url = "https://mmbiz.qpic.cn/mmbiz_jpg/Cd/0".to_owned();
        }),
        (true, |_, message| message.thumb_media_id = "M".to_owned()),
    ];
    for (place, (expected, fill)) in table.into_iter().enumerate() {
        let (mut draft, mut message) = (draft(&["一"], 0), message(&["一"], 3));
        fill(&mut draft.articles[0], &mut message.articles[0]);
        assert_eq!(is_published(&draft, &message), expected, "row {place}");
    }
}

#[test]
fn the_time_must_fit() {
    let draft = draft(&["一"], 0);
    for (minute, fits) in [(-61, false), (-60, true), (0, true), (5, true), (65, true), (66, false)] {
        assert_eq!(is_published(&draft, &message(&["一"], minute)), fits, "{minute}");
    }
    let timeless = PublishedMessage { update_time: None, ..message(&["一"], 3) };
    assert!(!is_published(&draft, &timeless));
    let saved = |minute: i64| MissingDraftContent { saved: Some(at(minute).timestamp()), ..draft.clone() };
    assert!(!is_published(&saved(-1), &message(&["一"], -2)), "it was written later");
    assert!(is_published(&saved(-1), &message(&["一"], -1)));
    assert!(is_published(&saved(-9_000), &message(&["一"], -9_000)), "the time of the last save may stay");
    assert!(is_published(&MissingDraftContent { saved: None, ..draft.clone() }, &message(&["一"], 3)));
}

#[test]
fn a_message_is_one_draft_and_the_nearest_in_time_has_it() {
    let (early, late) = (draft(&["一"], 0), draft(&["一"], 20));
    for (minute, expected) in [(3, [DraftState::Published, Gone]), (23, [Gone, DraftState::Published])] {
        assert_eq!(causes(&[early.clone(), late.clone()], &[message(&["一"], minute)]), expected);
    }
    let both = [message(&["一"], 23), message(&["一"], 3)];
    assert_eq!(causes(&[early.clone(), late.clone()], &both), [DraftState::Published; 2]);
    let first_missed = MissingDraftContent { missing_since: None, ..draft(&["一"], 9) };
    let expected = [Gone, DraftState::Published];
    assert_eq!(causes(&[early.clone(), first_missed], &[message(&["一"], 10)]), expected, "it competes as well");
    let before = MissingDraftContent { state: DraftState::Published, ..early };
    assert_eq!(causes(&[draft(&["一"], 6), before], &[message(&["一"], 7)]), expected, "it is spoken for");
}

#[test]
fn of_two_drafts_that_a_message_fits_equally_nobody_knows_which_it_was() {
    let twins = [draft(&["一"], 0), unfinished(draft(&["一"], 0))];
    assert_eq!(causes(&twins, &[message(&["一"], 3)]), [Gone; 2]);
    assert_eq!(causes(&twins, &[message(&["一"], 3), message(&["一"], 4)]), [DraftState::Published; 2]);
    let before = MissingDraftContent { state: DraftState::Published, ..draft(&["一"], 0) };
    assert_eq!(causes(&[before, draft(&["一"], 0)], &[message(&["一"], 3)]), [DraftState::Published, Gone]);
}

#[test]
fn only_what_could_not_be_published_was_deleted() {
    let other = message(&["二"], -90);
    let one = unfinished(draft(&["一"], 0));
    let all = std::slice::from_ref(&one);
    assert_eq!(causes(all, std::slice::from_ref(&other)), [Deleted]);
    assert_eq!(causes(all, &[message(&["二"], 3)]), [Gone], "somebody may have finished it under another title");
    assert_eq!(causes(&[one.clone(), draft(&["二"], 0)], &[message(&["二"], 3)]), [Deleted, DraftState::Published]);
    assert_eq!(causes(&[draft(&["一"], 0)], std::slice::from_ref(&other)), [Gone], "it may have been mass-sent");
    let cut_short = PublishedWindow { is_complete: false, ..listed(&[other]) };
    assert_eq!(infer_departures(all, &cut_short, at(10)), [Gone], "not all that was published is known");
    let other_clock = PublishedWindow { clocks_agree: false, ..listed(&[]) };
    assert_eq!(infer_departures(all, &other_clock, at(10)), [Gone], "times of the platform say nothing");
    let timeless = PublishedMessage { update_time: None, ..message(&["一"], 3) };
    assert_eq!(causes(all, &[timeless]), [Gone], "it may be this message");
    assert_eq!(causes(all, &[message(&["一"], 3)]), [DraftState::Published], "somebody finished it");
    let unwatched = MissingDraftContent { missing_since: Some(at(16)), ..one };
    assert_eq!(causes(&[unwatched], &[]), [Gone], "somebody may have finished it");
}

#[test]
fn across_a_clock_that_was_set_nothing_was_deleted() {
    let one = unfinished(draft(&["一"], 0));
    let cause = |draft: &MissingDraftContent, messages: &[PublishedMessage], now: i64| {
        infer_departures(std::slice::from_ref(draft), &listed(messages), at(now))[0]
    };
    assert_eq!(cause(&one, &[], 300), Deleted);
    assert_eq!(cause(&one, &[message(&["二"], 298)], 300), Gone, "it may have been set forward since");
    assert_eq!(cause(&one, &[], 4), Gone, "it was set back after the draft was missed");
    let missed_before = MissingDraftContent { missing_since: Some(at(-1)), ..one };
    assert_eq!(cause(&missed_before, &[], 10), Gone, "it was set back before");
}
