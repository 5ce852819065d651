//! A write that runs: its calls are counted, it is recorded before the platform is asked, and its result is read back and kept.

use std::path::Path;

use chrono::TimeDelta;

use super::error::GateError;
use super::request::{Caller, GateRequest};
use crate::archive::{self, GateEnd, GateState, NewGateWrite, Observation, Reader, WriteId};
use crate::model::{Endpoint, Hash, MediaId};
use crate::restore::{
    self, ArticlePayload, CurrentDraft, DraftBox, Report, RestoreContext, preflight, preflight_of_program,
};
use crate::usage::UsageCounter;

/// So many writes within a minute are enough for a program that knows what it does; one that loops is stopped before it has used up a day's calls.
const WRITES: u64 = 20;
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// So many writes of an account may wait for a yes at the same time: nobody reads more, and each keeps its articles.
const WAITING: u64 = 20;

/// So long a write waits for a yes: what somebody says yes to later was meant for another draft.
pub const HOLD: TimeDelta = TimeDelta::hours(1);

/// What a write works with.
pub struct GateContext<'a> {
    pub restore: RestoreContext<'a>,
    /// The archive's file.
    pub path: &'a Path,
}

/// What a write did.
#[derive(Debug)]
pub struct Written {
    /// Its number, which takes it back; `None` where the draft was so already, and nothing was written.
    pub id: Option<WriteId>,
    pub media_id: MediaId,
    /// The draft's number and that of the version that was read back; `None` if it could not be, or is deleted.
    pub kept: Option<(i64, u64)>,
    /// The hash of that version, which the next write expects; `None` where it is not what was written: somebody has saved meanwhile.
    pub hash: Option<Hash>,
    /// What was written, compared with what was sent; or why that is not known.
    pub report: Result<Report, String>,
}

pub(super) struct GateSession<'a> {
    pub(super) request: &'a GateRequest,
    pub(super) caller: &'a Caller,
    pub(super) context: &'a GateContext<'a>,
    pub(super) draft_box: DraftBox<'a>,
    /// The write that was held, and who said yes.
    approved: Option<(WriteId, String)>,
    _counter: UsageCounter,
}

impl<'a> GateSession<'a> {
    /// Prepares a write that the account and the token allow.
    pub(super) async fn open(
        request: &'a GateRequest,
        caller: &'a Caller,
        context: &'a GateContext<'a>,
        approved: Option<(WriteId, String)>,
    ) -> Result<Self, GateError> {
        let (action, account) = (request.action(), context.restore.account);
        if !caller.rights.allow(action, &account.gate.allow) {
            return Err(GateError::NotAllowed { account: account.name.to_string(), action });
        }
        let draft_box = DraftBox::open(&context.restore).await?;
        let counter = UsageCounter::new(context.restore.client, context.restore.archive, draft_box.account);
        Ok(Self { request, caller, context, draft_box, approved, _counter: counter })
    }

    /// Returns the number of the write that was held.
    pub(super) fn approved_id(&self) -> Option<WriteId> {
        self.approved.as_ref().map(|(id, _)| *id)
    }

    /// Refuses a program that asks too often, and a write that has no call left.
    pub(super) async fn check_limits(&self) -> Result<(), GateError> {
        let (who, now) = (self.caller.origin.who.clone(), self.context.restore.clock.now());
        let asked = self.context.restore.archive.run(move |writer| {
            writer.lapse_gate_writes(HOLD, now)?;
            writer.count_writes_of(&who, now - MINUTE, now + MINUTE)
        });
        let count = asked.await?;
        if count >= WRITES && !self.caller.rights.is_operator() {
            return Err(GateError::TooMany { who: self.caller.origin.who.clone(), count, wait: MINUTE });
        }
        self.refuse_if_blocked().await
    }

    /// Refuses a write that the platform is known to refuse now.
    pub(super) async fn refuse_if_blocked(&self) -> Result<(), GateError> {
        let (account, now) = (self.context.restore.account, self.context.restore.clock.now());
        let reader = Reader::open(self.context.path)?;
        // A person who takes a write back may use the last calls of the day.
        let check = if self.caller.rights.is_operator() { preflight } else { preflight_of_program };
        for endpoint in [self.request.endpoint(), Endpoint::DraftGet] {
            if let Some(issue) = check(&reader, account, endpoint, now)?.into_iter().next() {
                return Err(GateError::Blocked(issue.kind));
            }
        }
        Ok(())
    }

    /// Reads the draft, keeps it as a version, and refuses where it is not the expected one.
    pub(super) async fn read_expected(
        &self,
        media_id: &MediaId,
        expected: Option<Hash>,
    ) -> Result<CurrentDraft, GateError> {
        let live = self.read(media_id).await?;
        self.check_expected(live, expected).await
    }

    /// Reads the draft, and keeps it as a version.
    pub(super) async fn read(&self, media_id: &MediaId) -> Result<CurrentDraft, GateError> {
        match self.draft_box.read_current(media_id).await {
            Ok(live) => Ok(live),
            Err(error) => Err(self.refuse(None, error.into()).await),
        }
    }

    /// Refuses a draft that is not the expected one.
    pub(super) async fn check_expected(
        &self,
        live: CurrentDraft,
        expected: Option<Hash>,
    ) -> Result<CurrentDraft, GateError> {
        match expected {
            Some(expected) if expected != live.version.hash => {
                let stale = GateError::Stale {
                    id: WriteId(0),
                    draft: live.draft,
                    expected,
                    now: live.version.number,
                    hash: live.version.hash,
                };
                Err(self.refuse(Some(&live), stale).await)
            }
            _ => Ok(live),
        }
    }

    /// Records that the write was refused, before the platform was asked to write; returns the reason.
    pub(super) async fn refuse(&self, live: Option<&CurrentDraft>, error: GateError) -> GateError {
        let reason = error.to_string();
        let recorded = match &self.approved {
            // The platform could not be read: the yes may be said again.
            Some(_) if matches!(error, GateError::Failed { .. }) => return error,
            Some(approved) => match self.begin_approved(approved, None).await {
                Ok(id) => {
                    let end = GateEnd { reason: Some(reason), ..GateEnd::of(GateState::Refused) };
                    self.end(id, end, None).await.map(|_| id)
                }
                Err(error) => return error,
            },
            None => self.add(live, GateState::Refused, Some(reason)).await,
        };
        match (error, recorded) {
            (_, Err(error)) => error.into(),
            (GateError::Stale { draft, expected, now, hash, .. }, Ok(id)) => {
                GateError::Stale { id, draft, expected, now, hash }
            }
            (error, Ok(_)) => error,
        }
    }

    /// Records that the write begins; or that it waits, where somebody must say yes first.
    pub(super) async fn begin(&self, live: Option<&CurrentDraft>) -> Result<WriteId, GateError> {
        if let Some(approved) = &self.approved {
            return self.begin_approved(approved, live).await;
        }
        let needs_approval = self.context.restore.account.gate.approve.contains(&self.request.action());
        let is_held = needs_approval && !self.caller.rights.is_operator();
        if !is_held {
            return Ok(self.add(live, GateState::Begun, None).await?);
        }
        let (account, who, request) = (self.draft_box.account, self.caller.origin.who.clone(), self.held_request(live));
        let held = move |writer: &mut archive::Writer| writer.same_held(account, &who, &request);
        match self.context.restore.archive.run(held).await? {
            (Some(id), _) => Err(GateError::Held(id)),
            (None, count) if count >= WAITING => {
                Err(GateError::Bad(format!("{count} writes to this account wait for a yes already")))
            }
            (None, _) => Err(GateError::Held(self.add(live, GateState::Held, None).await?)),
        }
    }

    /// Returns what is asked for, as it is kept while it waits.
    fn held_request(&self, live: Option<&CurrentDraft>) -> String {
        let request = self.request.clone();
        let request = match live {
            Some(live) => request.expecting(live.version.hash),
            None => request,
        };
        serde_json::to_string(&request).unwrap_or_default()
    }

    /// Records that a write begins that was held, and who said yes; unless somebody else has decided meanwhile.
    async fn begin_approved(
        &self,
        (id, by): &(WriteId, String),
        live: Option<&CurrentDraft>,
    ) -> Result<WriteId, GateError> {
        let (id, by) = (*id, by.clone());
        let (over, now) = (live.map(|live| (live.draft, live.version.number)), self.context.restore.clock.now());
        let approve = move |writer: &mut archive::Writer| {
            let is_begun = writer.approve_gate_write(id, &by, now)?;
            if let (true, Some(over)) = (is_begun, over) {
                writer.set_gate_before(id, over)?;
            }
            Ok(is_begun)
        };
        match self.context.restore.archive.run(approve).await? {
            true => Ok(id),
            false => Err(GateError::NotHeld(id)),
        }
    }

    /// Records a write that has nothing to do, and why.
    pub(super) async fn end_without_a_write(&self, live: Option<&CurrentDraft>, reason: &str) -> Result<(), GateError> {
        let Some(approved) = &self.approved else {
            self.add(live, GateState::Done, Some(reason.to_owned())).await?;
            return Ok(());
        };
        let id = self.begin_approved(approved, live).await?;
        let end = GateEnd { reason: Some(reason.to_owned()), ..GateEnd::of(GateState::Done) };
        self.end(id, end, None).await?;
        Ok(())
    }

    async fn add(
        &self,
        live: Option<&CurrentDraft>,
        state: GateState,
        reason: Option<String>,
    ) -> Result<WriteId, archive::Error> {
        let now = self.context.restore.clock.now();
        let new = NewGateWrite {
            account: self.draft_box.account,
            action: self.request.action(),
            origin: self.caller.origin.clone(),
            draft: live.map(|live| live.draft).or(self.request.draft()),
            before: live.map(|live| live.version.number),
            request: match state {
                GateState::Held => self.held_request(live),
                _ => serde_json::to_string(self.request).unwrap_or_default(),
            },
            state,
            held_until: (state == GateState::Held).then_some(now + HOLD),
            reason,
        };
        self.context.restore.archive.run(move |writer| writer.add_gate_write(&new, now)).await
    }

    /// Records how the write ended, with what was read back.
    pub(super) async fn end(
        &self,
        id: WriteId,
        end: GateEnd,
        read_back: Option<Observation>,
    ) -> Result<Option<(i64, u64)>, archive::Error> {
        let RestoreContext { client, archive, clock, .. } = &self.context.restore;
        let (account, calls, now) = (self.draft_box.account, client.drain_usage(), clock.now());
        let line = calls.clone();
        let write = move |writer: &mut archive::Writer| {
            writer.end_gate_write(id, account, &end, read_back.as_ref(), &line, now)
        };
        let ended = archive.run(write).await;
        if ended.is_err() {
            client.restore_usage(calls);
        }
        ended
    }

    /// Records an end of which the program is told in any case.
    pub(super) async fn end_in(&self, id: WriteId, state: GateState, reason: &dyn std::fmt::Display) {
        let end = GateEnd { reason: Some(reason.to_string()), ..GateEnd::of(state) };
        if let Err(error) = self.end(id, end, None).await {
            tracing::warn!(%error, "the end of write {id} could not be written down");
        }
    }

    /// Reads the draft back, keeps it as a version, and says what was written.
    pub(super) async fn conclude(
        &self,
        id: WriteId,
        media_id: MediaId,
        (state, reason): (GateState, Option<String>),
        (articles, before): (&[ArticlePayload], Option<&[u8]>),
    ) -> Result<Written, GateError> {
        let read_back = self.draft_box.read_back(&media_id).await;
        let is_ours = read_back.as_ref().is_ok_and(|now| restore::is_only_of(articles, before, &now.document));
        let report = read_back.as_ref().map_err(Clone::clone).and_then(|observation| {
            restore::compare_some(articles, &[], &observation.document).map_err(|error| error.to_string())
        });
        // What somebody saved meanwhile is theirs: the program must read it before it goes over it.
        let hash = read_back.as_ref().ok().map(|now| now.canonical.hash()).filter(|_| is_ours);
        let end = GateEnd { state, reason, media_id: Some(media_id.clone()), is_ours };
        match self.end(id, end, read_back.ok()).await {
            Ok(kept) => Ok(Written { id: Some(id), media_id, kept, hash, report }),
            Err(source) => Err(GateError::NotRecorded { media_id, source }),
        }
    }
}
