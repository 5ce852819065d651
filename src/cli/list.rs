//! `draftkeep list`: the drafts that are kept.

use std::collections::BTreeSet;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use owo_colors::Style;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::show::damaged;
use super::table::{Align, Column, TableRow};
use super::times::{TimeColumn, TimePrecision};
use super::{accounts, restorability};
use crate::archive::{Draft, Error, Filter, Reader};
use crate::canonical;
use crate::draft_list::DraftEntry;
use crate::json;
use crate::lookup::{SHORTEST_PREFIX, common_prefix_len};
use crate::model::{AccountName, Article, DraftState, counted, shortened};
use crate::render::{self, PICTURE};

/// Narrower terminals show no media_ids.
const FULL_WIDTH: u16 = 100;

/// How many texts are read of drafts without a title; each takes some milliseconds.
const MOST_READ: usize = 200;

/// The RESTORABLE column is shown for at most this many drafts; each takes a millisecond. `-v` always shows it.
const MOST_JUDGED: usize = 200;

/// How many characters of the text are shown instead of a title.
const WORDS: usize = 30;

/// List drafts: state, title, number of versions, last change
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep list
  draftkeep list --state missing --state gone
  draftkeep list --account mag --json")]
pub(super) struct List {
    #[command(flatten)]
    archive: ArchivePath,
    /// Only drafts in this state; may be repeated
    #[arg(long, value_name = "STATE", value_parser = state())]
    state: Vec<DraftState>,
    /// Only drafts of this account; may be repeated
    #[arg(long, value_name = "ACCOUNT", value_parser = account)]
    account: Vec<AccountName>,
}

/// Names the states in the help and in the error.
pub(super) fn state() -> impl TypedValueParser<Value = DraftState> {
    PossibleValuesParser::new(["live", "missing", "published", "deleted", "gone"])
        .try_map(|text| text.parse::<DraftState>())
}

pub(super) fn account(text: &str) -> Result<AccountName, &'static str> {
    text.parse()
}

impl List {
    pub(super) fn run(mut self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        let (all, unreadable) = reader.readable_drafts(&Filter::default())?;
        for name in &mut self.account {
            *name = accounts::known_as(&reader, name, &self.archive, context)?;
        }
        let listed = all.iter().filter(|draft| self.is_selected(draft)).cloned();
        let doubts = reader.doubts()?;
        let listed = listed.map(|draft| DraftEntry::read(&reader, draft, &doubts));
        let mut listed = listed.collect::<Result<Vec<_>, _>>()?;
        if context.ui.json || listed.len() <= MOST_JUDGED || context.ui.verbosity > 0 {
            listed.iter_mut().try_for_each(|entry| entry.judge(&reader))?;
        }
        if context.ui.json {
            context.ui.document(&json::list(&listed))?;
        } else if all.is_empty() && unreadable.is_empty() {
            context.ui.status("The archive holds no drafts yet.");
            context.ui.hint("Fill it: draftkeep poll");
        } else if listed.is_empty() {
            context.ui.status("No draft is like that.");
            context.ui.hint("See all drafts: draftkeep list");
        } else {
            print(context, &reader, &all, &listed)?;
        }
        if let Some(first) = unreadable.first() {
            let (id, reason) = (first.typed_id(), &first.reason);
            let which =
                format!("{} cannot be read, the first of them {id}: {reason}", counted(unreadable.len(), "draft"));
            return Err(Error::Damaged(which).into());
        }
        let (damaged, sound): (Vec<_>, Vec<_>) = listed.iter().partition(|entry| entry.damage_count() > 0);
        let doubtful: Vec<_> = sound.iter().filter_map(|entry| Some((&entry.draft, entry.doubt.as_ref()?))).collect();
        for (draft, doubt) in &doubtful {
            context.warn_of_damage(&format!("{}/{}: {doubt}", draft.account, draft.id));
        }
        let which = match (damaged.len(), doubtful.len()) {
            (0, 0) => return Ok(Exit::Done),
            (0, drafts) => format!("what is told of {} may be wrong", counted(drafts, "draft")),
            (drafts, _) => format!("versions of {} are damaged", counted(drafts, "draft")),
        };
        Err(Error::Damaged(which).into())
    }

    fn is_selected(&self, draft: &Draft) -> bool {
        (self.state.is_empty() || self.state.contains(&draft.state))
            && (self.account.is_empty() || self.account.iter().any(|name| name.as_str() == draft.account))
    }
}

pub(super) fn print(
    context: &CommandContext,
    reader: &Reader,
    all: &[Draft],
    listed: &[DraftEntry],
) -> Result<(), CommandError> {
    let titles = titles(reader, listed)?;
    let is_judged = listed.len() <= MOST_JUDGED || context.ui.verbosity > 0;
    let last_changed: Vec<_> = listed.iter().map(|entry| entry.draft.last_changed).collect();
    let changed = TimeColumn::new("LAST CHANGED", &last_changed, TimePrecision::Minute);
    let several_accounts = all.iter().any(|draft| draft.account != all[0].account);
    let mut columns = vec![
        Column { heading: "ID", align: Align::Right },
        Column { heading: "ACCOUNT", align: Align::Left },
        Column { heading: "STATE", align: Align::Left },
        Column { heading: "TITLE", align: Align::Shortened },
        Column { heading: "VERSIONS", align: Align::Right },
        Column { heading: &changed.heading, align: Align::Left },
        Column { heading: "MEDIA_ID", align: Align::Left },
    ];
    if is_judged {
        columns.insert(5, Column { heading: "RESTORABLE", align: Align::Left });
    }
    let ids = PrefixIndex::of(all);
    let line = |((entry @ DraftEntry { draft, .. }, title), changed): ((&DraftEntry, String), String)| TableRow {
        values: vec![
            draft.id.to_string(),
            draft.account.clone(),
            draft.state.as_str().to_owned(),
            title,
            match entry.damage_count() {
                0 => draft.versions.to_string(),
                damaged => format!("{} ({damaged} damaged)", draft.versions),
            },
            draft.last_changed.map_or_else(|| "damaged".to_owned(), |_| changed),
            if context.ui.verbosity > 0 { draft.media_id.clone() } else { ids.shortened(&draft.media_id) },
        ],
        style: style(draft.state),
    };
    let mut lines: Vec<_> = listed.iter().zip(titles).zip(changed.values).map(line).collect();
    for (entry, line) in listed.iter().zip(&mut lines).filter(|_| is_judged) {
        line.values.insert(5, entry.restorable.as_ref().map_or("", restorability::in_a_word).to_owned());
    }
    // `#ID` names the draft as well; a title that can be read is worth more than its media_id.
    if context.ui.verbosity == 0 && context.ui.is_narrower_than(FULL_WIDTH) {
        columns.pop();
        lines.iter_mut().for_each(|line| drop(line.values.pop()));
    }
    if !several_accounts {
        columns.remove(1);
        lines.iter_mut().for_each(|line| drop(line.values.remove(1)));
    }
    context.ui.table(&columns, &lines)
}

/// Returns the drafts' titles; those that have none are told apart by how their text begins.
fn titles(reader: &Reader, listed: &[DraftEntry]) -> Result<Vec<String>, CommandError> {
    let mut readings_left = MOST_READ;
    let title = |DraftEntry { draft, .. }: &DraftEntry| {
        if !draft.title.is_empty() || readings_left == 0 {
            return Ok(title(&draft.title));
        }
        readings_left -= 1;
        let words = first_words(reader, draft)?;
        Ok([title(""), words].join(" ").trim_end().to_owned())
    };
    listed.iter().map(title).collect()
}

/// Returns how the text of a draft's newest version begins; empty if it cannot be read, which `verify` reports.
fn first_words(reader: &Reader, draft: &Draft) -> Result<String, Error> {
    let articles = match newest(reader, draft) {
        Err(Error::Damaged(_)) => Vec::new(),
        articles => articles?,
    };
    let texts = articles.iter().map(|article| render::plain_body(article).text.replace(PICTURE, " "));
    let words = texts.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).find(|text| !text.is_empty());
    Ok(shortened(&words.unwrap_or_default(), WORDS).into_owned())
}

fn newest(reader: &Reader, draft: &Draft) -> Result<Vec<Article>, Error> {
    let Some(newest) = reader.versions(draft.id)?.into_iter().next() else { return Ok(Vec::new()) };
    canonical::articles(&reader.document(&newest)?).map_err(|error| damaged(&error))
}

/// Returns a title as tables show it; text messages have none.
pub(super) fn title(title: &str) -> String {
    if title.is_empty() { "(no title)".to_owned() } else { title.to_owned() }
}

fn style(state: DraftState) -> Style {
    match state {
        DraftState::Live => Style::new(),
        DraftState::Missing => Style::new().yellow(),
        DraftState::Deleted | DraftState::Gone => Style::new().red(),
        DraftState::Published => Style::new().green(),
    }
}

/// The media_ids of an archive, to tell how much of one is enough to name it.
struct PrefixIndex<'a>(BTreeSet<&'a str>);

impl<'a> PrefixIndex<'a> {
    fn of(drafts: &'a [Draft]) -> Self {
        Self(drafts.iter().map(|draft| draft.media_id.as_str()).collect())
    }

    /// Returns the shortest beginning that names one draft, at least [`SHORTEST_PREFIX`] characters. Ids of one account
    /// often begin alike, so it may be long.
    fn shortened(&self, id: &str) -> String {
        use std::ops::Bound::{Excluded, Unbounded};
        let before = self.0.range::<str, _>((Unbounded, Excluded(id))).next_back();
        let after = self.0.range::<str, _>((Excluded(id), Unbounded)).next();
        let alike = [before, after].into_iter().flatten().map(|other| common_prefix_len(id, other)).max().unwrap_or(0);
        id.chars().take(SHORTEST_PREFIX.max(alike + 1)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_id_names_one_draft() {
        let ids = PrefixIndex(["Qm7xK2vTnS0b", "Qm7xK2vTnS0c", "Qm7xK2vTx", "abc", "-a7xK2vTnS0b"].into());
        for (id, shortened) in
            [("Qm7xK2vTnS0b", "Qm7xK2vTnS0b"), ("Qm7xK2vTx", "Qm7xK2vTx"), ("abc", "abc"), ("-a7xK2vTnS0b", "-a7xK2vT")]
        {
            assert_eq!(ids.shortened(id), shortened);
        }
    }
}
