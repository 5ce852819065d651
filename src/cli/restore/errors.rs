//! What to say where a restore did not come through, and what to do.

use crate::cli::times::local;
use crate::cli::{CommandError, Exit};
use crate::model::article_number;
use crate::restore::{self, NewDraftPlan, RestoreError, Severity, Source};
use crate::wechat;

/// Says what became of the draft, and what to do; `nothing` says that nothing did.
pub(super) fn explained(failure: RestoreError, nothing: &str, plan: &NewDraftPlan, source: &Source) -> CommandError {
    let name = format!("{}/{}", source.draft.account, source.draft.id);
    let version = source.version.number;
    match failure {
        RestoreError::NotMade(error) => {
            let told = CommandError::new(exit(&error), nothing).because(&error);
            restore::hints_for(&error, plan).into_iter().fold(told, CommandError::hint)
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
            .hint(format!("To write the others: draftkeep restore --resume {}/{id}", plan.target))
            .hint(format!("To take it back: draftkeep restore --undo {}/{id}", plan.target)),
        other => of_a_new_draft(other),
    }
}

fn of_a_new_draft(failure: RestoreError) -> CommandError {
    match failure {
        RestoreError::Unknown { error, search } => {
            let told = CommandError::new(
                search.as_ref().map_or(Exit::Failed, |search| exit(search)),
                "nobody knows whether a draft was made",
            );
            let told = told.because(&*error);
            let told = match &search {
                Some(search) => told.because(&**search).hint("The draft box could not be searched for it."),
                None => told.hint("It was not found in the draft box; it may still appear there."),
            };
            told.hint("Type the same again in five minutes: it is searched for before another one is made")
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
        RestoreError::NoClient(error) => CommandError::of(Exit::Failed, &error),
        RestoreError::Archive(error) => error.into(),
        other => CommandError::of(Exit::Partly, &other)
            .hint("Do not make another: it is in the draft box, and the same command finds it there"),
    }
}

/// Tells that the platform would refuse what is planned.
pub(super) fn stopped(plan: &NewDraftPlan) -> CommandError {
    let stops = plan.findings.iter().filter(|finding| finding.weight == Severity::Stop);
    let error = CommandError::new(Exit::Failed, "the platform would refuse this draft, so it was not asked");
    let told = stops.fold(error, |error, finding| match finding.position {
        Some(position) => error.hint(format!("Article {}: {}", article_number(position), finding.message)),
        None => error.hint(format!("The draft: {}", finding.message)),
    });
    told.hint("To paste it by hand at mp.weixin.qq.com, restore it to files: --to DIR")
}

/// Tells refusals of the platform from trouble on the way to it.
fn exit(error: &wechat::Error) -> Exit {
    use wechat::ErrorKind::{ContentRejected, InvalidRequest};
    let is_refused = error.is_account_level() || matches!(error.kind, ContentRejected | InvalidRequest);
    if is_refused { Exit::Refused } else { Exit::Failed }
}
