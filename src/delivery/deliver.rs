//! One step for one target: look at new events, put what is due into a message, send it, record how that ended.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;

use super::compose;
use super::facts::{self, Facts};
use super::links::Links;
use super::resolve::{fingerprint, resolve};
use crate::archive::{Error, OpenMessage, OutboxProgress, OutboxState, Reader, SendRecord, WriterHandle};
use crate::clock::Clock;
use crate::config::NotifyConfig;
use crate::model::{Language, Timestamp};
use crate::notify::{Answer, Client, Meaning, Message, Reason};
use crate::outbox::{self, Item, Outcome};

/// Sends to one target.
#[derive(Clone)]
pub struct TargetSender {
    pub rule: NotifyConfig,
    pub archive: WriterHandle,
    /// The archive's path, to read from it.
    pub path: PathBuf,
    pub clock: Clock,
    pub links: Links,
    pub client: Arc<Client>,
}

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing is to be done before this time; `None`: nothing waits.
    Idle(Option<Timestamp>),
    /// The target refused for good.
    Parked,
    /// A message was sent, and is the target's now; `but` says who did not get it.
    Sent { title: String, but: Option<String> },
    /// The target does not have the message, or nobody knows; the reason.
    NotSent { title: String, answer: String },
}

impl TargetSender {
    /// Makes the target known, so that it is told what happens from now on.
    ///
    /// # Errors
    ///
    /// Those of the archive.
    pub async fn open(&self) -> Result<(), Error> {
        let name = self.rule.name.clone();
        // Where its secrets cannot be read now, the first send tells why.
        let settings = resolve(&self.rule.to).await.ok().map(|target| fingerprint(&target));
        let now = self.clock.now();
        self.archive.run(move |writer| writer.open_outbox_target(&name, settings.as_deref(), now)).await
    }

    /// Takes one step.
    ///
    /// # Errors
    ///
    /// Those of the archive. What the target answers is recorded, and no error.
    pub async fn step(&self) -> Result<Step, Error> {
        let now = self.clock.now();
        while self.take_events(now).await? == OutboxProgress::More {}
        let name = self.rule.name.clone();
        let message = match self.archive.run(move |writer| writer.next_message(&name, now)).await? {
            OutboxState::Idle(due) => return Ok(Step::Idle(due)),
            OutboxState::Parked => return Ok(Step::Parked),
            OutboxState::Message(message) if message.due_at > now => return Ok(Step::Idle(Some(message.due_at))),
            OutboxState::Message(message) => message,
        };
        let facts = self.facts(message.items.clone()).await?;
        match compose::message(&message, &facts, &self.rule, &self.links, now) {
            Some(composed) => self.send(&message, composed, told(&facts)).await,
            None => self.give_up(&message).await,
        }
    }

    async fn take_events(&self, now: Timestamp) -> Result<OutboxProgress, Error> {
        let rule = self.rule.clone();
        let take = move |writer: &mut crate::archive::Writer| {
            writer.take_events(&rule.name, |waiting, event| Item::after(waiting, event, &rule, now))
        };
        self.archive.run(take).await
    }

    async fn facts(&self, items: Vec<Item>) -> Result<Vec<Facts>, Error> {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || facts::read(&Reader::open(&path)?, &items)).await;
        read.unwrap_or_else(|panic| Err(Error::Panicked(panic.to_string())))
    }

    async fn send(&self, open: &OpenMessage, message: Message, told: Vec<(String, i64)>) -> Result<Step, Error> {
        let target = match resolve(&self.rule.to).await {
            Ok(target) => target,
            Err(error) => {
                let reason = Reason::of_ours(Meaning::SecretNotReadable, &error);
                let answer = reason.text(Language::English);
                self.record(open, Outcome::Failed { wait: None }, Some(reason), TimeDelta::zero()).await?;
                return Ok(Step::NotSent { title: message.title, answer });
            }
        };
        let (id, title, body) = (open.id, message.title.clone(), message.lines.join("\n"));
        self.archive.run(move |writer| writer.begin_send(id, &title, &body, &told)).await?;
        let (outcome, reason) = read(&target.send(&self.client, &message, self.clock.now()).await);
        let gap = TimeDelta::from_std(target.gap()).unwrap_or_default();
        let answer = reason.as_ref().map(|reason| reason.text(Language::English));
        self.record(open, outcome, reason, gap).await?;
        Ok(match (outcome, answer) {
            (Outcome::Sent, answer) => Step::Sent { title: message.title, but: answer },
            (_, answer) => Step::NotSent { title: message.title, answer: answer.unwrap_or_default() },
        })
    }

    /// Ends a message of which nothing can be read any more.
    async fn give_up(&self, open: &OpenMessage) -> Result<Step, Error> {
        let reason = Reason::of_ours(Meaning::FactsDamaged, "");
        let answer = reason.text(Language::English);
        self.record(open, Outcome::Rejected, Some(reason), TimeDelta::zero()).await?;
        Ok(Step::NotSent { title: String::new(), answer })
    }

    async fn record(
        &self,
        open: &OpenMessage,
        outcome: Outcome,
        reason: Option<Reason>,
        gap: TimeDelta,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let is_doubtful = outcome == Outcome::Uncertain;
        let doubts = open.doubts + u32::from(is_doubtful);
        let next = outbox::next(outcome, open.tries + 1, doubts, self.rule.to.knows_ids(), now);
        let answer = reason.map(|reason| reason.to_string());
        let record = SendRecord { next, is_doubtful, answer, next_send_at: now + gap };
        let id = open.id;
        self.archive.run(move |writer| writer.end_send(id, &record, now)).await
    }
}

/// Returns the drafts of which a message says how they stand, each with the newest event that it took into account.
fn told(facts: &[Facts]) -> Vec<(String, i64)> {
    let newest = |facts: &Facts| Some((facts.event.subject(), facts.now.as_ref()?.newest_event?));
    facts.iter().filter_map(newest).collect()
}

/// Reads an answer: how the send ended, and why not everybody has the message.
pub(super) fn read(answer: &Answer) -> (Outcome, Option<Reason>) {
    let outcome = match answer {
        Answer::Delivered | Answer::Partly { .. } => Outcome::Sent,
        Answer::Later { wait, .. } => Outcome::Failed { wait: TimeDelta::from_std(*wait).ok() },
        Answer::Uncertain { .. } => Outcome::Uncertain,
        Answer::Parked { .. } => Outcome::Parked,
        Answer::Rejected { .. } => Outcome::Rejected,
    };
    (outcome, answer.reason().cloned())
}
