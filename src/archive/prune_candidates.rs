//! The versions of a draft, as pruning looks at them.

use super::error::Error;
use super::gate_record;
use super::reader::Reader;
use super::{decode, migrate};
use crate::retention::Candidate;

/// The first schema that knows pins.
const MIN_SCHEMA: i64 = 23;

/// A version that may be kept or go, and what it takes in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredCandidate {
    pub candidate: Candidate,
    /// What its document takes, in bytes.
    pub bytes: u64,
}

impl Reader {
    /// Returns whether the archive is of a schema that knows pins, without which nobody could say what to keep.
    pub fn knows_pins(&self) -> Result<bool, Error> {
        Ok(migrate::version(&self.connection, &self.path)? >= MIN_SCHEMA)
    }

    /// Returns the versions of a draft, newest first, but for those whose number is damaged. A plan of a restore that was shown counts
    /// as a restore: it may still be carried out. So does a write of a program: it may be taken back.
    pub fn prune_candidates(&self, draft: i64) -> Result<Vec<StoredCandidate>, Error> {
        let of_writes = match migrate::version(&self.connection, &self.path)? {
            gate_record::MIN_SCHEMA.. => {
                "UNION SELECT version.id FROM version JOIN gate_write
                       ON gate_write.draft = version.draft AND version.number IN (gate_write.before, gate_write.result)"
            }
            _ => "",
        };
        let candidates = || -> rusqlite::Result<Vec<StoredCandidate>> {
            self.connection
                .prepare_cached(&format!(
                    "WITH used (version) AS (
                         SELECT version FROM restore UNION SELECT before FROM restore WHERE before IS NOT NULL
                         UNION SELECT result FROM restore WHERE result IS NOT NULL
                         UNION SELECT version FROM plan UNION SELECT over FROM plan {of_writes})
                     SELECT number, observed_at,
                            EXISTS (SELECT 1 FROM pin WHERE pin.version = version.id),
                            id IN (SELECT version FROM used),
                            coalesce((SELECT length(body) FROM whole WHERE whole.version = version.id), 0)
                            + coalesce((SELECT length(body) FROM delta WHERE delta.version = version.id), 0)
                            + coalesce((SELECT length(body) FROM received WHERE received.version = version.id), 0)
                     FROM version
                     WHERE draft = ?1 AND typeof(number) = 'integer' AND number >= 1
                     ORDER BY number DESC"
                ))?
                .query_map([draft], |row| {
                    let candidate = Candidate {
                        number: row.get(0)?,
                        observed_at: decode::instant(row, 1)?,
                        is_pinned: row.get(2)?,
                        is_restored: row.get(3)?,
                    };
                    Ok(StoredCandidate { candidate, bytes: row.get(4)? })
                })?
                .collect()
        };
        candidates().map_err(|error| Error::of(&self.path, &error))
    }
}
