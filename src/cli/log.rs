//! `draftkeep log`: the versions of one draft.

use owo_colors::Style;
use serde_json::{Value, json};

use super::draft_ref::DraftRef;
use super::list::title;
use super::output::local;
use super::show::damaged;
use super::table::{Column, Fit, Line};
use super::{ArchivePath, Call, CommandError, Exit, lookup};
use crate::archive::{Draft, Error, Reader, Version};
use crate::diff::{self, Content};
use crate::model::{ArticleType, rfc3339};
use crate::restore::{self, Restorable, Returns};

/// In a terminal narrower than this, titles are left out: what changed says where they did.
const WITH_TITLES: u16 = 120;

/// In a terminal narrower than this, hashes are left out as well: `@N` names a version too.
const WITH_HASHES: u16 = 100;

/// Show the versions of a draft, newest first, and what changed in each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep log 3
  draftkeep log mag/Qm7xK2vTnS0b --json")]
pub(super) struct Log {
    /// The draft: its number, media_id (or the first 8 characters), or title (or a part); ACCOUNT/ may stand before it
    #[arg(allow_hyphen_values = true)]
    draft: DraftRef,
    #[command(flatten)]
    archive: ArchivePath,
}

/// A version and what it holds.
struct Entry {
    number: u64,
    /// `None` where its row is damaged.
    version: Option<Version>,
    /// Its articles and the size of its document in bytes, or why the version does not come back.
    held: Result<(Vec<Titled>, usize), String>,
    /// Whether it can go back through the API; `None` where it does not come back.
    restorable: Option<Restorable>,
    /// What it changed, in one line, or why that cannot be told.
    changed: Result<String, &'static str>,
}

/// What is told of an article. A draft may have thousands of versions, whose contents need not all be kept.
type Titled = (ArticleType, String);

impl Log {
    pub(super) fn run(self, call: &Call) -> Result<Exit, CommandError> {
        let reader = call.reader(&self.archive)?;
        let draft = lookup::draft(&reader, &self.draft)?;
        let entries = entries(&reader, &draft)?;
        if call.ui.json {
            call.ui.document(&entries.iter().map(document).collect::<Vec<_>>())?;
        } else {
            call.ui.status(&format!("{}/{}, {}", draft.account, draft.id, title(&draft.title)));
            print(call, &entries)?;
        }
        match entries.iter().filter(|entry| entry.held.is_err()).count() {
            0 => Ok(Exit::Done),
            damaged => Err(Error::Damaged(format!("{damaged} of {} versions cannot be read", entries.len())).into()),
        }
    }
}

/// Lists every version, newest first; what it holds and changed is told where its row and its document come back.
fn entries(reader: &Reader, draft: &Draft) -> Result<Vec<Entry>, Error> {
    let (mut entries, mut versions) = (Vec::new(), Vec::new());
    let numbers = reader.version_numbers(draft.id)?;
    for (at, &number) in numbers.iter().enumerate() {
        let (version, damage) = match reader.version(draft.id, number) {
            Ok(version) => (Some(version), String::new()),
            Err(Error::Damaged(reason)) => (None, reason),
            Err(error) => return Err(error),
        };
        versions.extend(version.clone());
        let changed = unread(number, numbers.get(at + 1));
        entries.push(Entry { number, version, held: Err(damage), restorable: None, changed });
    }
    read(reader, draft, &versions, &mut entries)?;
    Ok(entries)
}

/// Says what can be said of a change where the version `before` does not come back.
fn unread(number: u64, before: Option<&u64>) -> Result<String, &'static str> {
    match (number, before) {
        (1, _) => Ok("first version".to_owned()),
        (_, Some(before)) if before + 1 == number => Err("the version before is damaged"),
        _ => Err("the version before is missing"),
    }
}

/// Reads each version once, newest first, and tells what it changed as soon as the one before it is read.
fn read(reader: &Reader, draft: &Draft, versions: &[Version], entries: &mut [Entry]) -> Result<(), Error> {
    let mut newer: Option<(usize, Content)> = None;
    reader.documents(versions, |version, document| {
        let Some(at) = entries.iter().position(|entry| entry.number == version.number) else { return Ok(()) };
        let read = document.and_then(|document| {
            let content = Content::read(document.received).map_err(|error| damaged(&error))?;
            let restorable = restorable(reader, draft, document.received)?;
            Ok((content, document.received.len(), restorable))
        });
        let (content, size, restorable) = match read {
            Ok(read) => read,
            Err(Error::Damaged(reason)) => {
                entries[at].held = Err(reason);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        entries[at].held = Ok((titled(&content), size));
        entries[at].restorable = restorable;
        if let Some((newer_at, newer)) = &newer
            && entries[*newer_at].number == version.number + 1
        {
            entries[*newer_at].changed = Ok(diff::between(&content, newer).summary());
        }
        newer = Some((at, content));
        Ok(())
    })
}

/// Judges a version's document; `None` where it holds what nothing can be sent of, such as a number beyond all bounds.
pub(super) fn restorable(reader: &Reader, draft: &Draft, document: &[u8]) -> Result<Option<Restorable>, Error> {
    let pictures = reader.pictures(draft, document)?;
    Ok(restore::restorable(document, &pictures).ok())
}

pub(super) fn in_json(Restorable { verdict, reasons }: &Restorable) -> Value {
    json!({"verdict": verdict.as_str(), "reasons": reasons})
}

/// Says it in a word.
pub(super) fn in_a_word(restorable: &Restorable) -> &'static str {
    match restorable.verdict {
        Returns::Fully => "fully",
        Returns::WithLosses => "in part",
        Returns::NotByApi => "by hand",
    }
}

fn titled(content: &Content) -> Vec<Titled> {
    content.articles().map(|article| (article.article_type, article.title.clone())).collect()
}

fn document(entry: &Entry) -> Value {
    let article = |(position, (article_type, title)): (usize, &Titled)| json!({"position": position, "type": article_type.as_str(), "title": title});
    let (articles, size, damaged) = match &entry.held {
        Ok((articles, size)) => (articles.iter().enumerate().map(article).collect(), Some(size), None),
        Err(reason) => (Vec::new(), None, Some(reason)),
    };
    let version = entry.version.as_ref();
    json!({
        "version": entry.number,
        "hash": version.map(|version| version.hash),
        "observed_at": version.map(|version| rfc3339(version.observed_at)),
        "update_time": version.and_then(|version| version.update_time).map(rfc3339),
        "size": size,
        "articles": articles,
        "restorable": entry.restorable.as_ref().map(in_json),
        "changed": entry.held.as_ref().ok().and(entry.changed.as_ref().ok()),
        "damaged": damaged,
    })
}

fn print(call: &Call, entries: &[Entry]) -> Result<(), CommandError> {
    let mut columns = vec![
        Column { heading: "VERSION", fit: Fit::Right },
        Column { heading: "OBSERVED", fit: Fit::Left },
        Column { heading: "BYTES", fit: Fit::Right },
        Column { heading: "RESTORABLE", fit: Fit::Left },
        Column { heading: "CHANGED", fit: Fit::Shortened },
        Column { heading: "HASH", fit: Fit::Left },
        Column { heading: "TITLES", fit: Fit::Shortened },
    ];
    let mut lines: Vec<_> = entries.iter().map(line).collect();
    for least in [WITH_TITLES, WITH_HASHES] {
        if call.ui.is_narrower_than(least) {
            columns.pop();
            lines.iter_mut().for_each(|line| drop(line.values.pop()));
        }
    }
    call.ui.table(&columns, &lines)
}

fn line(entry: &Entry) -> Line {
    let Entry { number, version, held, restorable, changed } = entry;
    let all = |articles: &[Titled]| articles.iter().map(|(_, text)| title(text)).collect::<Vec<_>>().join(" / ");
    let of_row = |told: &dyn Fn(&Version) -> String| version.as_ref().map_or_else(String::new, told);
    let (size, changed, titles, style) = match held {
        Ok((articles, size)) => {
            let changed = changed.clone().unwrap_or_else(|why| format!("not known: {why}"));
            (size.to_string(), changed, all(articles), Style::new())
        }
        Err(reason) => {
            let titles = of_row(&|version| title(&version.title));
            (String::new(), format!("damaged: {reason}"), titles, Style::new().red())
        }
    };
    let observed = of_row(&|version| local(version.observed_at));
    let hash = of_row(&|version| version.hash.short());
    let restorable = restorable.as_ref().map_or_else(String::new, |restorable| in_a_word(restorable).to_owned());
    Line { values: vec![number.to_string(), observed, size, restorable, changed, hash, titles], style }
}
