//! The context of every command: output, time, configuration and archive.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::encrypted;
use super::error::{CommandError, Exit};
use super::output::Ui;
use crate::archive::{self, Draft, Reader};
use crate::clock::Clock;
use crate::config::{self, Config, LoadedConfig};
use crate::invocation::NEW_ARCHIVE;
use crate::lookup;

/// Where the archive is, for the commands that only read it.
#[derive(Debug, Default, Args)]
pub(super) struct ArchivePath {
    /// Read this archive; no configuration is needed then
    #[arg(long, value_name = "PATH")]
    pub(super) archive: Option<PathBuf>,
}

impl ArchivePath {
    /// Explains why the archive cannot be opened. If it was named with `--archive`, a poll would not create it.
    pub(super) fn explain(&self, error: archive::Error) -> CommandError {
        match error {
            error @ archive::Error::NotFound(_) if self.archive.is_some() => {
                CommandError::of(Exit::NotFound, &error).hint("Name an archive that is there: --archive PATH")
            }
            archive::Error::NotADatabase(path) => {
                encrypted::explain(&path).unwrap_or_else(|| archive::Error::NotADatabase(path).into())
            }
            error => error.into(),
        }
    }
}

/// The context of a command.
#[derive(Debug)]
pub struct CommandContext {
    pub ui: Ui,
    pub clock: Clock,
    /// The configuration's path; a command that needs none never reads it.
    pub config: PathBuf,
    /// Whether only a part of the archive's file could be read.
    is_in_part: Cell<bool>,
    /// Whether damage was reported beside what a command did.
    is_damaged: Cell<bool>,
}

impl CommandContext {
    /// Returns how a command ended. If only a part of the archive could be read, or damage was reported, the exit code says damaged.
    pub(super) fn outcome(&self, ended: Result<Exit, CommandError>) -> Result<Exit, CommandError> {
        match ended {
            Ok(Exit::Done) if self.is_in_part.get() || self.is_damaged.get() => Ok(Exit::Damaged),
            Err(mut error) if self.is_in_part.get() && error.exit == Exit::Failed => {
                error.exit = Exit::Damaged;
                Err(error)
            }
            ended => ended,
        }
    }

    pub(super) fn from_env(ui: Ui, config: Option<PathBuf>) -> Result<Self, CommandError> {
        let clock = Clock::from_env().map_err(|error| CommandError::of(Exit::Usage, &error))?;
        Ok(Self::new(ui, clock, config::path(config)))
    }

    pub(super) fn new(ui: Ui, clock: Clock, config: PathBuf) -> Self {
        Self { ui, clock, config, is_in_part: Cell::new(false), is_damaged: Cell::new(false) }
    }

    /// Opens the archive for reading: the one named on the command line, else the configuration's.
    pub(super) fn reader(&self, archive: &ArchivePath) -> Result<Reader, CommandError> {
        if let Some(path) = &archive.archive {
            return self.reader_at(path).map_err(|error| archive.explain(error));
        }
        let config = Config::load_without_secrets(&self.config)?;
        let reader = self.reader_at(&config.archive)?;
        self.report_renamed(&config, &reader)?;
        Ok(reader)
    }

    /// Reports what of a draft may be wrong: `doubts`, and versions whose numbers are damaged, of which what is asked for may be one.
    pub(super) fn warn_of_doubts(&self, draft: &Draft, doubts: impl IntoIterator<Item = Option<String>>) {
        if draft.unnumbered > 0 {
            self.warn_of_damage(&format!("{}; see what to do: draftkeep verify", lookup::unnumbered(draft)));
            return;
        }
        for doubt in doubts.into_iter().flatten().collect::<BTreeSet<_>>() {
            let Draft { account, id, .. } = draft;
            self.warn_of_damage(&format!("{account}/{id}: {doubt}; see what to do: draftkeep verify"));
        }
    }

    /// Reports damage beside what a command does. It ends with the exit code for damage.
    pub(super) fn warn_of_damage(&self, what: &str) {
        self.is_damaged.set(true);
        self.ui.warning(what);
    }

    /// Opens the archive at `path` for reading.
    pub(super) fn reader_at(&self, path: &Path) -> Result<Reader, archive::Error> {
        let reader = Reader::open(path)?;
        self.warn_of_foreign_journal(reader.moved_journal());
        if reader.is_in_part() {
            let what = if reader.is_cut_off() {
                "the end of the archive's file is missing"
            } else {
                "the archive's file is damaged"
            };
            self.ui.warning(&format!("{what}; what is left of it can be read, and nothing can be written"));
            self.ui.hint(&format!("Bring what is left into a new archive: {NEW_ARCHIVE}"));
            self.is_in_part.set(true);
        }
        Ok(reader)
    }

    /// Warns of a journal beside the archive that belonged to another archive.
    pub(super) fn warn_of_foreign_journal(&self, journal: Option<&Path>) {
        if let Some(journal) = journal {
            let journal = journal.display();
            self.ui.warning(&format!(
                "the journal beside the archive was another archive's; it was not applied, and is now {journal}"
            ));
        }
    }

    /// Returns the path of the archive.
    pub(super) fn archive(&self, archive: &ArchivePath) -> Result<PathBuf, CommandError> {
        match &archive.archive {
            Some(path) => Ok(path.clone()),
            None => Ok(Config::load_without_secrets(&self.config)?.archive),
        }
    }

    /// Reads the configuration and prints its warnings.
    pub(super) fn configuration(&self) -> Result<Config, CommandError> {
        let LoadedConfig { config, warnings, .. } = Config::load(&self.config)?;
        for warning in warnings {
            self.ui.warning(&format!("{}:{warning}", config.path.display()));
        }
        Ok(config)
    }
}
