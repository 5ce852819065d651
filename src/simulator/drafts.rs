//! `draft/*`: the draft box as a program sees it (官方文档 "草稿管理").

use std::cmp::Reverse;

use serde_json::{Map, Value, json};

use super::account::{Account, Draft};
use super::account_handle::AccountHandle;
use super::article::Article;
use super::behavior::{ArticleTypeVisibility, Behavior, Order};
use super::endpoint::{Input, Reply};
use super::ids;
use super::random::Random;
use super::refusal::Refusal;
use super::validate_article::{self, validate_article};

pub(super) fn get(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = account.state.position(input.text("media_id"), account.now)?;
    let shows_type = account.behavior.article_type == ArticleTypeVisibility::Both;
    let draft = &account.state.drafts[position];
    Ok(Reply::Data(DraftView { shows_type, shows_content: true, omits: &account.behavior.get_omits }.draft(
        draft,
        &account.state.appid,
        account.random,
    )))
}

pub(super) fn batchget(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let order = in_order(account.state, account.behavior, account.now);
    let page = input.page(order.len())?;
    let shows_type = account.behavior.article_type != ArticleTypeVisibility::Nowhere;
    let shows_content = input.number("no_content") != Some(1);
    let view = DraftView { shows_type, shows_content, omits: &account.behavior.batchget_omits };
    let entry = |position: &usize| {
        let draft = &account.state.drafts[*position];
        let replacement = account.behavior.nameless.iter().find(|(nameless, _)| *nameless == draft.media_id);
        json!({
            "media_id": replacement.map_or_else(|| draft.media_id.clone().into(), |(_, value)| value.clone()),
            "content": view.draft(draft, &account.state.appid, account.random),
            "update_time": draft.update_time,
        })
    };
    let entries: Vec<Value> = order[page].iter().map(entry).collect();
    let is_omitted = entries.is_empty() && account.behavior.omits_empty_list;
    if shows_content && account.behavior.most_with_content.is_some_and(|most| entries.len() > most) {
        return Ok(Reply::Oversize);
    }
    let mut reply = Reply::list(order.len() + account.behavior.total_ahead, entries);
    if let (Reply::Data(answer), true) = (&mut reply, is_omitted) {
        answer["item"].take();
    }
    Ok(reply)
}

pub(super) fn count(account: &mut AccountHandle<'_>, _: &Input<'_>) -> Result<Reply, Refusal> {
    let total = in_order(account.state, account.behavior, account.now).len();
    Ok(Reply::Data(json!({"total_count": total})))
}

/// Creates a draft. A repeated request creates a second draft.
pub(super) fn add(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let sent =
        input.json["articles"].as_array().filter(|articles| !articles.is_empty()).ok_or_else(|| Refusal::of(44003))?;
    if sent.len() > validate_article::ARTICLES {
        return Err(Refusal::of(45008));
    }
    let articles = sent
        .iter()
        .map(|article| validate_article(account, article, sent.len() == 1))
        .collect::<Result<Vec<_>, _>>()?;
    let media_id = account.state.next_media_id(account.random);
    let mut draft = Draft::new(media_id.clone(), articles, account.now);
    draft.visible_from += account.behavior.visible_after;
    account.state.drafts.push(draft);
    let mut answer = json!({"media_id": media_id});
    if account.json_style.unexplained_item {
        answer["item"] = json!([]);
    }
    Ok(Reply::Data(answer))
}

/// Replaces one whole article; the number of articles stays.
pub(super) fn update(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = account.state.position(input.text("media_id"), account.now)?;
    let sent = &input.json["articles"];
    if !sent.is_object() {
        return Err(Refusal::of(47001));
    }
    let count = account.state.drafts[position].articles.len();
    let index = usize::try_from(input.number("index").unwrap_or(0)).ok().filter(|index| *index < count);
    let index = index.ok_or_else(|| Refusal::of(40114))?;
    if !validate_article::is_complete(sent) {
        return Err(Refusal::of(40007));
    }
    let article = validate_article(account, sent, count == 1)?;
    if account.behavior.ignores_updates {
        return Ok(Reply::ok());
    }
    let draft = &mut account.state.drafts[position];
    draft.articles[index] = article;
    draft.update_time = account.now;
    Ok(Reply::ok())
}

pub(super) fn delete(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = account.state.position(input.text("media_id"), account.now)?;
    account.state.drafts.remove(position);
    Ok(Reply::ok())
}

/// Left over from the beta: always on.
pub(super) fn switch(_: &mut AccountHandle<'_>, _: &Input<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::Data(json!({"errcode": 0, "errmsg": "ok", "is_open": 1})))
}

/// Returns the positions of the drafts that the list shows, newest first.
fn in_order(account: &Account, behavior: &Behavior, now: i64) -> Vec<usize> {
    let is_listed = |draft: &Draft| draft.visible_from <= now && !behavior.unlisted.contains(&draft.media_id);
    let mut positions: Vec<usize> = (0..account.drafts.len()).filter(|at| is_listed(&account.drafts[*at])).collect();
    positions.sort_by_key(|position| {
        let draft = &account.drafts[*position];
        Reverse((if behavior.order == Order::Created { draft.create_time } else { draft.update_time }, *position))
    });
    positions
}

/// What a response shows of a draft.
#[derive(Clone, Copy)]
pub(super) struct DraftView<'r> {
    pub shows_type: bool,
    pub shows_content: bool,
    /// Fields that are left out.
    pub omits: &'r [String],
}

impl DraftView<'_> {
    fn draft(self, draft: &Draft, appid: &str, random: &mut Random) -> Value {
        let articles: Vec<Value> =
            draft.articles.iter().map(|article| self.article(article, temporary_link(appid, random))).collect();
        json!({"news_item": articles, "create_time": draft.create_time, "update_time": draft.update_time})
    }

    pub(super) fn article(self, article: &Article, link: String) -> Value {
        let is_shown = |field: &str| match field {
            "article_type" => self.shows_type,
            "content" => self.shows_content,
            _ => !self.omits.iter().any(|omitted| omitted == field),
        };
        let fields = article.0.iter().filter(|(field, _)| is_shown(field));
        let mut fields: Map<String, Value> = fields.map(|(field, value)| (field.clone(), value.clone())).collect();
        fields.insert("url".to_owned(), link.into());
        Value::Object(fields)
    }
}

/// Returns a preview link. Its `tempkey` changes with every read; decoded, it begins with `1402_`.
fn temporary_link(appid: &str, random: &mut Random) -> String {
    let (biz, key, sum) = (ids::biz(appid), random.text(58).replace(['-', '_'], "%2B"), random.hex(64));
    format!("http://mp.weixin.qq.com/s?__biz={biz}&tempkey=MTQwMl9{key}%3D%3D&chksm={sum}#rd")
}
