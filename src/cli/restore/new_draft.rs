//! `draftkeep restore --as-new`: the plan, the deed, and what came through, for people and programs.

use serde_json::{Value, json};

use super::{Restore, document, nothing_done, source_in_json, source_in_words};
use crate::archive::Archive;
use crate::cli::list::title;
use crate::cli::poll::counted;
use crate::cli::terminal::safe;
use crate::cli::{Call, CommandError, Exit, block_on, lookup};
use crate::config::{Account, Config};
use crate::restore::{
    self, ArticleReport, DraftPlan, Failure, FieldReport, Finding, Made, PlanError, Report, Restored, Sent, Source,
    Target, Verdict, Weight,
};
use crate::wechat::Client;

impl Restore {
    pub(super) fn to_new_draft(&self, source: &Source, call: &Call) -> Result<Exit, CommandError> {
        let config = call.configuration()?;
        let account = self.target(source, &config)?;
        let plan = DraftPlan::new(source, &account.name, &self.choices())?;
        if !call.ui.json {
            call.ui.data(plan_in_words(source, &plan).as_bytes())?;
        }
        if !self.apply {
            nothing_done(call);
            return tell(call, source, &plan, None).map(|()| Exit::Done);
        }
        if plan.is_stopped() {
            return Err(stopped(&plan));
        }
        call.ui.log()?;
        let restored = block_on(apply(&plan, source, account, &config, call))??;
        tell(call, source, &plan, Some(&restored))?;
        Ok(match &restored.report {
            Ok(_) => Exit::Done,
            Err(reason) => {
                call.ui.warning(&format!("the new draft could not be read back: {}", safe(reason)));
                Exit::Partly
            }
        })
    }

    /// Returns the account whose draft box is meant.
    fn target<'a>(&self, source: &Source, config: &'a Config) -> Result<&'a Account, CommandError> {
        let name = self.account.as_ref().map_or(source.draft.account.as_str(), |account| account.as_str());
        lookup::configured(config, name)
    }
}

async fn apply(
    plan: &DraftPlan,
    source: &Source,
    account: &Account,
    config: &Config,
    call: &Call,
) -> Result<Restored, CommandError> {
    let client = Client::new(account, call.clock.clone()).map_err(|error| CommandError::of(Exit::Failed, &error))?;
    let archive = Archive::open(&config.archive)?;
    let target = Target { account, client: &client, archive: &archive, clock: &call.clock };
    let restored = restore::as_new(plan, source, &target).await;
    archive.close().await;
    restored.map_err(|failure| explained(failure, plan))
}

fn tell(call: &Call, source: &Source, plan: &DraftPlan, restored: Option<&Restored>) -> Result<(), CommandError> {
    if call.ui.json {
        let media_id = restored.map_or(Value::Null, |restored| json!(restored.media_id));
        let report = restored.and_then(|restored| restored.report.as_ref().ok()).map_or(Value::Null, report_in_json);
        return call.ui.document(&document(&plan_in_json(source, plan), restored.is_some(), &media_id, &report));
    }
    match restored {
        Some(restored) => call.ui.data(restored_in_words(restored, plan).as_bytes()),
        None => Ok(()),
    }
}

fn stopped(plan: &DraftPlan) -> CommandError {
    let stops = plan.findings.iter().filter(|finding| finding.weight == Weight::Stop);
    let error = CommandError::new(Exit::Failed, "the platform would refuse this draft, so it was not asked");
    stops
        .fold(error, |error, finding| error.hint(format!("{}.", finding_in_words(finding))))
        .hint("Give an article a cover with --cover [POSITION=]MEDIA_ID, or restore it to files: --to DIR")
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        match &error {
            PlanError::Malformed(_) => Self::of(Exit::Damaged, &error),
            PlanError::NoSuchArticle { .. } => Self::of(Exit::Usage, &error),
        }
    }
}

/// Says what became of the draft, and what to do.
fn explained(failure: Failure, plan: &DraftPlan) -> CommandError {
    match failure {
        Failure::NotMade(error) => {
            let exit = if error.code.is_some() { Exit::Refused } else { Exit::Failed };
            let told = CommandError::new(exit, "no draft was made").because(&error);
            restore::advice(&error, plan).into_iter().fold(told, CommandError::hint)
        }
        Failure::Unknown(error) => CommandError::new(Exit::Failed, "nobody knows whether a draft was made")
            .because(&error)
            .hint("It was not found in the draft box; it may still appear there.")
            .hint("Type the same again in a few minutes: it is searched for before another one is made"),
        Failure::AtWork(_) => CommandError::of(Exit::Failed, &failure).hint(
            "Wait for it; if it was killed, type the same again in four minutes: its draft is searched for first",
        ),
        Failure::Archive(error) => error.into(),
        Failure::NotWritten { .. } => CommandError::of(Exit::Partly, &failure)
            .hint("Do not restore it again: it is in the draft box, and the next poll keeps it"),
    }
}

fn plan_in_words(source: &Source, plan: &DraftPlan) -> String {
    let articles: String = plan.articles.iter().map(|sent| article_in_words(sent, &plan.findings)).collect();
    let draft = plan.findings.iter().filter(|finding| finding.position.is_none()).map(finding_line).collect::<String>();
    format!("Plan: {}, becomes a new draft of {}:\n{draft}{articles}", source_in_words(source), plan.target)
}

fn article_in_words(sent: &Sent, findings: &[Finding]) -> String {
    let position = sent.article.position;
    let kind = sent.article.article_type.as_str();
    let mut lines = format!("  Article {position}, {kind}: {}\n", safe(&title(&sent.article.title)));
    lines += &format!("    sends    {}\n", sent_in_words(sent));
    let undone = [(sent.undone.pictures, "picture"), (sent.undone.styles, "style")];
    let undone: Vec<_> = undone.into_iter().filter(|(count, _)| *count > 0).collect();
    if !undone.is_empty() {
        let counts: Vec<_> = undone.iter().map(|(count, what)| counted(*count as u64, what)).collect();
        lines += &format!("    undoes   the platform's spelling of {}\n", counts.join(" and "));
    }
    lines + &findings.iter().filter(|finding| finding.position == Some(position)).map(finding_line).collect::<String>()
}

/// Names what is sent, the switches that are off aside.
fn sent_in_words(sent: &Sent) -> String {
    let is_sent = |name: &str| sent.fields.get(name).is_some_and(|value| *value != json!(0));
    let length = counted(sent.text("content").chars().count() as u64, "character");
    let named = [
        ("title", "title".to_owned()),
        ("author", "author".to_owned()),
        ("digest", "digest".to_owned()),
        ("content", format!("text ({length} with its markup)")),
        ("image_info", counted(sent.pictures.len() as u64, "picture")),
        ("content_source_url", "link".to_owned()),
        ("thumb_media_id", "cover".to_owned()),
        ("pic_crop_235_1", "crop of the cover".to_owned()),
        ("cover_info", "crops of the cover".to_owned()),
        ("need_open_comment", "comments on".to_owned()),
        ("only_fans_can_comment", "for fans only".to_owned()),
        ("product_info", "product".to_owned()),
    ];
    named.into_iter().filter(|(name, _)| is_sent(name)).map(|(_, words)| words).collect::<Vec<_>>().join(", ")
}

fn finding_line(finding: &Finding) -> String {
    format!("    {:<8} {}\n", finding.weight.as_str(), finding.message)
}

fn finding_in_words(finding: &Finding) -> String {
    match finding.position {
        Some(position) => format!("Article {position}: {}", finding.message),
        None => format!("The draft: {}", finding.message),
    }
}

fn restored_in_words(restored: &Restored, plan: &DraftPlan) -> String {
    let Restored { media_id, made, report } = restored;
    let how = match made {
        Made::Answered => String::new(),
        Made::AnswerLost => "; the answer was lost, and it was found in the draft box".to_owned(),
        Made::Earlier(began) => {
            format!("; the restore that began at {} had made it", crate::cli::output::local(*began))
        }
    };
    let head = format!("Made: {} of {}{how}\n", safe(media_id.as_str()), plan.target);
    let articles: String = report.iter().flat_map(|report| &report.articles).map(came_through).collect();
    head + &articles
}

fn came_through(article: &ArticleReport) -> String {
    let well: Vec<_> = article
        .fields
        .iter()
        .filter(|field| field.verdict == Verdict::Same)
        .map(|field| field.field.as_str())
        .collect();
    let mut lines = format!("  Article {}: {}\n", article.position, safe(&title(&article.title)));
    if !well.is_empty() {
        lines += &format!("    same       {}\n", well.join(", "));
    }
    let others = article.fields.iter().filter(|field| field.verdict != Verdict::Same);
    let line = |FieldReport { field, verdict, note }: &FieldReport| {
        format!("    {:<10} {field}: {}\n", verdict.as_str(), safe(note))
    };
    lines + &others.map(line).collect::<String>()
}

fn plan_in_json(source: &Source, plan: &DraftPlan) -> Value {
    let finding = |finding: &Finding| json!({"weight": finding.weight.as_str(), "position": finding.position, "message": finding.message});
    let article = |sent: &Sent| {
        json!({
            "position": sent.article.position,
            "type": sent.article.article_type.as_str(),
            "title": sent.article.title,
            "fields": sent.fields,
            "undone": {"pictures": sent.undone.pictures, "styles": sent.undone.styles},
        })
    };
    json!({
        "kind": "new draft",
        "source": source_in_json(source),
        "account": plan.target,
        "articles": plan.articles.iter().map(article).collect::<Vec<_>>(),
        "findings": plan.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn report_in_json(report: &Report) -> Value {
    let field =
        |field: &FieldReport| json!({"field": field.field, "verdict": field.verdict.as_str(), "note": field.note});
    let article = |article: &ArticleReport| {
        json!({
            "position": article.position,
            "title": article.title,
            "fields": article.fields.iter().map(field).collect::<Vec<_>>(),
        })
    };
    json!({"complete": report.is_complete(), "articles": report.articles.iter().map(article).collect::<Vec<_>>()})
}
