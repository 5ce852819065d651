//! A copy of the archive elsewhere: made, read back, proven, and only then are older ones let go.
//!
//! The archive's state of one instant becomes a file beside it, which is packed on its way to the place. Then all of it is read back from
//! the place, unpacked and verified as `draftkeep verify` does. Only a copy that passes this gets its name; of any other nothing stays, and
//! nothing older goes.

mod due;
mod error;
mod fetch;
mod open;
mod place_check;
mod proof;
mod read_again;
mod step;
mod transfer;

use std::path::PathBuf;

use chrono_tz::Tz;
use tokio_util::sync::CancellationToken;

use self::proof::prove;
use self::transfer::{read_back, send};
use crate::archive::{self, CopyLock, GoodCopy, Reader, Writer};
use crate::clock::Clock;
use crate::config::{CopyConfig, CopyTarget, KeepRule, Recipients};
use crate::copies::{CopyError, CopyName, Destination, Encryption};
use crate::model::Timestamp;
use crate::retention::superseded;
use crate::verify::VerifyReport;

pub use self::due::next_due;
pub use self::error::CopyFailure;
pub use self::fetch::{FetchError, fetch, find};
pub use self::open::{list, open};
pub use self::place_check::{check_directories, try_place};
pub use self::read_again::{read_again, record_read_again};
pub use self::step::{CopyStep, OnStep};

/// Where a copy is made, and which older ones go.
#[derive(Debug)]
pub struct CopyJob {
    pub archive: PathBuf,
    pub to: CopyTarget,
    /// That of the configuration; `None` for another place, where all stay.
    pub retention: Option<(KeepRule, Tz)>,
    /// Who alone can read it.
    pub encrypt_to: Option<Recipients>,
    /// Whether copies were made there, so that a directory without any is not the one that is meant: its disk is not mounted.
    pub expects_copies: bool,
    /// Ends it, also within a long query, of which `on_step` does not hear.
    pub stop: CancellationToken,
}

/// A copy that was made and proven.
#[derive(Debug)]
pub struct CopyReport {
    pub good: GoodCopy,
    pub encryption: Option<Encryption>,
    /// How many bytes the archive has.
    pub plain_size: u64,
    pub proof: VerifyReport,
    /// The older copies that went.
    pub removed: Vec<CopyName>,
    /// Why older ones that may go are still there.
    pub not_removed: Option<CopyError>,
    /// Whether what destroys the archive's disk destroys the copy, too.
    pub is_on_same_disk: bool,
}

impl CopyJob {
    /// The job of a `[[copy]]`.
    pub fn of(archive: PathBuf, copy: &CopyConfig) -> Self {
        let retention = Some((copy.keep, copy.schedule.zone()));
        let (to, encrypt_to) = (copy.to.clone(), copy.encrypt_to.clone());
        Self { archive, to, retention, encrypt_to, expects_copies: false, stop: CancellationToken::new() }
    }

    /// Returns whether the configuration names the place, so that it is remembered how its copies go.
    pub fn is_configured(&self) -> bool {
        self.retention.is_some()
    }

    /// Makes a copy. `id` is the name that the archive has in the names of copies. Must not be called where futures run.
    ///
    /// # Errors
    ///
    /// Where it was not made, or not proven: nothing of it stays then, and no older copy goes.
    pub fn run(&self, id: &str, clock: &Clock, on_step: OnStep<'_>) -> Result<CopyReport, CopyFailure> {
        let lock = CopyLock::acquire(&self.archive)?;
        let destination = open(&self.to)?;
        if destination.is_directory_of(&self.archive)? {
            return Err(CopyFailure::OwnDirectory(destination.to_string()));
        }
        if self.expects_copies {
            destination.check_mounted(id)?;
        }
        let made_at = clock.now();
        let recipients = self.encrypt_to.as_ref();
        let name = CopyName::new(id, made_at, recipients.map(Encryption::of));
        let reading = &mut |progress| on_step(CopyStep::Reading(progress));
        let plain = lock.copy(&Reader::open(&self.archive)?, reading)?.ok_or(CopyFailure::Stopped)?;
        let sent = send(&plain, &destination, &name, recipients, on_step)?;
        let back = read_back(&destination, &sent, (&lock, plain), on_step)?;
        // The bytes are those that were sent: what is damaged in them is damaged in the archive.
        let proof = prove(back.path(), &self.stop, on_step)?;
        let (size, plain_size, sha256) = (sent.upload.size(), sent.plain_size, Some(sent.sha256));
        sent.upload.publish()?;
        let good = GoodCopy { name: name.to_string(), made_at, proven_at: clock.now(), size, sha256 };
        let mut removed = Vec::new();
        let not_removed = self.remove_older(&destination, &name, &mut removed).err();
        let is_on_same_disk = destination.is_on_disk_of(&self.archive).unwrap_or(false);
        Ok(CopyReport { good, encryption: name.encryption, plain_size, proof, removed, not_removed, is_on_same_disk })
    }

    /// Lets older copies go.
    fn remove_older(
        &self,
        destination: &Destination,
        proven: &CopyName,
        removed: &mut Vec<CopyName>,
    ) -> Result<(), CopyError> {
        let Some((keep, zone)) = self.retention else { return Ok(()) };
        let there = destination.list()?.into_iter().map(|copy| copy.name);
        let own: Vec<CopyName> = there.filter(|name| name.archive == proven.archive).collect();
        let times: Vec<Timestamp> = own.iter().map(|name| name.at).collect();
        for at in superseded(&times, proven.at, [keep.daily, keep.weekly, keep.monthly], zone) {
            for name in own.iter().filter(|name| name.at == at) {
                destination.remove(name)?;
                removed.push(name.clone());
            }
        }
        Ok(())
    }
}

/// Writes how a copy went into the archive.
///
/// # Errors
///
/// Where the archive fails.
pub fn record(
    writer: &mut Writer,
    place: &str,
    begun_at: Timestamp,
    outcome: &Result<CopyReport, CopyFailure>,
) -> Result<(), archive::Error> {
    match outcome {
        Ok(report) => writer.record_copy(place, begun_at, &report.good),
        Err(failure) => match failure.fault() {
            Some(fault) => writer.record_copy_failure(place, begun_at, &fault.to_string()),
            None => Ok(()),
        },
    }
}
