//! The tools that read drafts and their versions.

use serde_json::{Value, json};

use super::answer::{Answer, Found, Refused};
use super::arguments::{Diff, Format, GetDraft, History, ListDrafts};
use crate::archive::{Filter, Reader};
use crate::canonical;
use crate::compare;
use crate::draft_list::DraftEntry;
use crate::json;
use crate::lookup::{self, DraftRef, VersionKey, VersionRef};
use crate::model::{AccountName, Article, DraftState};
use crate::render::{self, Pictures};
use crate::restore;
use crate::timeline;

/// So many drafts and versions are listed, if the agent names no number, and at most.
const DRAFTS: (usize, usize) = (30, 200);
const VERSIONS: (usize, usize) = (20, 100);

/// So many characters of a draft are read at once: at most four bytes each, within the longest answer.
const PART: usize = 12_000;

/// What stayed between two changes is cut, but for so many characters at both its ends.
const AROUND: usize = 60;

pub(super) fn list(reader: &Reader, asked: &ListDrafts) -> Answer {
    let account = asked.account.as_deref().map(|name| account(reader, name)).transpose()?;
    let state = asked.state.as_deref().map(str::parse::<DraftState>);
    let state = state.transpose().map_err(|_| Refused::new("a state is live, missing, published, deleted or gone"))?;
    let (mut drafts, damaged) = reader.readable_drafts(&Filter::default())?;
    drafts.retain(|draft| {
        account.as_ref().is_none_or(|name| name.as_str() == draft.account)
            && state.is_none_or(|state| state == draft.state)
            && asked.title.as_ref().is_none_or(|title| draft.title.contains(title))
    });
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.last_changed));
    let (of, shown) = (drafts.len(), most(asked.limit, DRAFTS));
    let entries = drafts.into_iter().skip(asked.skip).take(shown);
    let doubts = reader.doubts()?;
    let entries = entries.map(|draft| DraftEntry::read(reader, draft, &doubts)).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "drafts": json::list(&entries), "of": of, "unreadable": damaged.len() }).into())
}

pub(super) fn get(reader: &Reader, asked: &GetDraft) -> Answer {
    let meant: VersionRef = asked.draft.parse().map_err(Refused::new)?;
    let (draft, version) = lookup::find_version(reader, &meant)?;
    let document = lookup::read_document(reader, &draft, &version)?;
    let articles = || canonical::articles(&document).map_err(|error| Refused::new(error.to_string()));
    let (name, text) = match asked.format {
        Format::Text => ("text", render::text(&articles()?)),
        Format::Markdown => ("markdown", render::markdown(&articles()?, &Pictures::default())),
        Format::Html => ("html", articles()?.iter().map(body).collect::<Vec<_>>().join("\n")),
        Format::Json => ("json", String::from_utf8_lossy(&document).into_owned()),
    };
    let judged = restore::judge(reader, &draft, &document).ok().flatten();
    let part: String = text.chars().skip(asked.from).take(PART).collect();
    let (characters, end) = (text.chars().count(), asked.from + part.chars().count());
    let doubt = reader.doubt_of_version(draft.id, version.number)?;
    let shown = json::ShownVersion {
        draft: &draft,
        version: &version,
        format: name,
        text: b"",
        restorable: judged.as_ref(),
        doubt: doubt.as_deref(),
    };
    let mut facts = json::show(&shown);
    if let Value::Object(facts) = &mut facts {
        facts.remove("text");
        facts.insert("title".to_owned(), draft.title.clone().into());
        facts.insert("state".to_owned(), draft.state.as_str().into());
        facts.insert("characters".to_owned(), characters.into());
        facts.insert("from".to_owned(), asked.from.into());
        facts.insert("next".to_owned(), (end < characters).then_some(end).into());
    }
    Ok(Found::with_text(facts, &part, &version.hash.to_string()))
}

fn body(article: &Article) -> String {
    format!("<!-- article {} -->\n{}", article.position + 1, article.content)
}

pub(super) fn history(reader: &Reader, asked: &History) -> Answer {
    let meant: DraftRef = asked.draft.parse().map_err(Refused::new)?;
    let draft = lookup::find_draft(reader, &meant)?;
    let (numbers, marks) = (reader.version_numbers(draft.id)?, timeline::marks(reader, &draft)?);
    let shown = most(asked.limit, VERSIONS).min(numbers.len());
    let entries = timeline::entries(reader, &draft, &numbers, shown, &marks, false)?;
    let (account, id, media_id) = (&draft.account, draft.id, &draft.media_id);
    let (doubt, of) = (reader.doubt_of(id)?, numbers.len());
    let versions = json::log(&entries, doubt.as_deref());
    let history =
        json!({ "account": account, "id": id, "media_id": media_id, "versions": versions, "of": of, "doubt": doubt });
    Ok(history.into())
}

pub(super) fn diff(reader: &Reader, asked: &Diff) -> Answer {
    let from: VersionRef = asked.draft.parse().map_err(Refused::new)?;
    let compared = compare::compare(reader, &from, asked.to.map(VersionKey::Number))?;
    let mut document = json::diff(&compared);
    cut_kept(&mut document);
    Ok(document.into())
}

/// Cuts what stayed as it was: an agent asks for what changed.
pub(super) fn cut_kept(document: &mut Value) {
    match document {
        Value::Object(fields) => {
            let is_kept = fields.get("kind").is_some_and(|kind| kind == "kept");
            for (name, value) in fields {
                match value {
                    Value::String(text) if is_kept && name == "text" => *text = cut(text),
                    value => cut_kept(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(cut_kept),
        _ => {}
    }
}

fn cut(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= 3 * AROUND {
        return text.to_owned();
    }
    let (begin, end) = (&characters[..AROUND], &characters[characters.len() - AROUND..]);
    format!("{}…{}", begin.iter().collect::<String>(), end.iter().collect::<String>())
}

/// Finds an account by its name.
pub(super) fn account(reader: &Reader, name: &str) -> Result<AccountName, Refused> {
    let name: AccountName = name.parse().map_err(|rule: &str| Refused::new(rule))?;
    lookup::check_known(reader, &name)?;
    Ok(name)
}

/// Returns how many are told.
pub(super) fn most(asked: Option<usize>, (usual, most): (usize, usize)) -> usize {
    asked.unwrap_or(usual).clamp(1, most)
}
