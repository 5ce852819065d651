//! The drafts of an archive: what of each is damaged, and whether its newest version can be restored.

use crate::archive::{Doubts, Draft, Error, Reader};
use crate::restore::{self, Restorability};

/// A draft and the state of its versions.
#[derive(Debug)]
pub struct DraftEntry {
    pub draft: Draft,
    /// The numbers of its damaged versions, as far as those can be read.
    pub damaged: Vec<u64>,
    /// Why what is told of the draft may be wrong.
    pub doubt: Option<String>,
    /// Whether the newest version can go back through the API; `None` if it cannot be read, or was not judged.
    pub restorable: Option<Restorability>,
}

impl DraftEntry {
    /// Reads which versions are damaged. Judges nothing, which takes a millisecond a draft; see [`Self::judge`]. `doubts` are those of
    /// [`Reader::doubts`].
    ///
    /// # Errors
    ///
    /// If the archive cannot be read.
    pub fn read(reader: &Reader, draft: Draft, doubts: &Doubts) -> Result<Self, Error> {
        let mut damaged = reader.damaged_versions(draft.id)?;
        if damaged.is_empty() && draft.last_changed.is_none() {
            // An archive of an older schema has no checksums.
            damaged.extend(reader.version_numbers(draft.id)?.first());
        }
        let doubt = match doubts.of(draft.id) {
            None => reader.absence_of_versions(draft.id)?,
            doubt => doubt.cloned(),
        };
        Ok(Self { draft, damaged, doubt, restorable: None })
    }

    /// Counts the damaged versions, those whose number cannot be read included.
    pub fn damage_count(&self) -> u64 {
        self.damaged.len() as u64 + self.draft.unnumbered
    }

    /// Judges the newest version. If it cannot be read, it is one of the damaged ones.
    ///
    /// # Errors
    ///
    /// If the archive cannot be read.
    pub fn judge(&mut self, reader: &Reader) -> Result<(), Error> {
        let numbers = match reader.version_numbers(self.draft.id) {
            Err(Error::Damaged(_)) => return Ok(()),
            numbers => numbers?,
        };
        let Some(&newest) = numbers.first() else { return Ok(()) };
        match reader.version(self.draft.id, newest).and_then(|version| reader.document(&version)) {
            Err(Error::Damaged(_)) if self.damaged.contains(&newest) => {}
            Err(Error::Damaged(_)) => self.damaged.push(newest),
            document => match restore::judge(reader, &self.draft, &document?) {
                Err(Error::Damaged(_)) => {}
                judged => self.restorable = judged?,
            },
        }
        Ok(())
    }
}
