//! Why a copy failed, and the next command to type.

use super::super::error::{CommandError, Exit};
use crate::archive;
use crate::config::CopyTarget;
use crate::copies::CopyError;
use crate::copy::CopyFailure;
use crate::invocation::for_the_shell;

/// `again` is the command that failed.
pub(super) fn explain(place: &CopyTarget, failure: &CopyFailure, again: &str) -> CommandError {
    let shown = for_the_shell(&place.to_string());
    let (exit, hint) = match failure {
        CopyFailure::OwnDirectory(_) => {
            (Exit::Usage, "Name a directory of another disk or machine: draftkeep copy DEST".to_owned())
        }
        CopyFailure::Damaged { .. } => (Exit::Damaged, "See all that is damaged: draftkeep verify".to_owned()),
        CopyFailure::Keys { .. } => {
            let hint = "A [[copy]] says where they are: draftkeep config check; without one, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
            (Exit::Usage, format!("{hint}; then: {again}"))
        }
        CopyFailure::Overdue | CopyFailure::Stopped => (Exit::Failed, format!("Make it again: {again}")),
        CopyFailure::Archive(archive::Error::Full) => {
            (Exit::Failed, format!("The file needs room for the whole archive. Make room, then: {again}"))
        }
        CopyFailure::Archive(archive::Error::SecondCopy(_)) => {
            (Exit::Failed, format!("Wait until it has ended, then: {again}"))
        }
        CopyFailure::Archive(_) => (Exit::Failed, "See whether the archive is sound: draftkeep verify".to_owned()),
        CopyFailure::Place(CopyError::Locked(_)) => {
            (Exit::Failed, format!("Name the file that age-keygen wrote with its key: {again} --identity KEY"))
        }
        CopyFailure::Place(CopyError::Gpg(_)) => (
            Exit::Failed,
            format!(
                "See the keys that encrypt (gpg --show-keys FILE) and that decrypt (gpg --list-secret-keys), then: {again}"
            ),
        ),
        CopyFailure::Place(error) => match place {
            CopyTarget::Directory(_) => of_directory(error, &shown, again),
            CopyTarget::S3(_) => of_bucket(error, &shown, again),
        },
    };
    CommandError::of(exit, failure).hint(hint)
}

fn of_bucket(error: &CopyError, shown: &str, again: &str) -> (Exit, String) {
    match error {
        CopyError::OtherRegion { .. } => (
            Exit::Failed,
            format!("Write its region into the [[copy]], or into AWS_REGION where no [[copy]] names it; then: {again}"),
        ),
        CopyError::NotThere { .. } => {
            (Exit::NotFound, format!("Make the bucket where the store is managed, or correct its name; then: {again}"))
        }
        CopyError::Refused { .. } => (
            Exit::Failed,
            format!(
                "Let the key list, read, write and delete objects there; see that it is the right one, and that this machine's clock is right: date -u; then: {again}"
            ),
        ),
        CopyError::Taken { .. } => (
            Exit::Failed,
            format!(
                "See what is there: draftkeep copy list {shown}; move it away where the store is managed; then: {again}"
            ),
        ),
        CopyError::Full { .. }
        | CopyError::Changed { .. }
        | CopyError::NotACopy(_)
        | CopyError::Locked(_)
        | CopyError::Gpg(_)
        | CopyError::Other { .. } => {
            (Exit::Failed, format!("See that the store is in order and reached from here, then: {again}"))
        }
    }
}

fn of_directory(error: &CopyError, shown: &str, again: &str) -> (Exit, String) {
    match error {
        CopyError::NotThere { .. } => (
            Exit::NotFound,
            format!("Mount its disk; or make the directory where there never was one: mkdir {shown}; then: {again}"),
        ),
        CopyError::Refused { .. } => (
            Exit::Failed,
            format!(
                "See who may read and write there: ls -ld {shown}; the service may write where its unit says: systemctl edit draftkeep, with ReadWritePaths={shown}"
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
        CopyError::NotACopy(_)
        | CopyError::Locked(_)
        | CopyError::Gpg(_)
        | CopyError::OtherRegion { .. }
        | CopyError::Other { .. } => (Exit::Failed, format!("Try it again: {again}")),
    }
}
