//! What to say where a restore did not come through, and what to do.

use crate::archive::CompletedRestore;
use crate::cli::error::{CommandError, Exit};
use crate::cli::times::local;
use crate::model::article_number;
use crate::restore::{self, Issue, NewDraftPlan, PlanError, RecordError, RestoreError, Source};
use crate::wechat;

/// Says what became of the draft, and what to do; `nothing` says that nothing did.
pub(super) fn explain(
    failure: RestoreError,
    nothing: &str,
    plan: Option<&NewDraftPlan>,
    source: &Source,
) -> CommandError {
    let name = format!("{}/{}", source.draft.account, source.draft.id);
    let version = source.version.number;
    match failure {
        RestoreError::NotMade(error) => {
            let refused = CommandError::new(exit(&error), nothing).because(&error);
            plan.into_iter().flat_map(|plan| restore::hints_for(&error, plan)).fold(refused, CommandError::hint)
        }
        RestoreError::NoPicture(_) => CommandError::of(Exit::Failed, &failure)
            .hint("Nothing was written. Give the article another cover: --cover NUMBER=MEDIA_ID")
            .hint(format!("See which pictures are held: draftkeep assets {name}@{version}")),
        RestoreError::NotThere(_) => CommandError::of(Exit::NotFound, &failure)
            .hint(format!("It can come back as a new one: draftkeep restore {name}@{version} --as-new")),
        RestoreError::Changed { planned, now } => CommandError::of(Exit::Failed, &failure)
            .hint(format!("So {nothing}. See what changed: draftkeep diff {name}@{planned} @{now}")),
        RestoreError::OtherShape(_) => CommandError::of(Exit::Failed, &failure)
            .hint(format!("Nothing was written. As a new draft: draftkeep restore {name}@{version} --as-new")),
        RestoreError::Partly { id, ref error, .. } => CommandError::of(Exit::Partly, &failure)
            .because(error)
            .hint(format!("To write the others: draftkeep restore --resume {}/{id}", source.draft.account))
            .hint(format!("To take it back: draftkeep restore --undo {}/{id}", source.draft.account)),
        other => other.into(),
    }
}

impl From<RestoreError> for CommandError {
    fn from(failure: RestoreError) -> Self {
        match failure {
            RestoreError::Unknown { error, search } => {
                let explained = CommandError::new(
                    search.as_ref().map_or(Exit::Failed, |search| exit(search)),
                    "nobody knows whether a draft was made",
                );
                let explained = explained.because(&*error);
                let explained = match &search {
                    Some(search) => explained.because(&**search).hint("The draft box could not be searched for it."),
                    None => explained.hint("It was not found in the draft box; it may still appear there."),
                };
                explained.hint("Type the same again in five minutes: it is searched for before another one is made")
            }
            RestoreError::NotSearched(error) => CommandError::new(
                exit(&error),
                "the draft box cannot be searched for what an earlier restore may have made",
            )
            .because(&error)
            .hint("Type the same again once it can be: nothing is made before"),
            RestoreError::Unsettled { began_at, until } => {
                let message = format!("the restore that began at {} may have made this draft already", local(began_at));
                CommandError::new(Exit::Failed, message)
                    .hint("It is not in the draft box, but it may still appear there.")
                    .hint(format!("Type the same again after {}: only then another one is made", local(until)))
            }
            RestoreError::OtherPurpose { is_drill: true, .. } => CommandError::of(Exit::Failed, &failure).hint(
                "Take away what it left, with the account of that drill: draftkeep drill --account ACCOUNT --apply",
            ),
            RestoreError::OtherPurpose { id, .. } => CommandError::of(Exit::Failed, &failure).hint(format!(
                "Complete it first: draftkeep restore --resume {id}; or take it back: draftkeep restore --undo {id}"
            )),
            RestoreError::Edited(_) => CommandError::of(Exit::Partly, &failure)
                .hint("Whoever edited it may keep it; nobody else needs it. Delete it at mp.weixin.qq.com"),
            RestoreError::Record { .. } => CommandError::of(Exit::Damaged, &failure).with_ways_out(),
            RestoreError::NoPlan(error) => error.into(),
            RestoreError::Stopped(stops) => stopped(&stops),
            RestoreError::MadeBefore(made) => made_before(&made),
            RestoreError::NoClient(error) => CommandError::of(Exit::Failed, &error),
            RestoreError::Archive(error) => error.into(),
            other => CommandError::of(Exit::Partly, &other)
                .hint("Do not make another: it is in the draft box, and the same command finds it there"),
        }
    }
}

/// Tells that the platform would refuse what is planned.
fn stopped(stops: &[Issue]) -> CommandError {
    let error = CommandError::new(Exit::Failed, "the platform would refuse this draft, so it was not asked");
    let explained = stops.iter().fold(error, |error, finding| match finding.position {
        Some(position) => error.hint(format!("Article {}: {}", article_number(position), finding.kind)),
        None => error.hint(format!("The draft: {}", finding.kind)),
    });
    explained.hint("To paste it by hand at mp.weixin.qq.com, restore it to files: --to DIR")
}

/// Tells refusals of the platform from trouble on the way to it.
fn exit(error: &wechat::Error) -> Exit {
    use wechat::ErrorKind::{ContentRejected, InvalidRequest};
    let is_refused = error.is_account_level() || matches!(error.kind, ContentRejected | InvalidRequest);
    if is_refused { Exit::Refused } else { Exit::Failed }
}

fn made_before(made: &CompletedRestore) -> CommandError {
    let when = local(made.finished_at);
    CommandError::new(Exit::Failed, format!("this content was restored already, at {when}, as {}", made.media_id))
        .hint("Look into the draft box; to make another draft all the same: --again")
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        match &error {
            PlanError::Malformed(_) => Self::of(Exit::Damaged, &error).with_ways_out(),
            PlanError::NoSuchArticle { .. } | PlanError::NoCover(_) => Self::of(Exit::Usage, &error),
        }
    }
}

impl From<RecordError> for CommandError {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Lookup(error) => error.into(),
            RecordError::NoSuchRestore(_) => {
                Self::of(Exit::NotFound, &error).hint("See which there are: draftkeep sql 'SELECT * FROM restore_view'")
            }
            RecordError::NoSuchDraft(_) => Self::of(Exit::NotFound, &error),
            RecordError::NothingMade(_) | RecordError::NotResumable(_) => Self::of(Exit::Failed, &error),
            RecordError::NeverReadBack { .. } => Self::of(Exit::Failed, &error).hint(
                "Nobody knows whether somebody has worked on it, so it is not deleted; delete it at mp.weixin.qq.com",
            ),
            RecordError::DraftDeleted { draft, version, .. } => Self::of(Exit::Failed, &error)
                .hint(format!("What it said can: draftkeep restore {draft}@{version} --as-new")),
            RecordError::HasEnded { .. } => Self::of(Exit::Failed, &error).hint("There is nothing to resume"),
            RecordError::UnreadableOptions { id, ref account, .. } => Self::of(Exit::Damaged, &error)
                .hint(format!("Take it back: draftkeep restore --undo {account}/{id}; then begin it anew")),
        }
    }
}
