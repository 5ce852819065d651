//! What tells whether a draft must be exported again, without reading what it holds.

use super::error::Error;
use super::reader::Reader;

/// A draft, and a text that is another one as soon as its export is: after a new version, another state, a picture that arrived, a pruning.
/// When the draft was last seen is left out: that changes with every poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportMark {
    /// The number of the draft.
    pub draft: i64,
    pub account: String,
    pub mark: String,
}

impl Reader {
    /// Returns the marks of all drafts, by number.
    pub fn export_marks(&self) -> Result<Vec<ExportMark>, Error> {
        let marks = || -> rusqlite::Result<Vec<ExportMark>> {
            self.connection
                .prepare(
                    "SELECT draft.id, name,
                            json_array(appid, media_id, state, draft.first_seen, missing_since,
                                       (SELECT count(*) FROM version WHERE version.draft = draft.id),
                                       (SELECT max(id) FROM version WHERE version.draft = draft.id),
                                       (SELECT json_group_array(json_array(first_version, last_version, pruned_at) ORDER BY first_version)
                                        FROM pruned WHERE pruned.draft = draft.id),
                                       (SELECT json_group_array(number ORDER BY number)
                                        FROM lost_version WHERE lost_version.draft = draft.id),
                                       (SELECT json_group_array(json_array(number, note, user, pinned_at) ORDER BY number)
                                        FROM pin JOIN version ON version.id = pin.version WHERE version.draft = draft.id),
                                       (SELECT count(asset) FROM picture_use JOIN picture ON picture.id = picture_use.picture
                                        WHERE picture_use.draft = draft.id))
                     FROM draft JOIN account ON account.id = draft.account ORDER BY draft.id",
                )?
                .query_map((), |row| Ok(ExportMark { draft: row.get(0)?, account: row.get(1)?, mark: row.get(2)? }))?
                .collect()
        };
        marks().map_err(|error| Error::of(&self.path, &error))
    }
}
