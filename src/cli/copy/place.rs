//! Which place is meant, and which archive.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use crate::archive::Reader;
use crate::config::{Config, ConfigError, CopyConfig, CopyTarget, Recipients, S3Target};
use crate::copy::CopyJob;

/// What the configuration says of copies, where there is one.
pub(super) struct Places {
    copies: Vec<CopyConfig>,
    /// What is trusted beside the system's certificates.
    ca_file: Option<PathBuf>,
    archive: Option<PathBuf>,
}

impl Places {
    /// Reads the configuration, unless `--archive` was given: what burned down may be the configuration, too.
    pub(super) fn read(context: &CommandContext, archive: Option<&Path>) -> Result<Self, CommandError> {
        if let Some(archive) = archive {
            return Ok(Self { copies: Vec::new(), ca_file: None, archive: Some(archive.to_owned()) });
        }
        match Config::load_without_secrets(&context.config) {
            Ok(config) => Ok(Self { copies: config.copies, ca_file: config.ca_file, archive: Some(config.archive) }),
            Err(ConfigError::NotFound { .. }) => Ok(Self { copies: Vec::new(), ca_file: None, archive: None }),
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
        let target = self.read_target(place)?;
        let job = match self.configured(&target) {
            Some(copy) => CopyJob::of(archive.to_owned(), copy),
            None => CopyJob {
                archive: archive.to_owned(),
                to: target,
                retention: None,
                encrypt_to: None,
                expects_copies: false,
                stop: CancellationToken::new(),
            },
        };
        Ok(vec![job])
    }

    /// Returns the places that are meant.
    pub(super) fn targets(&self, place: Option<&str>) -> Result<Vec<CopyTarget>, CommandError> {
        match place {
            Some(place) => Ok(vec![self.target(place)?]),
            None if self.copies.is_empty() => Err(no_place("draftkeep copy list DEST")),
            None => Ok(self.copies.iter().map(|copy| copy.to.clone()).collect()),
        }
    }

    /// Reads a place; one of the configuration comes with what is said of it there.
    pub(super) fn target(&self, place: &str) -> Result<CopyTarget, CommandError> {
        let target = self.read_target(place)?;
        Ok(self.configured(&target).map_or(target, |copy| copy.to.clone()))
    }

    fn read_target(&self, place: &str) -> Result<CopyTarget, CommandError> {
        Ok(match target(place)? {
            CopyTarget::S3(target) => CopyTarget::S3(S3Target { ca_file: self.ca_file.clone(), ..target }),
            target => target,
        })
    }

    fn configured(&self, target: &CopyTarget) -> Option<&CopyConfig> {
        self.copies.iter().find(|copy| copy.to.to_string() == target.to_string())
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

/// Reads a place. A bucket that the configuration does not know is asked with the variables that other programs read, too.
fn target(place: &str) -> Result<CopyTarget, CommandError> {
    let target = CopyTarget::parse(place, Path::new("."))
        .map_err(|rule| CommandError::new(Exit::Usage, format!("{place} is no place for copies: {rule}")))?;
    let CopyTarget::S3(mut target) = target else { return Ok(target) };
    if let Ok(endpoint) = std::env::var("AWS_ENDPOINT_URL") {
        target = target.at(&endpoint).map_err(|rule| {
            CommandError::new(Exit::Usage, format!("AWS_ENDPOINT_URL is no address of a store: {rule}"))
                .hint("Set it as docs/copies.md shows: export AWS_ENDPOINT_URL=https://HOST")
        })?;
    }
    if let Ok(region) = std::env::var("AWS_REGION") {
        target.region = region;
    }
    Ok(CopyTarget::S3(target))
}

/// Reads for whom a copy is encrypted.
pub(super) fn recipients(texts: &[String]) -> Result<Recipients, CommandError> {
    Recipients::parse(texts.iter().map(String::as_str), Path::new(".")).map_err(|rule| {
        CommandError::new(Exit::Usage, format!("--encrypt-to names nobody: {rule}"))
            .hint("docs/copies.md shows how a key is made, and what of it goes here")
    })
}

fn no_place(command: &str) -> CommandError {
    CommandError::new(Exit::Usage, "the configuration has no [[copy]], so no place is known")
        .hint(format!("Name one: {command}"))
        .hint("Or add a [[copy]] as docs/copies.md shows, then: draftkeep copy")
}
