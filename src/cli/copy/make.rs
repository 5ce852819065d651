//! A copy, made now.

use std::path::Path;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::super::output::size;
use super::place::Places;
use super::progress::with_progress;
use crate::archive::Writer;
use crate::config::{CopyTarget, Recipients};
use crate::copies::Encryption;
use crate::copy::{self, CopyFailure, CopyJob, CopyReport};
use crate::invocation::for_the_shell;
use crate::json::copy_made;
use crate::model::counted;

/// Copies the archive to a place, or to all of the configuration.
pub(super) fn run(
    context: &CommandContext,
    place: Option<&str>,
    archive: Option<&Path>,
    encrypt_to: Option<&Recipients>,
) -> Result<Exit, CommandError> {
    let places = Places::read(context, archive)?;
    let archive = places.archive(context)?;
    let jobs = places.jobs(&archive, place)?;
    // A copy makes no archive.
    drop(context.reader_at(&archive)?);
    let mut writer = Writer::open(&archive)?;
    let mut made = Vec::new();
    for mut job in jobs {
        if let Some(recipients) = encrypt_to {
            job.encrypt_to = Some(recipients.clone());
        }
        made.push(make(context, &mut writer, job)?);
    }
    if context.ui.json {
        context.ui.document(&made.iter().map(|(place, outcome)| copy_made(place, outcome)).collect::<Vec<_>>())?;
    }
    let all = made.len();
    let failures: Vec<_> = made.into_iter().filter_map(|(place, outcome)| Some((place, outcome.err()?))).collect();
    match failures.len() {
        0 => Ok(Exit::Done),
        failed => {
            let mut errors = failures.iter().map(|(place, failure)| explain(place, failure));
            let last = errors.next_back();
            errors.for_each(|error| context.ui.error(&error));
            match last {
                Some(error) if failed == all => Err(error),
                Some(error) => {
                    context.ui.error(&error);
                    Ok(Exit::Partly)
                }
                None => Ok(Exit::Done),
            }
        }
    }
}

fn explain(place: &CopyTarget, failure: &CopyFailure) -> CommandError {
    super::errors::explain(place, failure, &format!("draftkeep copy {}", for_the_shell(&place.to_string())))
}

type Made = (CopyTarget, Result<CopyReport, CopyFailure>);

fn make(context: &CommandContext, writer: &mut Writer, job: CopyJob) -> Result<Made, CommandError> {
    let (id, clock, begun_at) = (writer.archive_id()?, context.clock.clone(), context.clock.now());
    let (job, outcome) = with_progress(context, move |on_step| {
        let outcome = job.run(&id, &clock, on_step);
        (job, outcome)
    })?;
    let is_configured = job.is_configured();
    let place = job.to;
    if is_configured {
        copy::record(writer, &place.to_string(), begun_at, &outcome)?;
    }
    if let Ok(report) = &outcome {
        tell(context, &place, report);
    }
    Ok((place, outcome))
}

fn tell(context: &CommandContext, place: &CopyTarget, report: &CopyReport) {
    let (drafts, versions) = (counted(report.proof.drafts, "draft"), counted(report.proof.versions, "version"));
    let (size, plain) = (size(report.good.size), size(report.plain_size));
    context.ui.status(&format!("{} is at {place}: {drafts}, {versions}, {size} for {plain}.", report.good.name));
    context.ui.status(match report.encryption {
        Some(Encryption::OpenPgp) => {
            "The archive was proven, encrypted, and each byte of the copy read back. Try once whether your key opens it."
        }
        _ => "It was read back from there and proven.",
    });
    for name in &report.removed {
        context.ui.status(&format!("Removed, for newer ones are there: {name}"));
    }
    if let Some(error) = &report.not_removed {
        context.ui.warning(&format!("older copies that are not needed are still there: {error}"));
    }
    if report.is_on_same_disk {
        context.ui.warning("the copy is on the same disk as the archive, and is lost with it; choose another one");
    }
    let place = for_the_shell(&place.to_string());
    let key = if report.encryption == Some(Encryption::Age) { " --identity KEY" } else { "" };
    context.ui.hint(&format!("Bring it back with: draftkeep copy fetch {place} FILE{key}"));
}
