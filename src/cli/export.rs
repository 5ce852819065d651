//! `draftkeep export`: the whole archive as a tree of files.

use std::io;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::verify::bar;
use super::{accounts, caller};
use crate::archive::Damage;
use crate::export::{self, Count, Error, Exported};
use crate::invocation::for_the_shell;
use crate::model::{AccountName, counted};
use crate::owner::make_directories;

/// How many problems are printed.
pub(super) const MOST_SHOWN: usize = 50;

/// Export the whole archive as a tree of files, readable and suitable for git
///
/// There is one directory per account, draft and version. A version has the document byte for byte, an HTML page, Markdown and
/// metadata; each picture is stored once. A further export adds what is new and changes nothing else. `draftkeep import` builds
/// an archive from the tree.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The directory is made where it is not there. One that holds something else is
refused; a git repository without files is none of that.
It only reads the archive, and a daemon may run beside it.

Examples:
  draftkeep export kept
  draftkeep export kept --account mag
  git init kept && draftkeep export kept && git -C kept add -A")]
pub(super) struct Export {
    /// Directory of the tree
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Export only this account
    #[arg(long, value_name = "ACCOUNT", value_parser = super::list::account)]
    account: Option<AccountName>,
    #[command(flatten)]
    archive: ArchivePath,
}

impl Export {
    pub(super) fn run(mut self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        if let Some(name) = &self.account {
            self.account = Some(accounts::known_as(&reader, name, &self.archive, context)?);
        }
        if let Some(person) = caller::person() {
            // What comes into it is its owner's.
            make_directories(&self.directory, Some(person))
                .map_err(|source| Error::Write { path: self.directory.clone(), source })?;
        }
        let bar = bar(context)?;
        let exported = export::export(&reader, &self.directory, self.account.as_ref(), &mut |progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.drafts);
            bar.set_message(counted(progress.versions, "version"));
        });
        bar.finish_and_clear();
        let exported = exported?;
        self.print(context, &exported)?;
        Ok(if exported.is_sound() { Exit::Done } else { Exit::Damaged })
    }

    fn print(&self, context: &CommandContext, exported: &Exported) -> Result<(), CommandError> {
        let directory = self.directory.display();
        for damage in exported.damaged.iter().take(MOST_SHOWN) {
            context.ui.warning(&format!("{} is left out: {}", damage.typed_id(), damage.reason));
        }
        for damage in exported.altered.iter().take(MOST_SHOWN) {
            context.ui.warning(&format!("{} is damaged: {}", damage.typed_id(), damage.reason));
        }
        if !exported.is_sound() {
            context.ui.hint("See all that is damaged: draftkeep verify");
            context.ui.hint(&format!(
                "Bring what was written into a new archive: draftkeep import {} --archive NEW && draftkeep import-backup NEW",
                for_the_shell(&directory.to_string())
            ));
        }
        if context.ui.json {
            return context.ui.document(&self.document(exported));
        }
        context.ui.status(&format!("{directory} holds {}", in_words(&exported.there)));
        context.ui.status(&match exported.written {
            written if written == Count::default() => "Nothing was new.".to_owned(),
            written => format!("New or changed: {}", in_words(&written)),
        });
        Ok(())
    }

    fn document(&self, exported: &Exported) -> Value {
        let damage = |damage: &Damage| json!({"kind": damage.kind.as_str(), "id": damage.id, "reason": damage.reason});
        json!({
            "directory": self.directory.display().to_string(),
            "there": counts(&exported.there),
            "written": counts(&exported.written),
            "damaged": exported.damaged.iter().chain(&exported.altered).map(damage).collect::<Vec<_>>(),
        })
    }
}

pub(super) fn in_words(count: &Count) -> String {
    let Count { accounts, drafts, versions, pictures } = *count;
    [(accounts, "account"), (drafts, "draft"), (versions, "version"), (pictures, "picture")]
        .map(|(count, noun)| counted(count, noun))
        .join(", ")
}

pub(super) fn counts(count: &Count) -> Value {
    let Count { accounts, drafts, versions, pictures } = *count;
    json!({"accounts": accounts, "drafts": drafts, "versions": versions, "pictures": pictures})
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        match error {
            Error::Archive(error) => error.into(),
            Error::NotAnExport(_) => Self::of(Exit::NotFound, &error).hint(hint(&error)),
            error => Self::of(Exit::Failed, &error).hint(hint(&error)),
        }
    }
}

fn hint(error: &Error) -> &'static str {
    match error {
        Error::Foreign(_) | Error::NotADirectory(_) => "Name another directory, or an empty one.",
        Error::NotAnExport(_) => "Name the directory of an export.",
        Error::Newer { .. } => "Use the draftkeep that wrote it, or a later one.",
        Error::Busy(_) => "Wait until it has ended.",
        Error::Other { .. } => "Give each archive a directory of its own.",
        Error::Write { source, .. } if is_full(source) => {
            "What was written before is whole. Make room, and type the same again: it goes on where it stopped."
        }
        _ => "What was done before stays, and is whole.",
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
