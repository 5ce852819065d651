//! A plan of a restore to a draft box, and what came through of it, for people.

use serde_json::json;

use super::source_in_words;
use crate::archive::CompletedRestore;
use crate::cli::list::title;
use crate::cli::times::local;
use crate::model::{article_number, counted};
use crate::restore::{
    ArticlePayload, ArticleReport, Confirmation, FieldOutcome, FieldReport, InPlacePlan, InPlaceRestore, Issue,
    NewDraftPlan, NewDraftRestore, RestoreResult, UploadSummary,
};
use crate::sanitize;

/// So many earlier drafts of the same content are told to people.
const MOST_BEFORE: usize = 3;

pub(super) fn plan_in_words(restore: &NewDraftRestore) -> String {
    let NewDraftRestore { source, plan, made_before, .. } = restore;
    let past = |past: &CompletedRestore| {
        let (when, media_id) = (local(past.finished_at), sanitize::line(past.media_id.as_str()).into_owned());
        format!("  Was made already, at {when}, as {media_id}\n")
    };
    let before: String = made_before.iter().take(MOST_BEFORE).map(past).collect();
    let articles: String = plan.articles.iter().map(|sent| article_in_words(sent, &plan.findings)).collect();
    let draft = plan.findings.iter().filter(|finding| finding.position.is_none()).map(finding_line).collect::<String>();
    let pictures = match plan.pictures() {
        (0, _) => String::new(),
        (count, held) => format!("  Needs {}, {held} of them held\n", counted(count, "picture")),
    };
    let source = source_in_words(source);
    format!("Plan: {source}, becomes a new draft of {}:\n{before}{draft}{pictures}{articles}", plan.target)
}

fn article_in_words(sent: &ArticlePayload, findings: &[Issue]) -> String {
    let position = sent.article.position;
    let kind = sent.article.article_type.as_str();
    let mut lines =
        format!("  Article {}, {kind}: {}\n", article_number(position), sanitize::line(&title(&sent.article.title)));
    lines += &format!("    sends    {}\n", sent_in_words(sent));
    let undone = [(sent.undone.pictures, "picture"), (sent.undone.styles, "style")];
    let undone: Vec<_> = undone.into_iter().filter(|(count, _)| *count > 0).collect();
    if !undone.is_empty() {
        let counts: Vec<_> = undone.iter().map(|(count, what)| counted(*count, what)).collect();
        lines += &format!("    undoes   the platform's spelling of {}\n", counts.join(" and "));
    }
    lines + &findings.iter().filter(|finding| finding.position == Some(position)).map(finding_line).collect::<String>()
}

/// Names what is sent, the switches that are off aside.
fn sent_in_words(sent: &ArticlePayload) -> String {
    let is_sent = |name: &str| {
        sent.fields.get(name).is_some_and(|value| *value != json!(0))
            && (name != "image_info" || !sent.pictures.is_empty())
    };
    let length = counted(sent.text("content").chars().count(), "character");
    let named = [
        ("title", "title".to_owned()),
        ("author", "author".to_owned()),
        ("digest", "digest".to_owned()),
        ("content", format!("text ({length} with its markup)")),
        ("image_info", counted(sent.pictures.len(), "picture")),
        ("content_source_url", "link".to_owned()),
        ("thumb_media_id", "cover".to_owned()),
        ("pic_crop_235_1", "crop of the cover (2.35:1)".to_owned()),
        ("pic_crop_1_1", "crop of the cover (1:1)".to_owned()),
        ("cover_info", "crops of the cover".to_owned()),
        ("need_open_comment", "comments on".to_owned()),
        ("only_fans_can_comment", "for fans only".to_owned()),
        ("product_info", "product".to_owned()),
    ];
    named.into_iter().filter(|(name, _)| is_sent(name)).map(|(_, words)| words).collect::<Vec<_>>().join(", ")
}

fn finding_line(finding: &Issue) -> String {
    format!("    {:<8} {}\n", finding.weight.as_str(), finding.kind)
}

pub(super) fn restored_in_words(restored: &RestoreResult, plan: &NewDraftPlan) -> String {
    let RestoreResult { id, media_id, kept, made, uploads, report } = restored;
    let how = match made {
        Confirmation::Answered => String::new(),
        Confirmation::AnswerLost => "; the answer was lost, and it was found in the draft box".to_owned(),
        Confirmation::Earlier(began) => {
            format!("; the restore that began at {} had made it", local(*began))
        }
        Confirmation::Over(articles) => format!(", {}", counted(*articles, "article")),
    };
    let word = match made {
        Confirmation::Over(0) => "Nothing differed",
        Confirmation::Over(_) => "Written over",
        _ => "Made",
    };
    let (target, media_id) = (&plan.target, sanitize::line(media_id.as_str()));
    let head = match kept {
        Some((draft, _)) => format!("{word}: {target}/{draft}, {media_id}{how}\n"),
        None => {
            format!("{word}: {media_id} of {target}{how}\n  A poll gives it its number here: draftkeep poll {target}\n")
        }
    };
    let head = head + &uploads_in_words(uploads);
    let head = format!("{head}  To take it back: draftkeep restore --undo {}/{id}\n", plan.target);
    let articles: String = report.iter().flat_map(|report| &report.articles).map(came_through).collect();
    head + &articles
}

fn uploads_in_words(uploads: &UploadSummary) -> String {
    let UploadSummary { uploaded, kept, changed, lost } = uploads;
    let mut lines = match (uploaded, kept) {
        (0, 0) => String::new(),
        _ => format!("  Pictures: {uploaded} uploaded, {kept} were there\n"),
    };
    lines.extend(changed.iter().map(|change| format!("    changed    {change}\n")));
    lines.extend(lost.iter().map(|address| format!("    lost       {}\n", sanitize::line(address))));
    lines
}

/// Tells what would go over a draft.
pub(super) fn over_in_words(restore: &InPlaceRestore, shown: &InPlacePlan) -> String {
    let (InPlaceRestore { source, plan, .. }, InPlacePlan { differing, live, .. }) = (restore, shown);
    let (all, differ) = (plan.articles.len(), differing.len());
    let which = match differ {
        0 => "nothing differs, and nothing would be written".to_owned(),
        _ => format!("{differ} of {} differ and would be written over", counted(all, "article")),
    };
    let articles = plan.articles.iter().filter(|sent| differing.contains(&sent.article.position));
    let articles: String = articles.map(|sent| article_in_words(sent, &plan.findings)).collect();
    let now = live.version.number;
    let draft: String = plan.findings.iter().filter(|finding| finding.position.is_none()).map(finding_line).collect();
    format!(
        "Plan: {}, goes over version {now}, which the draft says now and which is kept:\n  {which}\n{draft}{articles}",
        source_in_words(source)
    )
}

fn came_through(article: &ArticleReport) -> String {
    let well: Vec<_> = article
        .fields
        .iter()
        .filter(|field| field.verdict == FieldOutcome::Same)
        .map(|field| field.field.as_str())
        .collect();
    let mut lines =
        format!("  Article {}: {}\n", article_number(article.position), sanitize::line(&title(&article.title)));
    if !well.is_empty() {
        lines += &format!("    same       {}\n", well.join(", "));
    }
    let others = article.fields.iter().filter(|field| field.verdict != FieldOutcome::Same);
    let line = |FieldReport { field, verdict, expected, note }: &FieldReport| {
        let unexpected = if *expected { "" } else { " (the plan did not say so)" };
        let note = note.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("    {:<10} {}: {}{unexpected}\n", verdict.as_str(), sanitize::line(field), sanitize::line(&note))
    };
    lines + &others.map(line).collect::<String>()
}
