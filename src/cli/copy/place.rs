//! Which place is meant, and which archive.

use std::path::{Path, PathBuf};

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use crate::archive::Reader;
use crate::config::{Config, ConfigError, CopyConfig, CopyTarget};
use crate::copies::Destination;
use crate::copy::CopyJob;

/// What the configuration says of copies, where there is one.
pub(super) struct Places {
    copies: Vec<CopyConfig>,
    archive: Option<PathBuf>,
}

impl Places {
    /// Reads the configuration, unless `--archive` was given: what burned down may be the configuration, too.
    pub(super) fn read(context: &CommandContext, archive: Option<&Path>) -> Result<Self, CommandError> {
        if let Some(archive) = archive {
            return Ok(Self { copies: Vec::new(), archive: Some(archive.to_owned()) });
        }
        match Config::load_without_secrets(&context.config) {
            Ok(config) => Ok(Self { copies: config.copies, archive: Some(config.archive) }),
            Err(ConfigError::NotFound { .. }) => Ok(Self { copies: Vec::new(), archive: None }),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the archive that is copied.
    pub(super) fn archive(&self, context: &CommandContext) -> Result<PathBuf, CommandError> {
        match &self.archive {
            Some(archive) => Ok(archive.clone()),
            None => Ok(Config::load_without_secrets(&context.config)?.archive),
        }
    }

    /// Returns the jobs that are meant: that of a place, or all of the configuration.
    pub(super) fn jobs(&self, archive: &Path, place: Option<&str>) -> Result<Vec<CopyJob>, CommandError> {
        let Some(place) = place else {
            let jobs: Vec<_> = self.copies.iter().map(|copy| CopyJob::of(archive.to_owned(), copy)).collect();
            return if jobs.is_empty() { Err(no_place("draftkeep copy DEST")) } else { Ok(jobs) };
        };
        let target = target(place)?;
        let job = match self.copies.iter().find(|copy| copy.to.to_string() == target.to_string()) {
            Some(copy) => CopyJob::of(archive.to_owned(), copy),
            None => CopyJob { archive: archive.to_owned(), destination: Destination::new(&target), retention: None },
        };
        Ok(vec![job])
    }

    /// Returns the places that are meant.
    pub(super) fn destinations(&self, place: Option<&str>) -> Result<Vec<Destination>, CommandError> {
        let Some(place) = place else {
            let places: Vec<_> = self.copies.iter().map(|copy| Destination::new(&copy.to)).collect();
            return if places.is_empty() { Err(no_place("draftkeep copy list DEST")) } else { Ok(places) };
        };
        Ok(vec![Destination::new(&target(place)?)])
    }

    /// Returns the name that the archive has in copies; `None` where there is no archive that can be read.
    pub(super) fn own_id(&self) -> Option<String> {
        let archive = self.archive.as_ref()?;
        match Reader::open(archive).and_then(|reader| reader.archive_id()) {
            Ok(id) => id,
            Err(error) => {
                tracing::debug!(%error, "it is not known which copies are of this archive");
                None
            }
        }
    }
}

fn target(place: &str) -> Result<CopyTarget, CommandError> {
    CopyTarget::parse(place, Path::new("."))
        .map_err(|rule| CommandError::new(Exit::Usage, format!("{place} is no place for copies: {rule}")))
}

fn no_place(command: &str) -> CommandError {
    CommandError::new(Exit::Usage, "the configuration has no [[copy]], so no place is known")
        .hint(format!("Name one: {command}"))
        .hint("Or add a [[copy]] as docs/copies.md shows, then: draftkeep copy")
}
