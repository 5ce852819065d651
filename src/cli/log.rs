//! `draftkeep log`: the versions of one draft.

use owo_colors::Style;
use serde_json::{Value, json};

use super::draft_ref::DraftRef;
use super::list::title;
use super::output::local;
use super::show::damaged;
use super::table::{Column, Fit, Line};
use super::{ArchivePath, Call, CommandError, Exit, lookup};
use crate::archive::{Error, Reader, Version};
use crate::diff::{self, Content};
use crate::model::{ArticleType, rfc3339};

/// In a terminal narrower than this, titles are left out: what changed says where they did.
const WITH_TITLES: u16 = 120;

/// In a terminal narrower than this, hashes are left out as well: `@N` names a version too.
const WITH_HASHES: u16 = 100;

/// Show the versions of a draft, newest first, and what changed in each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep log '#3'
  draftkeep log mag/Qm7xK2vTnS0b --json")]
pub(super) struct Log {
    /// The draft: #ID, media_id, or the first 8 characters or more of one; ACCOUNT/ may stand before it
    #[arg(allow_hyphen_values = true)]
    draft: DraftRef,
    #[command(flatten)]
    archive: ArchivePath,
}

/// A version and what it holds.
struct Entry<'a> {
    version: &'a Version,
    /// Its articles and the size of its document in bytes, or why the document does not come back.
    held: Result<(Vec<Titled>, usize), String>,
    /// What it changed, in one line; `None` where that cannot be told.
    changed: Option<String>,
}

/// What is told of an article. A draft may have thousands of versions, whose contents need not all be kept.
type Titled = (ArticleType, String);

impl Log {
    pub(super) fn run(self, call: &Call) -> Result<Exit, CommandError> {
        let reader = call.reader(&self.archive)?;
        let draft = lookup::draft(&reader, &self.draft)?;
        let versions = reader.versions(draft.id)?;
        let entries = entries(&reader, &versions)?;
        if call.ui.json {
            call.ui.document(&entries.iter().map(document).collect::<Vec<_>>())?;
        } else {
            call.ui.status(&format!("{}/#{}, {}", draft.account, draft.id, title(&draft.title)));
            print(call, &entries)?;
        }
        match entries.iter().filter(|entry| entry.held.is_err()).count() {
            0 => Ok(Exit::Done),
            damaged => Err(Error::Damaged(format!("{damaged} of {} versions cannot be read", entries.len())).into()),
        }
    }
}

/// Reads each version once, newest first, and tells what it changed as soon as the one before it is read.
fn entries<'a>(reader: &Reader, versions: &'a [Version]) -> Result<Vec<Entry<'a>>, Error> {
    let mut entries = Vec::<Entry<'a>>::with_capacity(versions.len());
    let mut newer = None;
    reader.documents(versions, |_, document| {
        let read = document.and_then(|document| {
            let content = Content::read(document.received).map_err(|error| damaged(&error))?;
            Ok((content, document.received.len()))
        });
        let (held, content) = match read {
            Ok((content, size)) => (Ok((titled(&content), size)), Some(content)),
            Err(Error::Damaged(reason)) => (Err(reason), None),
            Err(error) => return Err(error),
        };
        if let (Some(entry), Some(newer), Some(older)) = (entries.last_mut(), &newer, &content) {
            entry.changed = Some(diff::between(older, newer).summary());
        }
        entries.push(Entry { version: &versions[entries.len()], held, changed: None });
        newer = content;
        Ok(())
    })?;
    if let Some(first) = entries.last_mut().filter(|first| first.held.is_ok()) {
        first.changed = Some("first version".to_owned());
    }
    Ok(entries)
}

fn titled(content: &Content) -> Vec<Titled> {
    content.articles().map(|article| (article.article_type, article.title.clone())).collect()
}

fn document(entry: &Entry<'_>) -> Value {
    let article = |(position, (article_type, title)): (usize, &Titled)| json!({"position": position, "type": article_type.as_str(), "title": title});
    let (articles, size, damaged) = match &entry.held {
        Ok((articles, size)) => (articles.iter().enumerate().map(article).collect(), Some(size), None),
        Err(reason) => (Vec::new(), None, Some(reason)),
    };
    json!({
        "version": entry.version.number,
        "hash": entry.version.hash,
        "observed_at": rfc3339(entry.version.observed_at),
        "update_time": entry.version.update_time.map(rfc3339),
        "size": size,
        "articles": articles,
        "changed": entry.changed,
        "damaged": damaged,
    })
}

fn print(call: &Call, entries: &[Entry<'_>]) -> Result<(), CommandError> {
    let mut columns = vec![
        Column { heading: "VERSION", fit: Fit::Right },
        Column { heading: "OBSERVED", fit: Fit::Left },
        Column { heading: "BYTES", fit: Fit::Right },
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

fn line(entry: &Entry<'_>) -> Line {
    let Entry { version, held, changed } = entry;
    let all = |articles: &[Titled]| articles.iter().map(|(_, text)| title(text)).collect::<Vec<_>>().join(" / ");
    let (size, changed, titles, style) = match held {
        Ok((articles, size)) => {
            let changed = changed.as_deref().unwrap_or("not known: the version before is damaged");
            (size.to_string(), changed.to_owned(), all(articles), Style::new())
        }
        Err(reason) => (String::new(), format!("damaged: {reason}"), title(&version.title), Style::new().red()),
    };
    let hash = version.hash.to_string()[..12].to_owned();
    Line { values: vec![version.number.to_string(), local(version.observed_at), size, changed, hash, titles], style }
}
