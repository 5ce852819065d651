//! The document of `diff`.

use serde_json::{Value, json};

use crate::archive::Version;
use crate::compare::Comparison;
use crate::diff::{ArticleDiff, BodyChange, Diff, FieldChange, PartChange, Run, RunKind};
use crate::model::rfc3339;

/// Everything that changed. Positions count from 0; `null` is what was not there.
pub fn diff(compared: &Comparison) -> Value {
    let Comparison { draft, from, to, diff, doubt, .. } = compared;
    json!({
        "account": draft.account,
        "media_id": draft.media_id,
        "id": draft.id,
        "from": version(from),
        "to": version(to),
        "summary": diff.summary(),
        "articles": diff.articles.iter().map(article).collect::<Vec<_>>(),
        "other": diff.other.iter().map(field).collect::<Vec<_>>(),
        "doubt": doubt,
    })
}

/// The same of what is no version: what a write would change.
pub fn change(diff: &Diff) -> Value {
    json!({
        "summary": diff.summary(),
        "articles": diff.articles.iter().map(article).collect::<Vec<_>>(),
        "other": diff.other.iter().map(field).collect::<Vec<_>>(),
    })
}

fn version(version: &Version) -> Value {
    json!({
        "version": version.number,
        "hash": version.hash,
        "observed_at": rfc3339(version.observed_at),
        "update_time": version.update_time.map(rfc3339),
    })
}

fn article(article: &ArticleDiff) -> Value {
    let pictures = article
        .pictures
        .as_ref()
        .map(|pictures| json!({"added": pictures.added, "removed": pictures.removed, "reordered": pictures.reordered}));
    json!({
        "from": article.older,
        "to": article.newer,
        "title": article.title,
        "moved": article.moved,
        "summary": article.summary(),
        "fields": article.fields.iter().map(field).collect::<Vec<_>>(),
        "pictures": pictures,
        "body": article.body.as_ref().map(body),
    })
}

fn field(field: &FieldChange) -> Value {
    json!({"name": field.name, "from": field.older, "to": field.newer})
}

/// The runs are the whole text of both versions, a picture in it U+FFFC; `characters` are counted without blanks.
fn body(body: &BodyChange) -> Value {
    let formatting = if body.formatting_only { &body.formatting } else { &body.formatting_beside };
    json!({
        "formatting_only": body.formatting_only,
        "characters": {"added": body.added, "removed": body.removed},
        "paragraphs_moved": body.paragraphs_moved,
        "pictures": {"added": body.pictures_added, "removed": body.pictures_removed, "moved": body.pictures_moved},
        "parts": body.parts.iter().map(part).collect::<Vec<_>>(),
        "formatting": formatting.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "runs": body.runs.iter().map(run).collect::<Vec<_>>(),
    })
}

fn part(part: &PartChange) -> Value {
    json!({"what": part.what, "added": part.added, "removed": part.removed, "moved": part.moved})
}

fn run(run: &Run) -> Value {
    let kind = match run.kind {
        RunKind::Kept => "kept",
        RunKind::Removed => "removed",
        RunKind::Added => "added",
    };
    json!({"kind": kind, "moved": run.moved, "text": run.text, "pictures": run.pictures})
}
