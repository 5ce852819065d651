//! `draftkeep config check --online`: does the platform let each account in?

use serde::Serialize;
use tokio::task::JoinSet;

use super::{CommandError, Exit};
use crate::archive::{self, Archive};
use crate::clock::Clock;
use crate::config::{Account, Config};
use crate::model::AccountName;
use crate::wechat::{Client, Error, Kind};

/// What the platform said to an account.
#[derive(Debug, Serialize)]
pub struct Answer {
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
    pub(super) mistyped: bool,
}

/// Asks the platform for a token and the number of drafts, for every account at once. The calls go into the ledger of
/// the archive, where there is one already.
pub(super) async fn ask(config: &Config, clock: &Clock) -> Result<Vec<Answer>, CommandError> {
    let archive = config.archive.exists().then(|| Archive::open(&config.archive)).transpose()?;
    let mut asked = JoinSet::new();
    for (place, account) in config.accounts.iter().cloned().enumerate() {
        let (archive, clock) = (archive.clone(), clock.clone());
        asked.spawn(async move { (place, ask_one(&account, archive.as_ref(), clock).await) });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|(place, _)| *place);
    if let Some(archive) = archive {
        archive.close().await;
    }
    Ok(answers.into_iter().map(|(_, answer)| answer).collect::<Result<_, _>>()?)
}

pub(super) async fn ask_one(
    account: &Account,
    archive: Option<&Archive>,
    clock: Clock,
) -> Result<Answer, archive::Error> {
    let counted = match Client::new(account, clock.clone()) {
        Ok(client) => {
            let counted = client.draft_count().await;
            if let Some(archive) = archive {
                let (name, appid, calls) = (account.name.clone(), account.appid.clone(), client.take_calls());
                let count = move |writer: &mut archive::Writer| {
                    let account = writer.account(&name, &appid, clock.now())?;
                    writer.count(account, &calls)
                };
                match archive.run(count).await {
                    Err(error @ archive::Error::OtherAppid { .. }) => return Ok(Answer::failed(account, &error)),
                    counted => counted?,
                }
            }
            counted
        }
        Err(error) => Err(error),
    };
    Ok(Answer::new(account.name.clone(), counted))
}

impl Answer {
    /// The account fails by itself, whatever the platform says.
    fn failed(account: &Account, error: &archive::Error) -> Self {
        let (account, error) = (account.name.clone(), Some(error.to_string()));
        Self { account, ok: false, drafts: None, code: None, error, refused: false, mistyped: false }
    }

    fn new(account: AccountName, counted: Result<u64, Error>) -> Self {
        let (code, refused) = match &counted {
            Ok(_) => (None, false),
            Err(error) => (error.code, error.is_platform_refusal()),
        };
        let mistyped = matches!(&counted, Err(error) if error.kind == Kind::Credentials);
        let (drafts, error) = match counted {
            Ok(drafts) => (Some(drafts), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self { account, ok: error.is_none(), drafts, code, error, refused, mistyped }
    }
}

/// Returns how the check ends: partly done where some accounts were let in, refused where the platform refused, failed
/// where it could not be asked.
pub(super) fn exit(answers: &[Answer]) -> Exit {
    let ok = answers.iter().filter(|answer| answer.ok).count();
    match ok {
        _ if ok == answers.len() => Exit::Done,
        1.. => Exit::Partly,
        0 if answers.iter().any(|answer| answer.refused) => Exit::Refused,
        0 => Exit::Failed,
    }
}
