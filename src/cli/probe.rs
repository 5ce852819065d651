//! `draftkeep config check --online`: does the platform let each account in?

use std::path::Path;

use serde::Serialize;
use tokio::task::JoinSet;

use super::error::{CommandError, Exit};
use crate::archive::{self, WriterHandle};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::AccountName;
use crate::usage::UsageCounter;
use crate::wechat::{Client, Error, ErrorKind};

/// What the platform said to an account.
#[derive(Debug, Serialize)]
pub(super) struct ProbeResult {
    pub(super) account: AccountName,
    pub(super) ok: bool,
    /// How many drafts its box holds.
    pub(super) drafts: Option<u64>,
    /// The platform's errcode.
    code: Option<i64>,
    /// Why not, and what to do.
    pub(super) error: Option<String>,
    #[serde(skip)]
    refused: bool,
    /// Whether AppID or AppSecret are wrong.
    #[serde(skip)]
    pub(super) is_user_error: bool,
}

/// Asks the platform for a token and the number of drafts, for every account at once. The calls go into the ledger of
/// the archive, where there is one already.
pub(super) async fn probe(
    accounts: &[Account],
    archive: &Path,
    clock: &Clock,
) -> Result<Vec<ProbeResult>, CommandError> {
    let archive = archive.exists().then(|| WriterHandle::open(archive)).transpose()?;
    let asked = tokio::select! {
        asked = ask_all(accounts, archive.as_ref(), clock) => asked.map_err(CommandError::from),
        () = super::runtime::interrupted() => Err(CommandError::new(Exit::Failed, "interrupted")),
    };
    if let Some(archive) = archive {
        archive.close().await;
    }
    asked
}

async fn ask_all(
    accounts: &[Account],
    archive: Option<&WriterHandle>,
    clock: &Clock,
) -> Result<Vec<ProbeResult>, archive::Error> {
    let mut asked = JoinSet::new();
    for (place, account) in accounts.iter().cloned().enumerate() {
        let (archive, clock) = (archive.cloned(), clock.clone());
        asked.spawn(async move { (place, probe_account(&account, archive.as_ref(), clock).await) });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

async fn probe_account(
    account: &Account,
    archive: Option<&WriterHandle>,
    clock: Clock,
) -> Result<ProbeResult, archive::Error> {
    let client = match Client::new(account, clock.clone()) {
        Ok(client) => client,
        Err(error) => return Ok(ProbeResult::new(account.name.clone(), Err(error))),
    };
    let counter = match archive {
        None => None,
        // Before the platform is asked: where the calls cannot be counted, none is made.
        Some(archive) => {
            let (name, appid, now) = (account.name.clone(), account.appid.clone(), clock.now());
            match archive.run(move |writer| writer.get_or_create_account(&name, &appid, now)).await {
                Err(error @ archive::Error::OtherAppid { .. }) => return Ok(ProbeResult::failed(account, &error)),
                id => Some(UsageCounter::new(&client, archive, id?)),
            }
        }
    };
    let counted = client.draft_count().await;
    drop(counter);
    Ok(ProbeResult::new(account.name.clone(), counted))
}

impl ProbeResult {
    /// The account fails by itself, whatever the platform says.
    fn failed(account: &Account, error: &archive::Error) -> Self {
        let (account, error) = (account.name.clone(), Some(error.to_string()));
        Self { account, ok: false, drafts: None, code: None, error, refused: false, is_user_error: false }
    }

    fn new(account: AccountName, counted: Result<u64, Error>) -> Self {
        let (code, refused) = match &counted {
            Ok(_) => (None, false),
            Err(error) => (error.code, error.is_account_level()),
        };
        let is_user_error = matches!(&counted, Err(error) if error.kind == ErrorKind::Credentials);
        let (drafts, error) = match counted {
            Ok(drafts) => (Some(drafts), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { account, ok: error.is_none(), drafts, code, error, refused, is_user_error }
    }
}

/// Returns how the check ends: partly done where some accounts were let in, refused where the platform refused, failed
/// where it could not be asked.
pub(super) fn exit(answers: &[ProbeResult]) -> Exit {
    let ok = answers.iter().filter(|answer| answer.ok).count();
    match ok {
        _ if ok == answers.len() => Exit::Done,
        1.. => Exit::Partly,
        0 if answers.iter().any(|answer| answer.refused) => Exit::Refused,
        0 => Exit::Failed,
    }
}
