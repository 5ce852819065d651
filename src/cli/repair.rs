//! `draftkeep repair`: a new archive from what is left of a damaged one, and from copies.

use std::io::ErrorKind;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::context::{ArchivePath, CommandContext};
use super::encrypted;
use super::error::{CommandError, Exit};
use super::output::size;
use super::verify::{bar, print_damages, show};
use crate::archive::{Damage, DamageKind, Error, KnownAccounts};
use crate::config::Config;
use crate::invocation::for_the_shell;
use crate::model::{AccountName, counted};
use crate::repair::{Progress, RepairError, RepairReport, RepairRequest, SourceError, repair};

/// Make a new archive from what is left of a damaged one
///
/// The damaged file is read page by page, past everything that SQLite stumbles over, and is never written. Every version whose hash proves it
/// comes back, and every other row whose checksum proves it. What is lost is taken from copies where they are named: archives, plain
/// or packed with zstd or gzip, and exported trees, which may be damaged as well. The new archive is checked as `draftkeep verify` does before it
/// gets its name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The daemon must be stopped first: systemctl stop draftkeep
The report names each version that is lost for good. Exit code 0: everything
came back as it was; 3: something is lost, or not proven.

Examples:
  draftkeep repair --to new.db
  draftkeep repair --to new.db --from /mnt/nas/archive.db --from kept/
  draftkeep repair --to new.db --from /mnt/usb/draftkeep-….db.zst
  draftkeep repair --archive damaged.db --to new.db --json
  draftkeep import-backup new.db     put it in the place of the damaged one")]
pub(super) struct Repair {
    #[command(flatten)]
    archive: ArchivePath,
    /// Write the new archive here; there must be no file yet
    #[arg(long, value_name = "NEW")]
    to: PathBuf,
    /// Take lost versions, pictures and pins from this copy; can be given several times
    #[arg(long, value_name = "COPY")]
    from: Vec<PathBuf>,
    /// Take an account whose name is lost for this one of the configuration
    #[arg(long, value_name = "LOST=ACCOUNT", value_parser = named)]
    name: Vec<(String, AccountName)>,
}

impl Repair {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let damaged = context.archive(&self.archive)?;
        // Read page by page, it would only seem to hold nothing.
        if let Some(error) = encrypted::explain(&damaged) {
            return Err(error);
        }
        let configured = self.configured(context)?;
        let told = self.told(&configured)?;
        let accounts = KnownAccounts { configured: &configured, told: &told };
        let bar = bar(context)?;
        let request = RepairRequest { damaged: &damaged, to: &self.to, from: &self.from, accounts };
        let repaired = repair(&request, context.clock.now(), &mut |progress| match progress {
            Progress::Pages { file, read, of } => {
                bar.set_length(of);
                bar.set_position(read);
                bar.set_message(format!("pages of {}", file.display()));
            }
            Progress::Drafts { done, of } => {
                bar.set_length(of);
                bar.set_position(done);
                bar.set_message(format!("draft {done} of {of}"));
            }
            Progress::Proof(progress) => show(&bar, progress),
        });
        bar.finish_and_clear();
        let report = repaired.map_err(|error| self.explain(error))?;
        if context.ui.json {
            context.ui.document(&self.document(&report))?;
        } else {
            self.print(context, &report)?;
        }
        Ok(if report.is_complete() { Exit::Done } else { Exit::Partly })
    }

    /// Returns the accounts of the configuration. If the archive is named with `--archive`, none is needed.
    fn configured(&self, context: &CommandContext) -> Result<Vec<(AccountName, String)>, CommandError> {
        match Config::load_without_secrets(&context.config) {
            Ok(config) => Ok(config.identities()),
            Err(_) if self.archive.archive.is_some() && self.name.is_empty() => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn told(&self, configured: &[(AccountName, String)]) -> Result<Vec<ToldAccount>, CommandError> {
        let told = |(lost, name): &(String, AccountName)| {
            let found = configured.iter().find(|(configured, _)| configured == name);
            let found = found.ok_or_else(|| {
                CommandError::new(Exit::NotFound, format!("the configuration has no account {name}"))
                    .hint(format!("Name one that it has: --name {lost}=ACCOUNT"))
            })?;
            Ok((lost.clone(), found.clone()))
        };
        self.name.iter().map(told).collect()
    }

    fn explain(&self, error: RepairError) -> CommandError {
        match error {
            RepairError::Archive(error @ Error::SecondDaemon(_)) => {
                CommandError::from(error).hint("Stop it first: systemctl stop draftkeep")
            }
            RepairError::Archive(error @ Error::Changed(_)) => {
                CommandError::from(error).hint("Stop what writes to it, and repair again: systemctl stop draftkeep")
            }
            RepairError::Archive(error @ Error::Exists(_)) => {
                CommandError::of(Exit::Usage, &error).hint("Name a file that is not there yet: --to NEW")
            }
            RepairError::Archive(Error::Damaged(reason)) => {
                let message = format!("the archive is of an older schema, and so damaged that it cannot be brought to that of today: {reason}");
                CommandError::new(Exit::Damaged, message)
                    .hint("Repair it with the draftkeep that wrote it; or put a backup in its place: draftkeep import-backup FILE")
            }
            RepairError::Archive(error @ Error::Full) | RepairError::Source(SourceError::Archive { source: error @ Error::Full, .. }) => {
                self.full(CommandError::from(error).exit)
            }
            RepairError::Archive(Error::File { source, .. }) | RepairError::Source(SourceError::Unpack { source, .. })
                if source.kind() == ErrorKind::StorageFull =>
            {
                self.full(Exit::Failed)
            }
            RepairError::Archive(error) => self.archive.explain(error),
            RepairError::Source(error) => explain_source(error),
            error @ RepairError::Nothing(_) => {
                let error = CommandError::of(Exit::Damaged, &error);
                match self.from.is_empty() {
                    true => error.hint("Name a copy that has something: draftkeep repair --to NEW --from COPY"),
                    false => error,
                }
            }
            error @ RepairError::Unproven(_) => CommandError::of(Exit::Failed, &error)
                .hint("This is a mistake of the program: please report it, with what it says here. The damaged archive was not touched"),
        }
    }

    /// Everything is written beside the new archive, copies that are unpacked too.
    fn full(&self, exit: Exit) -> CommandError {
        CommandError::new(exit, format!("the disk that would hold {} is full", self.to.display()))
            .hint("Name a file on a disk with room for the new archive and each copy, unpacked: --to NEW")
    }

    fn print(&self, context: &CommandContext, report: &RepairReport) -> Result<(), CommandError> {
        let proof = &report.proof;
        let to = self.to.display();
        context.ui.text(&format!(
            "{to} is a new archive, and proven: {}, {} ({}), {}, {}.\n",
            counted(proof.drafts, "draft"),
            counted(proof.versions, "version"),
            size(proof.bytes),
            counted(proof.assets, "picture"),
            counted(proof.polls, "poll"),
        ))?;
        for (path, versions) in self.from.iter().zip(&report.filled) {
            context.ui.text(&format!("{} came from the copy {}.\n", counted(*versions, "version"), path.display()))?;
        }
        if report.filled_pictures > 0 {
            context.ui.text(&format!("{} came from the copies.\n", counted(report.filled_pictures, "picture")))?;
        }
        if report.filled_rows > 0 {
            context.ui.text(&format!(
                "{} of other things came from the copies: pins, restores, polls, events.\n",
                counted(report.filled_rows, "row")
            ))?;
        }
        for (heading, found) in [
            ("LOST", &report.lost),
            ("DOUBTFUL", &report.doubtful),
            ("LEFT OUT", &report.left_out),
            ("NOT USED", &report.unused),
        ] {
            if !found.is_empty() {
                context.ui.text("\n")?;
                print_damages(context, heading, found, "--json")?;
            }
        }
        if report.unnamed > 0 {
            let versions = counted(report.unnamed, "more version");
            context.ui.text(&format!("\nOf {versions} nothing is left but that there was one.\n"))?;
        }
        if report.lost_pictures > 0 {
            let pictures = counted(report.lost_pictures, "picture");
            context.ui.text(&format!("\n{pictures} lost; polls ask the platform for them again.\n"))?;
        }
        context.ui.text(&format!("\n{}\n", summary(report)))?;
        self.advise(context, report);
        Ok(())
    }

    fn advise(&self, context: &CommandContext, report: &RepairReport) {
        if !report.had_checksums {
            context.ui.warning("an older program wrote the archive, whose rows have no checksums: documents are proven by their hashes, and the rest as far as it can be read");
        }
        for account in &report.unnamed_accounts {
            context
                .ui
                .warning(&format!("nothing proves which account {account} is: polls would begin a new history for it"));
            context.ui.hint(&format!("Name it, if you know: draftkeep repair --to NEW --name {account}=ACCOUNT"));
        }
        if !report.lost.is_empty() || report.unnamed > 0 {
            context.ui.hint("Another copy may have what is lost: draftkeep repair --to NEW --from COPY");
        }
        let to = for_the_shell(&self.to.display().to_string());
        if report.lost_pins > 0 {
            let pins = counted(report.lost_pins, "pin");
            context.ui.warning(&format!("{pins} lost: do not prune, and keep [retention] off, before these versions are pinned again: draftkeep pin DRAFT@N --archive {to}"));
        }
        context
            .ui
            .hint(&format!("Put it in the place of the damaged archive, which is kept: draftkeep import-backup {to}"));
    }

    fn document(&self, report: &RepairReport) -> Value {
        let list = |found: &[Damage]| {
            let damage =
                |damage: &Damage| json!({"kind": damage.kind.as_str(), "id": damage.id, "reason": damage.reason});
            found.iter().map(damage).collect::<Vec<_>>()
        };
        let copy =
            |(path, versions): (&PathBuf, &u64)| json!({"copy": path.display().to_string(), "versions": versions});
        json!({
            "archive": self.to.display().to_string(),
            "complete": report.is_complete(),
            "drafts": report.proof.drafts,
            "versions": report.proof.versions,
            "assets": report.proof.assets,
            "polls": report.proof.polls,
            "from": self.from.iter().zip(&report.filled).map(copy).collect::<Vec<_>>(),
            "assets_from_copies": report.filled_pictures,
            "assets_lost": report.lost_pictures,
            "rows_from_copies": report.filled_rows,
            "pins_lost": report.lost_pins,
            "lost": list(&report.lost),
            "lost_without_name": report.unnamed,
            "accounts_without_name": report.unnamed_accounts,
            "doubtful": list(&report.doubtful),
            "left_out": list(&report.left_out),
            "not_used": list(&report.unused),
            "had_checksums": report.had_checksums,
        })
    }
}

/// The name of an account that is lost, and the name and appid that it gets.
type ToldAccount = (String, (AccountName, String));

/// Reads `LOST=ACCOUNT`.
fn named(text: &str) -> Result<(String, AccountName), String> {
    let (lost, name) = text.split_once('=').ok_or("it is not LOST=ACCOUNT")?;
    Ok((lost.to_owned(), name.parse().map_err(str::to_owned)?))
}

fn summary(report: &RepairReport) -> String {
    if report.is_complete() {
        return "Nothing is lost: everything came back as it was written.".to_owned();
    }
    match report.lost.len() as u64 + report.unnamed {
        0 if report.left_out.iter().any(|damage| damage.kind == DamageKind::Database) => {
            "No version is known to be lost; what else the journal held is not known.".to_owned()
        }
        0 => "No version is lost.".to_owned(),
        1 => "1 version is lost for good.".to_owned(),
        lost => format!("{lost} versions are lost for good."),
    }
}

fn explain_source(error: SourceError) -> CommandError {
    let message = error.to_string();
    match error {
        SourceError::NotFound(path) => CommandError::new(Exit::NotFound, message).hint(
            match path.to_str().is_some_and(|path| path.contains("://")) {
                true => "Fetch it from there first, and name the file: draftkeep copy fetch DEST FILE",
                false => "Name a copy that is there: --from COPY",
            },
        ),
        SourceError::Encrypted { path, encryption } => {
            let hint = encrypted::hint(&path, encryption);
            CommandError::new(Exit::Usage, message).hint(hint).hint("Then name the file that it makes: --from FILE")
        }
        SourceError::Copies { path, newest, .. } => {
            let place = for_the_shell(&path.display().to_string());
            let error = CommandError::new(Exit::Usage, message).hint(format!("See them: draftkeep copy list {place}"));
            match newest.encryption {
                None => error.hint(format!(
                    "Name one, for example the newest: --from {}",
                    for_the_shell(&path.join(newest.to_string()).display().to_string())
                )),
                Some(_) => error.hint(format!("Fetch one, and name the file: draftkeep copy fetch {place} FILE")),
            }
        }
        SourceError::Archive { source, .. } => CommandError::new(CommandError::from(source).exit, message),
        SourceError::Tree { .. } | SourceError::Unpack { .. } => CommandError::new(Exit::Failed, message),
    }
}
