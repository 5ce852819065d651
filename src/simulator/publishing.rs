//! `freepublish/*`: publishes drafts and lists published messages (官方文档 "发布能力").

use serde_json::{Value, json};

use super::account::{Draft, JobState, PublishJob, PublishedMessage};
use super::account_handle::AccountHandle;
use super::drafts::DraftView;
use super::endpoint::{Input, Reply};
use super::ids;
use super::profile::Profile;
use super::refusal::Refusal;

/// The first id of a job; ids do not fit into 31 bits.
const FIRST_JOB: i64 = 2_247_500_123;

/// Starts a job; the draft leaves the box when it is done.
pub(super) fn submit(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let media_id = input.text("media_id").to_owned();
    account.state.position(&media_id, account.now)?;
    let publish_id = FIRST_JOB + account.state.jobs.len() as i64;
    let done_at = account.now + account.behavior.publishing_takes;
    account.state.jobs.push(PublishJob { publish_id, media_id, done_at, state: JobState::Running });
    Ok(Reply::Data(
        json!({"errcode": 0, "errmsg": "ok", "publish_id": publish_id, "msg_data_id": publish_id.to_string()}),
    ))
}

/// Returns the state of a job.
pub(super) fn get(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let publish_id = input.number("publish_id").ok_or_else(|| Refusal::of(40002))?;
    let job = account.state.jobs.iter().find(|job| job.publish_id == publish_id).ok_or_else(|| Refusal::of(53502))?;
    let mut answer = json!({"publish_id": publish_id, "fail_idx": []});
    answer["publish_status"] = match &job.state {
        JobState::Done(article_id) => {
            answer["article_id"] = article_id.as_str().into();
            answer["article_detail"] = details(account, article_id);
            0
        }
        JobState::Running => 1,
        JobState::Failed => 3,
    }
    .into();
    Ok(Reply::Data(answer))
}

fn details(account: &AccountHandle<'_>, article_id: &str) -> Value {
    let count = account
        .state
        .published
        .iter()
        .find(|message| message.article_id == article_id)
        .map_or(0, |message| message.articles.len());
    let items: Vec<Value> = (0..count)
        .map(|index| json!({"idx": index + 1, "article_url": article_url(account, article_id, index)}))
        .collect();
    json!({"count": count, "item": items})
}

/// Lists messages that were published without notification, newest first.
pub(super) fn batchget(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let listed: Vec<&PublishedMessage> =
        account.state.published.iter().rev().filter(|message| !message.notified).collect();
    let page = input.page(listed.len())?;
    let shows_content = input.number("no_content") != Some(1);
    let entry = |message: &&PublishedMessage| {
        let content = message_content(account, message, shows_content);
        json!({"article_id": message.article_id, "content": content, "update_time": message.update_time})
    };
    Ok(Reply::list(listed.len(), listed[page].iter().map(entry).collect()))
}

pub(super) fn get_article(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = position(account, input)?;
    Ok(Reply::Data(message_content(account, &account.state.published[position], true)))
}

/// Deletes one article, counted from 1; with 0 or without an index, the whole message.
pub(super) fn delete(account: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let position = position(account, input)?;
    let message = &mut account.state.published[position];
    match usize::try_from(input.number("index").unwrap_or(0)) {
        Ok(0) => message.articles.iter_mut().for_each(|article| article.set("is_deleted", true)),
        Ok(index) if index <= message.articles.len() => message.articles[index - 1].set("is_deleted", true),
        _ => return Err(Refusal::of(40114)),
    }
    if message.articles.iter().all(|article| article.get("is_deleted") == Some(&Value::Bool(true))) {
        account.state.published.remove(position);
    }
    Ok(Reply::ok())
}

fn position(account: &AccountHandle<'_>, input: &Input<'_>) -> Result<usize, Refusal> {
    let wanted = |message: &PublishedMessage| message.article_id == input.text("article_id");
    account.state.published.iter().position(wanted).ok_or_else(|| Refusal::of(53600))
}

fn message_content(account: &AccountHandle<'_>, message: &PublishedMessage, shows_content: bool) -> Value {
    let view = DraftView { shows_type: false, shows_content, omits: &[] };
    let article = |(index, article)| view.article(article, permanent_link(account, &message.article_id, index));
    let articles: Vec<Value> = message.articles.iter().enumerate().map(article).collect();
    json!({"news_item": articles, "create_time": message.create_time, "update_time": message.update_time})
}

/// The link in `freepublish/get`: that of lists, with https.
fn article_url(account: &AccountHandle<'_>, article_id: &str, index: usize) -> String {
    permanent_link(account, article_id, index).replacen("http:", "https:", 1)
}

fn permanent_link(account: &AccountHandle<'_>, article_id: &str, index: usize) -> String {
    let mut random = super::random::Random::of(article_id);
    let (biz, message, sum) = (ids::biz(&account.state.appid), FIRST_JOB + random.below(90_000) as i64, random.hex(32));
    format!("http://mp.weixin.qq.com/s?__biz={biz}&mid={message}&idx={}&sn={sum}#rd", index + 1)
}

impl AccountHandle<'_> {
    /// Finishes the jobs that are due.
    pub(super) fn finish_due_jobs(&mut self) {
        for at in 0..self.state.jobs.len() {
            let job = &self.state.jobs[at];
            if job.state == JobState::Running && job.done_at <= self.now {
                let media_id = job.media_id.clone();
                self.state.jobs[at].state = self.finish_job(&media_id);
            }
        }
    }

    /// Fails for a test account, and for a draft that was deleted meanwhile.
    fn finish_job(&mut self, media_id: &str) -> JobState {
        let found = self.state.drafts.iter().position(|draft| draft.media_id == media_id);
        match found.filter(|_| self.state.profile != Profile::Test) {
            Some(position) => {
                let draft = self.state.drafts.remove(position);
                JobState::Done(self.add_published(draft, false))
            }
            None => JobState::Failed,
        }
    }

    /// Turns a draft that has left the box into a published message; returns its article_id.
    pub(super) fn add_published(&mut self, draft: Draft, notified: bool) -> String {
        let article_id = ids::article_id(self.random);
        let articles = draft.articles.into_iter().map(|article| article.with("is_deleted", false)).collect();
        let (create_time, update_time) = (draft.create_time, self.now);
        self.state.published.push(PublishedMessage {
            article_id: article_id.clone(),
            articles,
            create_time,
            update_time,
            notified,
        });
        article_id
    }
}
