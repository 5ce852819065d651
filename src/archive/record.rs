//! Recording what a draft says, and reading what was recorded last.

use super::account_id::AccountId;
use super::error::Error;
use super::observation::{Observation, RecordOutcome};
use super::usage::add_usage;
use super::version::{self, PreviousVersion};
use super::version_event::{self, VersionEvent};
use super::writer::Writer;
use crate::model::{ApiUsage, MediaId};

impl Writer {
    /// Records what was seen of a draft; a new version is an event, and counts the calls made so far in its transaction. An
    /// unchanged draft writes nothing.
    ///
    /// Before the commit the document is read back from the database, decoded, canonicalised and compared.
    pub fn record(
        &mut self,
        account: AccountId,
        observation: &Observation,
        calls: &[ApiUsage],
    ) -> Result<RecordOutcome, Error> {
        let unchanged =
            version::is_newest(&self.connection, account, observation).map_err(|error| error.into_error(&self.path))?;
        if unchanged {
            return Ok(RecordOutcome::Unchanged);
        }
        let change = version_event::compare(&self.connection, account, observation)
            .map_err(|error| error.into_error(&self.path))?;
        let (recorded, found) = self.transaction_beside_damage(|transaction, previous| {
            let recorded = version::add(transaction, account, observation, previous)?;
            if let RecordOutcome::Version { draft, number, .. } = recorded {
                add_usage(transaction, account, calls)?;
                // In a damaged archive the version counts: the damage may be that of the events.
                if previous == PreviousVersion::Recode {
                    let event = VersionEvent { draft, number, at: observation.observed_at };
                    version_event::add_version(transaction, account, &event, change.as_ref())?;
                }
            }
            Ok(recorded)
        })?;
        Ok(match recorded {
            RecordOutcome::Version { draft, number, title, .. } => {
                RecordOutcome::Version { draft, number, title, damage: found }
            }
            recorded => recorded,
        })
    }

    /// Returns the number of the newest version of a draft, 0 where it has none.
    pub fn newest_number(&mut self, account: AccountId, media_id: &MediaId) -> Result<u64, Error> {
        version::newest_number(&self.connection, account, media_id).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the document of the newest version of a draft, as received; `None` where it has none.
    pub fn newest_document(&mut self, account: AccountId, media_id: &MediaId) -> Result<Option<Vec<u8>>, Error> {
        version::newest_document(&self.connection, account, media_id).map_err(|error| error.into_error(&self.path))
    }
}
