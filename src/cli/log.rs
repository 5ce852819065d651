//! `draftkeep log`: the versions of one draft.

use owo_colors::Style;
use serde_json::{Value, json};

use super::draft_ref::DraftRef;
use super::list::title;
use super::output::local;
use super::table::{Column, Fit, Line};
use super::{ArchivePath, Call, CommandError, Exit, lookup};
use crate::archive::{self, Reader, Version};
use crate::canonical;
use crate::model::{Article, rfc3339};

/// Show the versions of a draft, newest first
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
    articles: Vec<Article>,
    /// Of its document, in bytes.
    size: usize,
}

impl Log {
    pub(super) fn run(self, call: &Call) -> Result<Exit, CommandError> {
        let reader = call.reader(&self.archive)?;
        let draft = lookup::draft(&reader, &self.draft)?;
        let versions = reader.versions(draft.id)?;
        let entries = entries(&reader, &versions)?;
        if call.ui.json {
            call.ui.document(&entries.iter().map(document).collect::<Vec<_>>())?;
        } else {
            print(call, &entries)?;
        }
        Ok(Exit::Done)
    }
}

fn entries<'a>(reader: &Reader, versions: &'a [Version]) -> Result<Vec<Entry<'a>>, archive::Error> {
    let mut entries = Vec::with_capacity(versions.len());
    reader.documents(versions, |_, document| {
        let document = document?.received;
        let mut articles = canonical::articles(document).map_err(|error| archive::Error::Damaged(error.to_string()))?;
        // Only their titles are shown, and a draft may have thousands of versions.
        articles.iter_mut().for_each(|article| article.content = String::new());
        entries.push((articles, document.len()));
        Ok(())
    })?;
    let entry = |(version, (articles, size))| Entry { version, articles, size };
    Ok(versions.iter().zip(entries).map(entry).collect())
}

fn document(entry: &Entry<'_>) -> Value {
    let article = |article: &Article| json!({"position": article.position, "type": article.article_type.as_str(), "title": article.title});
    json!({
        "version": entry.version.number,
        "hash": entry.version.hash,
        "observed_at": rfc3339(entry.version.observed_at),
        "update_time": entry.version.update_time.map(rfc3339),
        "size": entry.size,
        "articles": entry.articles.iter().map(article).collect::<Vec<_>>(),
    })
}

fn print(call: &Call, entries: &[Entry<'_>]) -> Result<(), CommandError> {
    let columns = [
        Column { heading: "VERSION", fit: Fit::Right },
        Column { heading: "OBSERVED", fit: Fit::Left },
        Column { heading: "HASH", fit: Fit::Left },
        Column { heading: "BYTES", fit: Fit::Right },
        Column { heading: "TITLES", fit: Fit::Shortened },
    ];
    let line = |entry: &Entry<'_>| Line {
        values: vec![
            entry.version.number.to_string(),
            local(entry.version.observed_at),
            entry.version.hash.to_string()[..12].to_owned(),
            entry.size.to_string(),
            entry.articles.iter().map(|article| title(&article.title)).collect::<Vec<_>>().join(" / "),
        ],
        style: Style::new(),
    };
    call.ui.table(&columns, &entries.iter().map(line).collect::<Vec<_>>())
}
