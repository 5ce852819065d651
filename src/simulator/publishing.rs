//! `freepublish/*`: publishing, and the list of what was published (官方文档 "发布能力").

use serde_json::{Value, json};

use super::account::{Draft, Job, JobState, Profile, Published};
use super::desk::{Desk, Input, Reply};
use super::drafts::Reading;
use super::names;
use super::refusal::Refusal;

/// Ids of jobs go on from here; they do not fit into 31 bits.
const FIRST_JOB: i64 = 2_247_500_123;

/// Starts a job; the draft leaves the box when it is done.
pub(super) fn submit(desk: &mut Desk<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let media_id = input.text("media_id").to_owned();
    desk.account.position(&media_id, desk.now)?;
    let publish_id = FIRST_JOB + desk.account.jobs.len() as i64;
    let done_at = desk.now + desk.rules.publishing_takes;
    desk.account.jobs.push(Job { publish_id, media_id, done_at, state: JobState::Running });
    Ok(Reply::Data(
        json!({"errcode": 0, "errmsg": "ok", "publish_id": publish_id, "msg_data_id": publish_id.to_string()}),
    ))
}

/// Tells how far a job is.
pub(super) fn get(desk: &mut Desk<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let publish_id = input.number("publish_id").ok_or_else(|| Refusal::of(40002))?;
    let job = desk.account.jobs.iter().find(|job| job.publish_id == publish_id).ok_or_else(|| Refusal::of(53502))?;
    let mut answer = json!({"publish_id": publish_id, "fail_idx": []});
    answer["publish_status"] = match &job.state {
        JobState::Done(article_id) => {
            answer["article_id"] = article_id.as_str().into();
            answer["article_detail"] = details(desk, article_id);
            0
        }
        JobState::Running => 1,
        JobState::Failed => 3,
    }
    .into();
    Ok(Reply::Data(answer))
}

fn details(desk: &Desk<'_>, article_id: &str) -> Value {
    let count = desk
        .account
        .published
        .iter()
        .find(|message| message.article_id == article_id)
        .map_or(0, |message| message.articles.len());
    let items: Vec<Value> = (0..count)
        .map(|index| json!({"idx": index + 1, "article_url": article_url(desk, article_id, index)}))
        .collect();
    json!({"count": count, "item": items})
}

/// Lists what was published without notification, newest first.
pub(super) fn batchget(desk: &mut Desk<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let listed: Vec<&Published> = desk.account.published.iter().rev().filter(|message| !message.notified).collect();
    let page = input.page(listed.len())?;
    let shows_content = input.number("no_content") != Some(1);
    let entry = |message: &&Published| {
        let content = message_content(desk, message, shows_content);
        json!({"article_id": message.article_id, "content": content, "update_time": message.update_time})
    };
    Ok(Reply::list(listed.len(), listed[page].iter().map(entry).collect()))
}

pub(super) fn get_article(desk: &mut Desk<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = position(desk, input)?;
    Ok(Reply::Data(message_content(desk, &desk.account.published[position], true)))
}

/// Deletes one article, counted from 1, or with 0 or none the whole message.
pub(super) fn delete(desk: &mut Desk<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = position(desk, input)?;
    let message = &mut desk.account.published[position];
    match usize::try_from(input.number("index").unwrap_or(0)) {
        Ok(0) => message.articles.iter_mut().for_each(|article| article.set("is_deleted", true)),
        Ok(index) if index <= message.articles.len() => message.articles[index - 1].set("is_deleted", true),
        _ => return Err(Refusal::of(40114)),
    }
    if message.articles.iter().all(|article| article.get("is_deleted") == Some(&Value::Bool(true))) {
        desk.account.published.remove(position);
    }
    Ok(Reply::ok())
}

fn position(desk: &Desk<'_>, input: &Input<'_>) -> Result<usize, Refusal> {
    let wanted = |message: &Published| message.article_id == input.text("article_id");
    desk.account.published.iter().position(wanted).ok_or_else(|| Refusal::of(53600))
}

fn message_content(desk: &Desk<'_>, message: &Published, shows_content: bool) -> Value {
    let reading = Reading { shows_type: false, shows_content, omits: &[] };
    let article = |(index, article)| reading.article(article, permanent_link(desk, &message.article_id, index));
    let articles: Vec<Value> = message.articles.iter().enumerate().map(article).collect();
    json!({"news_item": articles, "create_time": message.create_time, "update_time": message.update_time})
}

/// The link of `freepublish/get` is the one of lists, but for its scheme.
fn article_url(desk: &Desk<'_>, article_id: &str, index: usize) -> String {
    permanent_link(desk, article_id, index).replacen("http:", "https:", 1)
}

fn permanent_link(desk: &Desk<'_>, article_id: &str, index: usize) -> String {
    let mut random = super::random::Random::of(article_id);
    let (biz, message, sum) =
        (names::biz(&desk.account.appid), FIRST_JOB + random.below(90_000) as i64, random.hex(32));
    format!("http://mp.weixin.qq.com/s?__biz={biz}&mid={message}&idx={}&sn={sum}#rd", index + 1)
}

impl Desk<'_> {
    /// Ends the jobs whose time has come.
    pub(super) fn settle(&mut self) {
        for at in 0..self.account.jobs.len() {
            let job = &self.account.jobs[at];
            if job.state == JobState::Running && job.done_at <= self.now {
                let media_id = job.media_id.clone();
                self.account.jobs[at].state = self.finish(&media_id);
            }
        }
    }

    /// A test account's jobs fail, and so does a draft that was deleted meanwhile.
    fn finish(&mut self, media_id: &str) -> JobState {
        let found = self.account.drafts.iter().position(|draft| draft.media_id == media_id);
        match found.filter(|_| self.account.profile != Profile::Test) {
            Some(position) => {
                let draft = self.account.drafts.remove(position);
                JobState::Done(self.release(draft, false))
            }
            None => JobState::Failed,
        }
    }

    /// Turns a draft that has left the box into a published message; returns its article_id.
    pub(super) fn release(&mut self, draft: Draft, notified: bool) -> String {
        let article_id = names::article_id(self.random);
        let articles = draft.articles.into_iter().map(|article| article.with("is_deleted", false)).collect();
        let (create_time, update_time) = (draft.create_time, self.now);
        self.account.published.push(Published {
            article_id: article_id.clone(),
            articles,
            create_time,
            update_time,
            notified,
        });
        article_id
    }
}
