//! `draftkeep import-backup`: a backup in the place of the archive.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::{ArchivePath, CommandContext};
use super::encrypted;
use super::error::{CommandError, Exit};
use super::given_archive::{GivenArchive, GivenError, is_same};
use super::times::local;
use crate::archive::{Error, PinnedVersion, Reader, Replacement, TracelessRead};
use crate::copies::UnpackError;
use crate::invocation::for_the_shell;
use crate::model::{Hash, MediaId, Timestamp, counted, rfc3339};
use crate::sanitize;
use crate::verify::VerifyReport;

/// How many versions are named at most.
const MOST_NAMED: usize = 20;

/// Replace the archive with a backup
///
/// The backup is checked first, as `draftkeep verify` does, and copied. The old archive is kept with its journal, under a name
/// with the time; nothing is deleted. A backup that is copied by hand (cp, mv) can be destroyed by the journal of the old
/// archive. A backup without any version, for example a copy without its journal, needs --apply.
#[derive(Debug, clap::Args)]
#[command(
    name = "import-backup",
    after_help = "\
The daemon must be stopped first: systemctl stop draftkeep

Examples:
  draftkeep import-backup /mnt/backup/archive.db
  draftkeep import-backup draftkeep-1f0c22d9a7b4-20260901T033000Z.db.zst
  draftkeep import-backup backup.db --archive archive.db"
)]
pub(super) struct ImportBackup {
    /// The backup: a copy of an archive, as it lies (.zst, .gz) or plain
    #[arg(value_name = "FILE")]
    backup: PathBuf,
    /// Replace this archive; no configuration is needed then
    #[arg(long, value_name = "PATH")]
    archive: Option<PathBuf>,
    /// Replace the archive even if the backup has no version and its journal seems to be missing
    #[arg(long)]
    apply: bool,
}

impl ImportBackup {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let path = context.archive(&ArchivePath { archive: self.archive.clone() })?;
        let replacement = Replacement::begin(&path).map_err(|error| self.stop_first(error))?;
        if is_same(&self.backup, &path) {
            return Err(CommandError::new(Exit::Usage, "the backup and the archive are the same file"));
        }
        let given = GivenArchive::open(&self.backup, &path, context).map_err(|error| self.cannot_be_used(error))?;
        let (backup, proof) = (&given.reader, given.prove("backup", context)?);
        let newest_poll = backup.newest_poll()?;
        let held = held(&proof, newest_poll);
        context.ui.status(&format!("The backup {} holds {held}.", sanitize::line(&self.backup.display().to_string())));
        self.warn_of_nothing(backup, &proof, context)?;
        let lost_pins = self.lost_pins(&path, backup, context)?;
        let aside = replacement.put(backup, context.clock.now())?;
        let (archive, aside) =
            (path.display(), aside.iter().map(|file| file.display().to_string()).collect::<Vec<_>>());
        if context.ui.json {
            context.ui.document(&json!({
                "archive": archive.to_string(),
                "drafts": proof.drafts,
                "versions": proof.versions,
                "newest_poll": newest_poll.map(rfc3339),
                "set_aside": aside,
                "pins_lost": lost_pins.iter().map(|pin| &pin.label).collect::<Vec<_>>(),
            }))?;
            return Ok(Exit::Done);
        }
        context.ui.status(&format!("The archive {archive} is the backup now: {held}."));
        for file in &aside {
            context.ui.status(&format!("Set aside: {file}"));
        }
        if let Some(hint) = self.pin_again(&lost_pins, aside.first().map(String::as_str)) {
            context.ui.hint(&hint);
        }
        context.ui.hint(&match &self.archive {
            Some(archive) => {
                format!("See what it holds: draftkeep list --archive {}", for_the_shell(&archive.display().to_string()))
            }
            None => "Start the daemon again: systemctl start draftkeep".to_owned(),
        });
        Ok(Exit::Done)
    }

    /// Says that a backup holds nothing. One that is written with a journal, and has none beside it, was probably copied without
    /// it.
    fn warn_of_nothing(
        &self,
        backup: &Reader,
        proof: &VerifyReport,
        context: &CommandContext,
    ) -> Result<(), CommandError> {
        if proof.versions > 0 {
            return Ok(());
        }
        if !self.apply && backup.lacks_journal()? {
            let message = "the backup holds no version, and its journal is missing; the archive was not touched";
            return Err(self
                .without_journal(CommandError::new(Exit::Failed, message))
                .hint("To put it in place all the same, type the same with --apply"));
        }
        context.ui.warning("the backup holds no version");
        Ok(())
    }

    /// Warns of versions that are pinned in the archive and not in the backup, and returns them, as they are called in the backup. What the
    /// backup does not have keeps the name that it has.
    fn lost_pins(
        &self,
        archive: &Path,
        backup: &Reader,
        context: &CommandContext,
    ) -> Result<Vec<LostPin>, CommandError> {
        let _traceless = TracelessRead::of(archive);
        let pinned = match Reader::open(archive).and_then(|reader| pins(&reader)) {
            Ok(pinned) => pinned,
            Err(Error::NotFound(_) | Error::Empty(_) | Error::Gone { .. }) => return Ok(Vec::new()),
            Err(error) => {
                context.ui.warning(&format!("which versions are pinned in the archive cannot be read: {error}"));
                return Ok(Vec::new());
            }
        };
        let kept: BTreeSet<_> = pins(backup)?.into_iter().map(|(version, _)| version).collect();
        let accounts: BTreeMap<String, String> =
            backup.account_rows()?.into_iter().map(|account| (account.appid, account.name)).collect();
        let mut names = Vec::new();
        for ((appid, media_id, hash), pin) in pinned.into_iter().filter(|(version, _)| !kept.contains(version)) {
            let account = accounts.get(&appid).unwrap_or(&pin.account);
            let id = backup.draft_id(account, &MediaId::new(media_id))?;
            let history = id.map_or(Ok(Vec::new()), |id| backup.history(id))?;
            let there = history.iter().rev().find(|entry| entry.hash == hash);
            names.push(match (id, there) {
                (Some(id), Some(there)) => {
                    LostPin { label: format!("{account}/#{id}@{}", there.version.number), is_there: true }
                }
                _ => LostPin { label: format!("{}/#{}@{}", pin.account, pin.id, pin.version), is_there: false },
            });
        }
        if !names.is_empty() {
            let pins = counted(names.len() as u64, "pin");
            let shown: Vec<&str> = names.iter().take(MOST_NAMED).map(|pin| pin.label.as_str()).collect();
            let shown = shown.join(", ");
            let more = if names.len() > MOST_NAMED { ", …" } else { "" };
            context.ui.warning(&format!("the backup lacks {pins} of the archive: {shown}{more}"));
        }
        Ok(names)
    }

    fn pin_again(&self, lost: &[LostPin], aside: Option<&str>) -> Option<String> {
        let archive = self.archive.as_ref().map_or_else(String::new, |archive| {
            format!(" --archive {}", for_the_shell(&archive.display().to_string()))
        });
        if let Some(pin) = lost.iter().find(|pin| pin.is_there) {
            let version = pin.label.split_once("/#").map_or(pin.label.as_str(), |(_, version)| version);
            return Some(format!("Pin them again before anything is pruned: draftkeep pin {version}{archive}"));
        }
        // The versions are in the file that was set aside alone.
        let aside = for_the_shell(aside.filter(|_| !lost.is_empty())?);
        Some(format!("Bring what the backup lacks over, pins included: draftkeep import {aside}{archive} --apply"))
    }

    fn stop_first(&self, error: Error) -> CommandError {
        let is_daemon = matches!(error, Error::SecondDaemon(_));
        let error = CommandError::from(error);
        match &self.archive {
            None if is_daemon => error.hint("Stop it first: systemctl stop draftkeep"),
            Some(_) if is_daemon => error.hint("Stop it first, where it was started"),
            _ => error,
        }
    }

    /// Says what is wrong with the file, and not with the archive, which was not touched.
    fn cannot_be_used(&self, error: GivenError) -> CommandError {
        let path = self.backup.display();
        let not_used = |exit, error: &dyn std::fmt::Display| {
            CommandError::new(
                exit,
                format!("the backup {path} cannot be used, and the archive was not touched: {error}"),
            )
        };
        match error {
            _ if !self.backup.exists() => {
                CommandError::new(Exit::NotFound, format!("there is no backup at {path}; the archive was not touched"))
                    .hint("Name the file of the backup: draftkeep import-backup FILE")
            }
            GivenError::Archive(error @ (Error::NotFound(_) | Error::Empty(_))) => {
                let exit = CommandError::from(error).exit;
                let message = format!("nothing is in the backup {path}; the archive was not touched");
                self.without_journal(CommandError::new(exit, message))
            }
            GivenError::Unpack(error @ UnpackError::Encrypted(encryption)) => {
                not_used(Exit::Usage, &error).hint(encrypted::hint(&self.backup, encryption))
            }
            GivenError::Unpack(error) => {
                not_used(Exit::Failed, &error).hint("Name another backup: draftkeep import-backup FILE")
            }
            GivenError::Archive(error) => {
                let message = error.to_string();
                not_used(CommandError::from(error).exit, &message)
                    .hint("Name another backup: draftkeep import-backup FILE")
            }
        }
    }

    fn without_journal(&self, error: CommandError) -> CommandError {
        let backup = for_the_shell(&self.backup.display().to_string());
        error
            .hint(format!("What was recorded last is in the journal of the file that was copied; copy it beside it, as {backup}-wal"))
            .hint(format!("Or make a new backup, which needs no journal: sqlite3 -readonly ARCHIVE \"VACUUM INTO '{backup}'\""))
    }
}

/// The appid, the media_id and the hash of a version.
type VersionName = (String, String, Hash);

/// A pin of the archive that the backup lacks.
struct LostPin {
    /// The version: as it is called in the backup, else in the archive.
    label: String,
    /// Whether the backup has the version.
    is_there: bool,
}

/// Returns the pins of an archive by what names their version in every archive: its number may differ where archives were merged, and the name of its
/// account where that was renamed.
fn pins(reader: &Reader) -> Result<Vec<(VersionName, PinnedVersion)>, Error> {
    let appids: BTreeMap<String, String> =
        reader.account_rows()?.into_iter().map(|account| (account.name, account.appid)).collect();
    let named = |pin: PinnedVersion| {
        let hash = reader.version(pin.id, pin.version)?.hash;
        Ok(((appids.get(&pin.account).cloned().unwrap_or_default(), pin.media_id.clone(), hash), pin))
    };
    reader.pinned_versions()?.into_iter().map(named).collect()
}

/// Says what a backup holds.
fn held(proof: &VerifyReport, newest_poll: Option<Timestamp>) -> String {
    let (drafts, versions) = (counted(proof.drafts, "draft"), counted(proof.versions, "version"));
    let newest = newest_poll.map_or_else(|| "no poll".to_owned(), |at| format!("newest poll at {}", local(at)));
    format!("{drafts}, {versions}, {newest}")
}
