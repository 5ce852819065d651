//! The document of `restore`: the plan, whether it was carried out, and what came through.

use serde_json::{Value, json};

use crate::archive::{CompletedRestore, RestoreRecord, WebRestore};
use crate::model::rfc3339;
use crate::restore::{
    ArticlePayload, ArticleReport, FieldReport, FilesPlan, InPlacePlan, InPlaceRestore, Issue, NewDraftPlan,
    NewDraftRestore, PlannedFile, Report, RestoreResult, Source, UndoResult, UploadSummary,
};

/// A restore to files.
pub fn restored_to_files(source: &Source, plan: &FilesPlan, is_applied: bool) -> Value {
    let file = |file: &PlannedFile| json!({"name": file.name, "what": file.what, "bytes": file.bytes.len()});
    let plan = json!({
        "kind": "files",
        "source": origin(source),
        "directory": plan.directory.display().to_string(),
        "files": plan.files.iter().map(file).collect::<Vec<_>>(),
    });
    json!({"plan": plan, "applied": is_applied, "media_id": null, "report": null})
}

/// A restore to a new draft; without a result, its plan.
pub fn restored_as_new(restore: &NewDraftRestore, result: Option<&RestoreResult>) -> Value {
    let NewDraftRestore { source, plan, made_before, .. } = restore;
    restored(&plan_document("new draft", source, plan, made_before), result)
}

/// The plan that was made against the current draft.
pub fn in_place_plan(restore: &InPlaceRestore, shown: &InPlacePlan) -> Value {
    let mut plan = in_place(restore);
    plan["number"] = json!(shown.id.0);
    plan["live"] = json!({"version": shown.live.version.number, "hash": shown.live.version.hash});
    plan["differing"] = json!(shown.differing);
    restored(&plan, None)
}

/// A restore in place; without a result, what would be sent.
pub fn restored_in_place(restore: &InPlaceRestore, result: Option<&RestoreResult>) -> Value {
    restored(&in_place(restore), result)
}

/// The undo of a restore that made a new draft, or made none: `deletes` is the media_id of that draft.
pub fn undone(record: &RestoreRecord, deletes: Option<&str>, is_applied: bool, result: Option<&UndoResult>) -> Value {
    json!({
        "plan": {"kind": "undo", "undoes": record.id.0, "account": record.account, "deletes": deletes},
        "applied": is_applied,
        "media_id": result.map(|result| &result.media_id),
        "report": null,
        "restore": result.map(|result| result.id.0),
    })
}

/// A restore on record; `forms` asked for it on a page. What the last of them reported stands beside it.
pub fn restore_record(record: &RestoreRecord, forms: &[WebRestore], is_running: bool) -> Value {
    let ending = forms.last().and_then(|form| serde_json::from_str::<Value>(form.ending.as_ref()?).ok());
    let form =
        |form: &WebRestore| json!({"user": form.user, "address": form.address, "sent_at": rfc3339(form.sent_at)});
    json!({
        "restore": record.id.0,
        "kind": record.kind.as_str(),
        "id": record.draft,
        "version": record.version,
        "account": record.account,
        "outcome": record.state.as_str(),
        "running": is_running,
        "started_at": rfc3339(record.started_at),
        "finished_at": record.finished_at.map(rfc3339),
        "media_id": record.media_id,
        "result": record.result.map(|(draft, version)| json!({"id": draft, "version": version})),
        "undoes": record.undoes.map(|undone| undone.0),
        "asked_by": forms.iter().map(form).collect::<Vec<_>>(),
        "report": ending.as_ref().map(|ending| ending["report"].clone()),
        "failure": ending.as_ref().map(|ending| ending["failure"].clone()),
    })
}

fn restored(plan: &Value, result: Option<&RestoreResult>) -> Value {
    let kept = result.and_then(|result| result.kept);
    json!({
        "plan": plan,
        "applied": result.is_some(),
        "media_id": result.map(|result| &result.media_id),
        "report": result.and_then(|result| result.report.as_ref().ok()).map(report),
        "restore": result.map(|result| result.id.0),
        "id": kept.map(|(draft, _)| draft),
        "version": kept.map(|(_, version)| version),
        "pictures": result.map(|result| pictures(&result.uploads)),
    })
}

fn in_place(restore: &InPlaceRestore) -> Value {
    let kind = if restore.undoes.is_some() { "undo" } else { "in place" };
    plan_document(kind, &restore.source, &restore.plan, &[])
}

fn plan_document(kind: &str, source: &Source, plan: &NewDraftPlan, made_before: &[CompletedRestore]) -> Value {
    let made = |made: &CompletedRestore| json!({"media_id": made.media_id, "finished_at": rfc3339(made.finished_at)});
    json!({
        "kind": kind,
        "source": origin(source),
        "account": plan.target,
        "articles": plan.articles.iter().map(article).collect::<Vec<_>>(),
        "findings": plan.findings.iter().map(finding).collect::<Vec<_>>(),
        "made_before": made_before.iter().map(made).collect::<Vec<_>>(),
    })
}

fn origin(source: &Source) -> Value {
    json!({
        "account": source.draft.account,
        "media_id": source.draft.media_id,
        "id": source.draft.id,
        "version": source.version.number,
        "hash": source.version.hash,
        "observed_at": rfc3339(source.version.observed_at),
        "title": source.title(),
        "doubt": source.doubt,
    })
}

fn article(sent: &ArticlePayload) -> Value {
    json!({
        "position": sent.article.position,
        "type": sent.article.article_type.as_str(),
        "title": sent.article.title,
        "fields": sent.fields,
        "undone": {"pictures": sent.undone.pictures, "styles": sent.undone.styles},
    })
}

fn finding(finding: &Issue) -> Value {
    json!({"weight": finding.weight.as_str(), "position": finding.position, "message": finding.kind.to_string()})
}

fn pictures(UploadSummary { uploaded, kept, changed, lost }: &UploadSummary) -> Value {
    let changed: Vec<String> = changed.iter().map(ToString::to_string).collect();
    json!({"uploaded": uploaded, "kept": kept, "changed": changed, "lost": lost})
}

pub(super) fn report(report: &Report) -> Value {
    let field = |field: &FieldReport| json!({"field": field.field, "verdict": field.verdict.as_str(), "expected": field.expected, "note": field.note.as_ref().map(ToString::to_string).unwrap_or_default()});
    let article = |article: &ArticleReport| {
        json!({
            "position": article.position,
            "title": article.title,
            "fields": article.fields.iter().map(field).collect::<Vec<_>>(),
        })
    };
    json!({"complete": report.is_complete(), "articles": report.articles.iter().map(article).collect::<Vec<_>>()})
}
