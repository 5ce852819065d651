//! Random edits as people make them in a draft box, for tests and the demo.

use std::cmp::Reverse;
use std::fmt;

use super::account::Draft;
use super::account_handle::AccountHandle;
use super::article::Article;
use super::random::Random;
use super::sample_drafts::{figure, paragraph};

/// With fewer drafts than this, none is published or deleted.
const FEW: usize = 4;

/// With more drafts than this, none is created.
const MANY: usize = 40;

/// Why an operation on a picked draft cannot fail.
const PICKED: &str = "the draft was just picked from the box";

/// An edit that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditEvent {
    /// The draft that was edited.
    pub media_id: String,
    /// Of the draft's first article, before the edit.
    pub title: String,
    /// What was done.
    pub kind: EditKind,
}

/// Kinds of edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditKind {
    /// Replaced a word in the body.
    FixedTypo,
    /// Added a paragraph to the body.
    AddedParagraph,
    /// Changed the title to this one.
    ChangedTitle(String),
    /// Replaced a picture in the body.
    ReplacedPicture,
    /// Cropped the cover.
    CroppedCover,
    /// Created the draft.
    Started,
    /// Published the draft.
    Published {
        /// Whether its followers were notified.
        notified: bool,
    },
    /// Deleted the draft.
    Deleted,
}

/// Text for people.
impl fmt::Display for EditEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = if self.title.is_empty() { "(no title)" } else { &self.title };
        match &self.kind {
            EditKind::FixedTypo => write!(f, "edited 「{title}」: fixed a typo"),
            EditKind::AddedParagraph => write!(f, "edited 「{title}」: added a paragraph"),
            EditKind::ChangedTitle(new) => write!(f, "edited 「{title}」: changed the title to 「{new}」"),
            EditKind::ReplacedPicture => write!(f, "edited 「{title}」: replaced a picture"),
            EditKind::CroppedCover => write!(f, "edited 「{title}」: cropped the cover"),
            EditKind::Started => write!(f, "started 「{title}」"),
            EditKind::Published { notified: true } => write!(f, "published 「{title}」 with a notification"),
            EditKind::Published { notified: false } => write!(f, "published 「{title}」"),
            EditKind::Deleted => write!(f, "deleted 「{title}」"),
        }
    }
}

/// Makes a random edit in the draft box of an account. Every edit that does not remove the draft changes its content.
pub fn random_edit(account: &mut AccountHandle<'_>, random: &mut Random) -> EditEvent {
    let drafts = account.drafts().len();
    match random.below(100) {
        0..10 if drafts < MANY => start(account, random),
        10..14 if drafts >= FEW => publish(account, random),
        14..17 if drafts >= FEW => delete(account, random),
        _ if drafts == 0 => start(account, random),
        17..27 => crop(account, random),
        27..38 => edit(account, random, replace_picture),
        38..48 => edit(account, random, |_, article, random| retitle(article, random)),
        48..74 => edit(account, random, |_, article, random| fix_typo(article, random)),
        _ => edit(account, random, |_, article, random| add_paragraph(article, random)),
    }
}

fn start(account: &mut AccountHandle<'_>, random: &mut Random) -> EditEvent {
    let (title, text) = *random.pick(STARTS);
    let media_id = account.create(vec![Article::news(title, &paragraph(text)).with("author", *random.pick(AUTHORS))]);
    EditEvent { media_id, title: title.to_owned(), kind: EditKind::Started }
}

fn publish(account: &mut AccountHandle<'_>, random: &mut Random) -> EditEvent {
    let (draft, notified) = (random.pick(account.drafts()).clone(), random.chance(0.5));
    account.publish(&draft.media_id, notified).expect(PICKED);
    EditEvent { title: draft.title().to_owned(), media_id: draft.media_id, kind: EditKind::Published { notified } }
}

fn delete(account: &mut AccountHandle<'_>, random: &mut Random) -> EditEvent {
    let draft = random.pick(account.drafts()).clone();
    account.delete(&draft.media_id).expect(PICKED);
    EditEvent { title: draft.title().to_owned(), media_id: draft.media_id, kind: EditKind::Deleted }
}

fn crop(account: &mut AccountHandle<'_>, random: &mut Random) -> EditEvent {
    let (draft, index) = pick(account, random);
    account.crop_cover(&draft.media_id, index).expect(PICKED);
    EditEvent { title: draft.title().to_owned(), media_id: draft.media_id, kind: EditKind::CroppedCover }
}

/// Changes one article and saves it.
fn edit(
    account: &mut AccountHandle<'_>,
    random: &mut Random,
    change: fn(&mut AccountHandle<'_>, &mut Article, &mut Random) -> EditKind,
) -> EditEvent {
    let (draft, index) = pick(account, random);
    let mut article = draft.articles[index].clone();
    let kind = change(account, &mut article, random);
    account.edit(&draft.media_id, index, |old| *old = article).expect(PICKED);
    EditEvent { title: draft.title().to_owned(), media_id: draft.media_id, kind }
}

/// Picks a draft, most likely a recently saved one, and one of its articles.
fn pick(account: &AccountHandle<'_>, random: &mut Random) -> (Draft, usize) {
    let mut drafts: Vec<&Draft> = account.drafts().iter().collect();
    drafts.sort_by_key(|draft| Reverse(draft.update_time));
    let lately = if random.chance(0.7) { drafts.len().min(3) } else { drafts.len() };
    let draft = drafts[random.below(lately)].clone();
    let index = random.below(draft.articles.len());
    (draft, index)
}

/// Adds a suffix to the title, or removes it.
fn retitle(article: &mut Article, random: &mut Random) -> EditKind {
    let title = article.text("title");
    let title = match SUFFIXES.iter().find_map(|suffix| title.strip_suffix(suffix)) {
        _ if title.is_empty() => random.pick(STARTS).0.to_owned(),
        Some(bare) => bare.to_owned(),
        None => format!("{title}{}", random.pick(SUFFIXES)),
    };
    article.set("title", title.as_str());
    EditKind::ChangedTitle(title)
}

/// Replaces one word by a similar one.
fn fix_typo(article: &mut Article, random: &mut Random) -> EditKind {
    let content = article.text("content").to_owned();
    let found: Vec<_> = TYPOS.iter().filter(|(wrong, _)| content.contains(wrong)).collect();
    if found.is_empty() {
        return add_paragraph(article, random);
    }
    let (wrong, right) = random.pick(&found);
    let places: Vec<usize> = content.match_indices(wrong).map(|(place, _)| place).collect();
    let place = *random.pick(&places);
    article.set("content", format!("{}{right}{}", &content[..place], &content[place + wrong.len()..]));
    EditKind::FixedTypo
}

fn add_paragraph(article: &mut Article, random: &mut Random) -> EditKind {
    const END: &str = "</p>";
    let content = article.text("content").to_owned();
    let sentence = random.pick(SENTENCES);
    let ends: Vec<usize> = content.match_indices(END).map(|(place, _)| place + END.len()).collect();
    let is_plain_text = article.is_newspic() || (!content.contains('<') && !content.is_empty());
    let added = if is_plain_text {
        format!("{content}\n{sentence}")
    } else {
        let place = if ends.is_empty() { content.len() } else { *random.pick(&ends) };
        format!("{}{}{}", &content[..place], paragraph(sentence), &content[place..])
    };
    article.set("content", added);
    EditKind::AddedParagraph
}

/// Replaces a picture; an article without pictures gets one.
fn replace_picture(account: &mut AccountHandle<'_>, article: &mut Article, random: &mut Random) -> EditKind {
    const HOST: &str = "mmbiz.qpic.cn/";
    if article.is_newspic() {
        return replace_picture_of_newspic(account, article, random);
    }
    let content = article.text("content").to_owned();
    let fresh = account.new_picture();
    let id = |address: &str| address.split('/').nth(1).filter(|id| id.len() > 20).map(ToOwned::to_owned);
    let ids: Vec<String> = content.split(HOST).skip(1).filter_map(id).collect();
    let replaced = match fresh.split(HOST).nth(1).and_then(id) {
        Some(new) if !ids.is_empty() => content.replacen(random.pick(&ids).as_str(), &new, 1),
        _ => content + &figure(&fresh, "配图"),
    };
    article.set("content", replaced);
    EditKind::ReplacedPicture
}

fn replace_picture_of_newspic(account: &mut AccountHandle<'_>, article: &mut Article, random: &mut Random) -> EditKind {
    let mut info = article.get("image_info").cloned().unwrap_or_default();
    let list = info["image_list"].as_array_mut().filter(|list| !list.is_empty());
    let Some(list) = list else { return add_paragraph(article, random) };
    let (media_id, url) = account.add_picture("replaced.jpg");
    let place = random.below(list.len());
    let (field, value) =
        if list[place]["cdn_url"].is_string() { ("cdn_url", url) } else { ("image_media_id", media_id) };
    list[place][field] = value.into();
    article.set("image_info", info);
    EditKind::ReplacedPicture
}

const AUTHORS: &[&str] = &["林晚", "周也", "沈屿", "巷口编辑部"];

const SUFFIXES: &[&str] = &["｜城事", "｜巷口专栏", "（修订稿）", "，以及一些旧事", "｜特写"];

/// Words and their replacements.
const TYPOS: &[(&str, &str)] = &[
    ("的时候", "时"),
    ("做的", "作的"),
    ("一样", "一般"),
    ("从来没有", "从未"),
    ("已经", "早已"),
    ("然后", "随后"),
    ("看见", "望见"),
    ("慢慢", "渐渐"),
    ("，因为", "——因为"),
    ("最后", "末了"),
    ("早晨", "清晨"),
    ("大约", "约莫"),
    ("我们", "编辑部"),
    ("免费", "不收费"),
    ("。", "……"),
    ("，", "；"),
];

/// Titles and first paragraphs of new drafts.
const STARTS: &[(&str, &str)] = &[
    ("理发店搬家的那一天", "镜子是最后搬走的。搬之前，每个人都照了一下。"),
    ("冬至：谁在晾腊肉", "北风一起，二楼以上的阳台就有了颜色。"),
    ("桥洞里的第五只石狮子", "退水那天，我们租了一条小船。"),
    ("城市声音档案：雨棚", "同一场雨，落在铁皮上是一种声音，落在石棉瓦上是另一种。"),
    ("码头工人的午饭", "十一点四十，吊车停下来，饭盒打开。"),
    ("旧书市集漏掉的书", "收摊的时候，剩下的总是同一类书。"),
    ("一个人的公交线路", "末班车上，司机和我。他说这条线下个月就要并掉了。"),
    ("糖坊巷小学的最后一堂手工课", "老师带来了一捆竹篾，和一个没有做完的灯笼。"),
];

/// Paragraphs to add.
const SENTENCES: &[&str] = &[
    "补记：发稿前一天我们又去了一次，门口多了一把竹椅。",
    "他没有回答，只是把窗户推开了一点。",
    "这个数字后来被证实是错的，但大家已经习惯了那个说法。",
    "天色暗下来的时候，第一盏灯在河对岸亮了。",
    "“你们写的时候别写我的名字，”她说，“写巷口那个卖馄饨的就行。”",
    "据一九七八年的街道档案，这里原先有三口井。",
    "照片洗出来以后，我们才发现角落里还站着一个人。",
    "本文部分口述由街道志愿者整理，谨致谢意。",
    "雨又下了起来，和刚才那一场没有什么不同。",
    "如果你也有关于这条巷子的故事，请寄到编辑部。",
];

#[cfg(test)]
mod tests {
    use super::super::{Account, World};
    use super::*;

    const APPID: &str = "wx5b1c2d3e4f607182";

    fn magazine() -> World {
        let mut world = World::new(vec![Account::new(APPID, "secret")], 1);
        world.set_now(1_790_000_000);
        world.account(APPID).load_sample_drafts();
        world
    }

    #[test]
    fn every_edit_changes_the_box() {
        let (mut world, mut random) = (magazine(), Random::new(7));
        for _ in 0..2000 {
            world.advance(60);
            let mut account = world.account(APPID);
            let before = account.drafts().to_vec();
            let event = random_edit(&mut account, &mut random);
            let [old, new] =
                [&before, account.drafts()].map(|drafts| drafts.iter().find(|draft| draft.media_id == event.media_id));
            match (&event.kind, old, new) {
                (EditKind::Started, None, Some(_))
                | (EditKind::Published { .. } | EditKind::Deleted, Some(_), None) => {}
                (_, Some(old), Some(new)) => {
                    assert!(old.articles != new.articles && old.update_time < new.update_time, "{event}");
                }
                other => panic!("{event}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_same_seed_makes_the_same_edits() {
        let story = || {
            let (mut world, mut random) = (magazine(), Random::new(3));
            (0..50).map(|_| random_edit(&mut world.account(APPID), &mut random).to_string()).collect::<Vec<_>>()
        };
        assert_eq!(story(), story());
    }

    #[test]
    fn every_kind_of_edit_is_made() {
        let (mut world, mut random) = (magazine(), Random::new(5));
        let edits: Vec<String> =
            (0..500).map(|_| random_edit(&mut world.account(APPID), &mut random).to_string()).collect();
        for word in
            ["typo", "paragraph", "title to", "picture", "cover", "started", "published", "notification", "deleted"]
        {
            assert!(edits.iter().any(|event| event.contains(word)), "{word}");
        }
    }
}
