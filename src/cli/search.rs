//! `draftkeep search`: every sentence that was ever in a draft.

mod advice;
mod fit;
mod human;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use chrono::{Local, NaiveDate, NaiveTime};

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::list::account;
use super::{accounts, verify};
use crate::archive::Reader;
use crate::full_text::{Presence, SearchError, SearchNote, SearchRequest, Searcher};
use crate::json;
use crate::lookup::{self, DraftRef};
use crate::model::{AccountName, Timestamp, counted};
use crate::search::{Field, Query};

/// How many drafts are shown without `--limit`.
const DEFAULT_LIMIT: usize = 20;

/// Search every version of every draft for words or a sentence
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Finds Chinese words of any length, in all versions, also of drafts that are
gone. Simplified and traditional characters, and full and half width, are the
same. Blanks between words mean and.

  '\"two words\"'   these words with their blank
  早市 OR 菜场     one of both
  '价格 -涨'       not with that word in the same version

The index stands beside the archive (archive.db.search). It can be deleted.

Examples:
  draftkeep search 凌晨四点的菜市场
  draftkeep search --lost '价格 -涨'
  draftkeep search --in title --account mag 周报
  draftkeep search --since 2026-11-01 --json '\"hello world\"'")]
pub(super) struct Search {
    /// What to look for
    #[arg(value_name = "WORDS", required_unless_present = "rebuild")]
    words: Vec<String>,
    /// Only drafts of this account; may be repeated
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    account: Vec<AccountName>,
    /// Only this draft: its number, media_id, or title
    #[arg(long, value_name = "DRAFT")]
    draft: Option<DraftRef>,
    /// Only in these parts: title, body, digest, author, caption
    #[arg(long = "in", value_name = "PART", value_delimiter = ',')]
    fields: Vec<Field>,
    /// Only versions seen at this time or later: 2026-11-01, or RFC 3339
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<Timestamp>,
    /// Only versions seen before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<Timestamp>,
    /// Only what the newest version no longer has
    #[arg(long, conflicts_with = "live")]
    lost: bool,
    /// Only what the newest version has, of drafts in their box
    #[arg(long)]
    live: bool,
    /// Show at most N drafts; 0 shows all
    #[arg(long, value_name = "N", default_value_t = DEFAULT_LIMIT)]
    limit: usize,
    /// Make the index again
    #[arg(long)]
    rebuild: bool,
    #[command(flatten)]
    archive: ArchivePath,
}

/// Reads a day of this machine's zone, or an instant.
fn time(text: &str) -> Result<Timestamp, &'static str> {
    let midnight = text.parse::<NaiveDate>().ok().map(|day| day.and_time(NaiveTime::MIN));
    match midnight.and_then(|midnight| midnight.and_local_timezone(Local).earliest()) {
        Some(time) => Ok(time.to_utc()),
        None => text.parse().map_err(|_| "it is no time: write 2026-11-01, or 2026-11-01T08:00:00+08:00"),
    }
}

impl Search {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let query = match self.words.is_empty() {
            true => None,
            false => Some(Query::parse(&self.words.join(" ")).map_err(|error| CommandError::of(Exit::Usage, &error))?),
        };
        self.check_times()?;
        let reader = context.reader(&self.archive)?;
        let mut searcher = open(context, &reader, self.rebuild)?;
        let Some(query) = query else {
            context.ui.status(&format!("The index holds {} now.", counted(searcher.caught_up, "version")));
            return Ok(Exit::Done);
        };
        let request = self.request(context, &reader, query)?;
        let found = searcher.find(&reader, &request)?;
        warn_of_unread(context, found.unread);
        warn_of_unreadable_drafts(context, found.unreadable_drafts);
        warn_of_doubt(context, found.doubtful);
        match context.ui.json {
            true => context.ui.document(&json::search(&found))?,
            false => human::print(context, &found)?,
        }
        if found.hits.is_empty() {
            advice::print(context, &self.words.join(" "));
        }
        Ok(Exit::Done)
    }

    /// Refuses a time in which nothing can be.
    fn check_times(&self) -> Result<(), CommandError> {
        match self.since.zip(self.until) {
            Some((since, until)) if since >= until => {
                Err(CommandError::new(Exit::Usage, "no time is both --since and before --until")
                    .hint("A day: --since 2026-11-01 --until 2026-11-02"))
            }
            _ => Ok(()),
        }
    }

    fn request(&self, context: &CommandContext, reader: &Reader, query: Query) -> Result<SearchRequest, CommandError> {
        let known =
            |name| accounts::known_as(reader, name, &self.archive, context).map(|name| name.as_str().to_owned());
        let accounts: BTreeSet<String> = self.account.iter().map(known).collect::<Result<_, _>>()?;
        let draft = self.draft.as_ref().map(|draft| lookup::find_draft(reader, draft)).transpose()?;
        Ok(SearchRequest {
            query,
            fields: self.fields.clone(),
            accounts: (!accounts.is_empty()).then_some(accounts),
            draft: draft.map(|draft| draft.id),
            since: self.since,
            until: self.until,
            presence: match (self.lost, self.live) {
                (true, _) => Presence::Lost,
                (_, true) => Presence::Live,
                _ => Presence::Any,
            },
            limit: if self.limit == 0 { usize::MAX } else { self.limit },
        })
    }
}

/// Says that versions were not searched.
pub(super) fn warn_of_unread(context: &CommandContext, unread: u64) {
    if unread > 0 {
        let versions = counted(unread, "version");
        context.warn_of_damage(&format!(
            "{versions} cannot be read, so what they say is not found; see why: draftkeep verify"
        ));
    }
}

/// Says that something of what was found may be wrong.
fn warn_of_doubt(context: &CommandContext, drafts: u64) {
    if drafts > 0 {
        let drafts = counted(drafts, "draft");
        context.warn_of_damage(&format!("what is told of {drafts} may be wrong; see why: draftkeep verify"));
    }
}

/// Says that drafts may be missing in what was found.
fn warn_of_unreadable_drafts(context: &CommandContext, drafts: u64) {
    if drafts > 0 {
        let drafts = counted(drafts, "draft");
        context.warn_of_damage(&format!(
            "{drafts} cannot be read, so that what was found there is not shown; see why: draftkeep verify"
        ));
    }
}

/// Opens the index, brought up to the archive; says what had to be done for it.
pub(super) fn open(context: &CommandContext, reader: &Reader, is_rebuilt: bool) -> Result<Searcher, CommandError> {
    let bar = verify::bar(context)?;
    let mut on_progress = |versions| {
        bar.set_message(format!("{} read into the index", counted(versions, "version")));
        ControlFlow::Continue(())
    };
    let searcher = match is_rebuilt {
        true => Searcher::rebuild(reader, &mut on_progress),
        false => Searcher::open(reader, &mut on_progress),
    };
    bar.finish_and_clear();
    let searcher = searcher?;
    match &searcher.note {
        Some(SearchNote::Rebuilt(reason)) => context.ui.warning(&format!("{reason}; it was made again")),
        Some(SearchNote::Temporary(reason)) => {
            context.ui.warning(&format!("{reason}; this search made one of its own, which is gone afterwards"));
        }
        None => {}
    }
    Ok(searcher)
}

impl From<SearchError> for CommandError {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Archive(error) => error.into(),
            SearchError::Index(error) if error.is_beyond_use() => {
                Self::of(Exit::Failed, &error).hint("Make the index again: draftkeep search --rebuild")
            }
            error => Self::of(Exit::Failed, &error),
        }
    }
}
