//! `draftkeep import-backup`: a backup in the place of the archive.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::verify::bar;
use super::{ArchivePath, Call, CommandError, Exit};
use crate::archive::{Reader, Replacement};
use crate::model::counted;
use crate::verify::{self, Proof, Share};

/// Put a backup in the place of the archive
///
/// The backup is checked first, as `draftkeep verify` does, and copied. The archive that was there is set aside, with its
/// journal, under a name that tells the time; nothing is deleted. A backup that is put in place by hand (cp, mv) can be
/// destroyed by the journal that the old archive has left.
#[derive(Debug, clap::Args)]
#[command(
    name = "import-backup",
    after_help = "\
The daemon must be stopped first: systemctl stop draftkeep

Examples:
  draftkeep import-backup /mnt/backup/archive.db
  draftkeep import-backup backup.db --archive archive.db"
)]
pub(super) struct ImportBackup {
    /// The backup: a copy of an archive, made with VACUUM INTO or .backup
    #[arg(value_name = "FILE")]
    backup: PathBuf,
    /// Put it in the place of this archive; no configuration is needed then
    #[arg(long, value_name = "PATH")]
    archive: Option<PathBuf>,
}

impl ImportBackup {
    pub(super) fn run(self, call: &Call) -> Result<Exit, CommandError> {
        let path = call.archive(&ArchivePath { archive: self.archive })?;
        let replacement = Replacement::begin(&path).map_err(stop_first)?;
        if is_same(&self.backup, &path) {
            return Err(CommandError::new(Exit::Usage, "the backup and the archive are the same file"));
        }
        let backup = call.reader_at(&self.backup)?;
        let proof = checked(&backup, call)?;
        let aside = replacement.put(&backup, call.clock.now())?;
        let (archive, aside) =
            (path.display(), aside.iter().map(|file| file.display().to_string()).collect::<Vec<_>>());
        if call.ui.json {
            call.ui.document(&json!({
                "archive": archive.to_string(),
                "drafts": proof.drafts,
                "versions": proof.versions,
                "set_aside": aside,
            }))?;
            return Ok(Exit::Done);
        }
        let (drafts, versions) = (counted(proof.drafts, "draft"), counted(proof.versions, "version"));
        call.ui.status(&format!("The archive {archive} is the backup now: {drafts}, {versions}."));
        for file in aside {
            call.ui.status(&format!("Set aside: {file}"));
        }
        call.ui.hint("Start the daemon again: systemctl start draftkeep");
        Ok(Exit::Done)
    }
}

/// Checks the whole backup.
fn checked(backup: &Reader, call: &Call) -> Result<Proof, CommandError> {
    let bar = bar(call)?;
    let proof = verify::verify(backup, Share::Whole, &mut |progress| super::verify::show(&bar, progress))?;
    bar.finish_and_clear();
    if proof.is_ok() {
        return Ok(proof);
    }
    let path = super::verify::for_the_shell(&backup.path().display().to_string());
    let message = format!("the backup {path} is damaged; the archive was not touched");
    Err(CommandError::new(Exit::Damaged, message)
        .hint(format!("To see what is damaged: draftkeep verify --archive {path}")))
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

fn stop_first(error: crate::archive::Error) -> CommandError {
    let is_daemon = matches!(error, crate::archive::Error::SecondDaemon(_));
    let error = CommandError::from(error);
    if is_daemon { error.hint("Stop it first: systemctl stop draftkeep") } else { error }
}
