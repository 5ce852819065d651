//! What people do in the web editor.

use draftkeep::simulator::edits::{EditKind, random_edit};
use draftkeep::simulator::{AccountHandle, Article, Random, World as Platform};

use crate::steps::Edit;
use crate::truth::{Key, Truth, Within};

/// Makes an edit. Where the box is empty, a draft is created.
pub(crate) fn edit(truth: &mut Truth, place: usize, account: &mut AccountHandle<'_>, edit: Edit, seed: u64) {
    let mut random = Random::new(seed);
    let drafts: Vec<String> = account.drafts().iter().map(|draft| draft.media_id.clone()).collect();
    let key = |media_id: &str| -> Key { (place, media_id.to_owned()) };
    if drafts.is_empty() || matches!(edit, Edit::Create) {
        let article = article(&truth.covers[place], &mut random);
        account.create(vec![article]);
        return;
    }
    let media_id = random.pick(&drafts).clone();
    let articles = account.draft(&media_id).map_or(0, |draft| draft.articles.len());
    let index = random.below(articles);
    let done = match edit {
        Edit::Usual => {
            let event = random_edit(account, &mut random);
            if let EditKind::Published { notified } = event.kind {
                truth.publish(key(&event.media_id), notified);
            }
            Ok(())
        }
        Edit::Create => Ok(()),
        Edit::Empty => account.edit(&media_id, index, |article| article.set("content", "")),
        Edit::Rename => {
            let title = format!("第{}稿", random.below(1000));
            account.edit(&media_id, index, |article| article.set("title", title))
        }
        Edit::Rearrange => {
            let new = article(&truth.covers[place], &mut random);
            account.rearrange(&media_id, |articles| rearrange(articles, new, &mut random))
        }
        Edit::Resave => account.save(&media_id),
        Edit::Revert => {
            let before = truth.drafts.get(&key(&media_id)).map(|history| random.pick(&history.states).articles.clone());
            account.rearrange(&media_id, |articles| *articles = before.unwrap_or(articles.clone()))
        }
        Edit::Publish => {
            let notified = random.chance(0.5);
            truth.publish(key(&media_id), notified);
            account.publish(&media_id, notified)
        }
        Edit::Delete => account.delete(&media_id),
    };
    done.expect("the draft was just picked from the box");
}

/// Edits a draft of an account while the program works, and notes what it says before and after. Returns whether there was one.
pub(crate) fn edit_within(platform: &mut Platform, place: usize, within: &Within, seed: u64) -> bool {
    let appid = platform.appids().swap_remove(place);
    let mut account = platform.account(&appid);
    let drafts: Vec<String> = account.drafts().iter().map(|draft| draft.media_id.clone()).collect();
    let Some(media_id) = drafts.get(Random::new(seed).below(drafts.len())) else { return false };
    let note = |account: &AccountHandle<'_>| {
        let articles = account.draft(media_id).expect("a draft of the box").articles.clone();
        within.lock().expect("no thread panics with it").push(((place, media_id.clone()), articles));
    };
    note(&account);
    account.edit(media_id, 0, |article| article.set("digest", format!("{seed:x}"))).expect("a draft of the box");
    note(&account);
    true
}

fn rearrange(articles: &mut Vec<Article>, new: Article, random: &mut Random) {
    match random.below(3) {
        0 if articles.len() > 1 => drop(articles.remove(0)),
        1 if articles.len() > 1 => articles.rotate_left(1),
        _ if articles.len() < 8 => articles.push(new),
        _ => {}
    }
}

fn article((cover, url): &(String, String), random: &mut Random) -> Article {
    let (title, text) = (random.below(1000), random.text(20));
    let article = Article::news(&format!("第{title}篇"), &format!("<p>正文 {text}</p>"));
    article.with("thumb_media_id", cover.as_str()).with("thumb_url", url.as_str())
}

/// Fills a box with what was there before, and returns a cover of the account's library.
pub(crate) fn fill(account: &mut AccountHandle<'_>, random: &mut Random) -> (String, String) {
    let cover = account.add_picture("cover.jpg");
    let count = match random.below(5) {
        0 => 0,
        1 => {
            account.load_sample_drafts();
            0
        }
        2 => 21 + random.below(25),
        _ => 1 + random.below(8),
    };
    for _ in 0..count {
        account.create(vec![article(&cover, random)]);
    }
    cover
}
