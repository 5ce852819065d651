//! Why a copy failed, and the next command to type.

use super::super::error::{CommandError, Exit};
use crate::archive;
use crate::copies::{CopyError, Destination};
use crate::copy::CopyFailure;
use crate::invocation::for_the_shell;

pub(super) fn explain(place: &Destination, failure: &CopyFailure) -> CommandError {
    let shown = for_the_shell(&place.to_string());
    let again = format!("draftkeep copy {shown}");
    let (exit, hint) = match failure {
        CopyFailure::OwnDirectory(_) => {
            (Exit::Usage, "Name a directory of another disk or machine: draftkeep copy DEST".to_owned())
        }
        CopyFailure::Damaged { .. } => (Exit::Damaged, "See all that is damaged: draftkeep verify".to_owned()),
        CopyFailure::Stopped => (Exit::Failed, format!("Make it again: {again}")),
        CopyFailure::Archive(archive::Error::Full) => {
            (Exit::Failed, format!("A copy needs room for the archive once more, beside it. Make room, then: {again}"))
        }
        CopyFailure::Archive(archive::Error::SecondCopy(_)) => {
            (Exit::Failed, format!("Wait until it has ended, then: {again}"))
        }
        CopyFailure::Archive(_) => (Exit::Failed, "See whether the archive is sound: draftkeep verify".to_owned()),
        CopyFailure::Place(error) => of_place(error, &shown, &again),
    };
    CommandError::of(exit, failure).hint(hint)
}

fn of_place(error: &CopyError, shown: &str, again: &str) -> (Exit, String) {
    match error {
        CopyError::NotThere { .. } => (
            Exit::NotFound,
            format!("Mount its disk; or make the directory where there never was one: mkdir {shown}; then: {again}"),
        ),
        CopyError::Refused { .. } => (
            Exit::Failed,
            format!(
                "See who may write there: ls -ld {shown}; the service may write where its unit says: systemctl edit draftkeep, with ReadWritePaths={shown}"
            ),
        ),
        CopyError::Full { .. } => {
            (Exit::Failed, format!("See what is there: draftkeep copy list {shown}; make room, then: {again}"))
        }
        CopyError::Taken { name, .. } => {
            (Exit::Failed, format!("See what it is, and move it away: ls -l {shown}/{name}; then: {again}"))
        }
        CopyError::Changed { .. } => (
            Exit::Failed,
            format!("The disk or the network there is not to be trusted. Look at its log, then: {again}"),
        ),
        CopyError::NotACopy(_) | CopyError::Other { .. } => (Exit::Failed, format!("Try it again: {again}")),
    }
}
