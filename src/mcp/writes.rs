//! The tools that write drafts, through the gate.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::runtime::Handle;

use super::answer::{Answer, Refused};
use super::arguments::{CreateDraft, DeleteDraft, PatchArticle, RestoreDraft, UpdateDraft, WriteState};
use super::drafts::cut_kept;
use crate::archive::{Draft, Error, Reader, WriteId, WriteOrigin};
use crate::clock::Clock;
use crate::config::{Account, Config};
use crate::gate::{self, Caller, Change, GateContext, GateError, GateRequest, Patch, Rights, Written};
use crate::json;
use crate::lookup::{self, LookupError, VersionRef};
use crate::model::{Hash, MediaId, shortened};
use crate::restore::{self, InPlaceRestore, RestoreContext, RestoreError, RestoreOptions, Source};
use crate::sanitize;

/// Another write or restore holds the lock for seconds; so long an agent waits for it, looking so often.
const PATIENCE: usize = 200;
const PAUSE: Duration = Duration::from_millis(100);

/// What a program says of itself is cut after so many characters.
const PROGRAM: usize = 80;
const NOTE: usize = 500;

/// What is needed to write.
pub struct WriteAccess {
    /// The configuration's file.
    pub config: PathBuf,
    pub clock: Clock,
    /// The user of the machine on whose behalf the agent works.
    pub user: String,
}

/// A write, with the configuration as it is now: an agent runs for days, and what it may do can change.
pub(super) struct WriteSession {
    config: Config,
    clock: Clock,
    user: String,
}

impl WriteAccess {
    pub(super) fn session(&self) -> Result<WriteSession, Refused> {
        let loaded = Config::load(&self.config);
        let config = loaded.map_err(|error| Refused::new(format!("nothing was written: {error}")))?.config;
        Ok(WriteSession { config, clock: self.clock.clone(), user: self.user.clone() })
    }
}

impl WriteSession {
    pub(super) fn create(&self, asked: CreateDraft, program: &str) -> Answer {
        let account = self.account(&asked.account)?;
        self.run(account, &GateRequest::Create { articles: asked.articles }, &self.caller(program, &asked.note))
    }

    pub(super) fn update(&self, asked: UpdateDraft, program: &str) -> Answer {
        let change = change(asked.articles, asked.patch)?;
        let (account, media_id) = self.find(&asked.media_id)?;
        let expected = Some(expected(&asked.expected_hash)?);
        let request = GateRequest::Update { media_id, expected, change };
        self.run(account, &request, &self.caller(program, &asked.note))
    }

    pub(super) fn delete(&self, asked: &DeleteDraft, program: &str) -> Answer {
        let (account, media_id) = self.find(&asked.media_id)?;
        let request = GateRequest::Delete { media_id, expected: Some(expected(&asked.expected_hash)?) };
        self.run(account, &request, &self.caller(program, &asked.note))
    }

    pub(super) fn restore(&self, asked: &RestoreDraft, program: &str) -> Answer {
        let meant: VersionRef = asked.draft.parse().map_err(Refused::new)?;
        let (draft, version) = lookup::find_version(&self.reader()?, &meant)?;
        let account = self.account(&draft.account)?;
        match asked.plan {
            Some(plan) => {
                let request = GateRequest::Restore { draft: draft.id, version: version.number, plan };
                self.run(account, &request, &self.caller(program, &asked.note))
            }
            None => self.plan(account, draft, version.number, program),
        }
    }

    /// Plans a restore: the draft is read, and nothing is written.
    fn plan(&self, account: &Account, draft: Draft, version: u64, program: &str) -> Answer {
        let reader = self.reader()?;
        let version = lookup::read_version(&reader, &draft, version)?;
        let source = Source::read(&reader, draft, version)?;
        let now = self.clock.now();
        let restore = InPlaceRestore::new(source, RestoreOptions::default(), account, &reader, now);
        let restore = restore.map_err(GateError::from)?;
        let caller = self.caller(program, "");
        let path = &self.config.archive;
        let shown = self.with_context(account, &async |context| {
            let context = GateContext { restore: RestoreContext { ..*context }, path };
            Ok(gate::plan(&restore, &caller, &context).await)
        })??;
        let mut document = json::in_place_plan(&restore, &shown);
        // The agent has read the version, or can; it needs to know what the plan is about.
        if let Some(articles) = document["plan"]["articles"].as_array_mut() {
            for article in articles.iter_mut().filter_map(Value::as_object_mut) {
                article.remove("fields");
            }
        }
        Ok(document.into())
    }

    fn run(&self, account: &Account, request: &GateRequest, caller: &Caller) -> Answer {
        let path = &self.config.archive;
        let done = self.with_context(account, &async |context| {
            let context = GateContext { restore: RestoreContext { ..*context }, path };
            Ok(gate::write(request, caller, &context).await)
        })?;
        match done {
            Ok(written) => Ok(self.told(&written)),
            Err(error) => Err(self.refused(error)?),
        }
    }

    fn told(&self, done: &Written) -> super::answer::Found {
        json::written(done).into()
    }

    /// Returns why nothing was written, with what changed where the draft is not the expected one.
    fn refused(&self, error: GateError) -> Result<Refused, Refused> {
        let GateError::Stale { draft, expected, now, .. } = &error else { return Ok(error.into()) };
        let told = match json::changed_since(&self.reader()?, *draft, *expected, *now) {
            Ok(Value::Null) => "the archive does not have the version that you expected".to_owned(),
            Ok(mut changed) => {
                cut_kept(&mut changed);
                format!("what changed since: {changed}")
            }
            Err(failure) => format!("what changed since cannot be told: {failure}"),
        };
        Ok(Refused::new(format!("{error}. {}; {told}", error.hint())))
    }

    /// Runs `work` with the restore lock, for which it waits.
    fn with_context<T>(
        &self,
        account: &Account,
        work: &impl AsyncFn(&RestoreContext<'_>) -> Result<T, RestoreError>,
    ) -> Result<T, Refused> {
        Handle::current().block_on(async {
            for _ in 0..PATIENCE {
                let never = std::future::pending();
                match restore::with_context(account, &self.config.archive, &self.clock, never, work).await {
                    Err(RestoreError::Archive(Error::SecondRestore(_))) => tokio::time::sleep(PAUSE).await,
                    Ok(Some(done)) => return Ok(done),
                    Ok(None) => break,
                    Err(error) => return Err(GateError::from(error).into()),
                }
            }
            Err(Refused::new(
                "another write or restore is at work, and did not end; nothing was written. Try again later",
            ))
        })
    }

    fn reader(&self) -> Result<Reader, Refused> {
        Ok(Reader::open(&self.config.archive)?)
    }

    fn account(&self, name: &str) -> Result<&Account, Refused> {
        let found = self.config.accounts.iter().find(|account| account.name.as_str() == name);
        found.ok_or_else(|| Refused::new(format!("the configuration has no account {name:?}; see list_drafts")))
    }

    /// Finds a draft, and the account that has it.
    fn find(&self, named: &str) -> Result<(&Account, MediaId), Refused> {
        let meant = named.parse().map_err(|error: String| Refused::new(error))?;
        match lookup::find_draft(&self.reader()?, &meant) {
            Ok(draft) => Ok((self.account(&draft.account)?, MediaId::new(draft.media_id))),
            // One that no poll has seen yet, of the only account.
            Err(LookupError::NoDraft { .. }) if self.config.accounts.len() == 1 && is_media_id(named) => {
                Ok((&self.config.accounts[0], MediaId::new(named)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn caller(&self, program: &str, note: &str) -> Caller {
        let clean = |text: &str, most| shortened(&sanitize::line(text), most).into_owned();
        let origin = WriteOrigin { who: self.user.clone(), program: clean(program, PROGRAM), note: clean(note, NOTE) };
        Caller { origin, rights: Rights::Account }
    }
}

/// Returns whether a text looks like the platform's name for a draft.
fn is_media_id(text: &str) -> bool {
    let is_of_it = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (32..=128).contains(&text.len()) && text.bytes().all(is_of_it)
}

fn expected(text: &str) -> Result<Hash, Refused> {
    text.parse().map_err(|rule: &str| Refused::new(format!("expected_hash: {rule}; get_draft tells it")))
}

fn change(articles: Option<Vec<Map<String, Value>>>, patch: Option<Vec<PatchArticle>>) -> Result<Change, Refused> {
    match (articles, patch) {
        (Some(articles), None) => Ok(Change::Articles(articles)),
        (None, Some(patch)) => {
            let one = |PatchArticle { index, fields }| Patch { index, fields };
            Ok(Change::Patch(patch.into_iter().map(one).collect()))
        }
        _ => Err(Refused::new("say what changes: either articles or patch")),
    }
}

/// Tells what became of a write.
pub(super) fn state(reader: &Reader, asked: &WriteState) -> Answer {
    let record = reader.gate_write(WriteId(asked.write))?;
    let record = record.ok_or_else(|| Refused::new(format!("there is no write {}", asked.write)))?;
    Ok(json!({ "write": json::gate_record(&record) }).into())
}
