//! Exports a draft: the versions that the tree does not have yet, with the pictures that they need.

use std::path::{Path, PathBuf};

use super::error::Error;
use super::exporter::Exporter;
use super::schema::{DraftFile, DraftMarks};
use super::{files, pictures, write};
use crate::archive::{self, AssetInfo, Damage, DamageKind, Draft, DraftRow, PrunedRange, Version, VersionPicture};
use crate::model::AccountName;
use crate::picture::{self, ImageRef};

impl Exporter<'_> {
    /// Exports one draft with its versions. Returns its directory; `None` where the draft cannot be exported, or is not asked for.
    pub(super) fn draft(&mut self, id: i64) -> Result<Option<PathBuf>, Error> {
        let which = format!("#{id}");
        let Some((account, row)) = self.found(DamageKind::Draft, &which, self.reader.draft_row(id))? else {
            return Ok(None);
        };
        if !self.wants(&account) {
            return Ok(None);
        }
        let Ok(name) = account.parse::<AccountName>() else {
            self.report(DamageKind::Draft, &which, format!("its account is called {account:?}, which is no name"));
            return Ok(None);
        };
        let which = format!("{name}/#{id}");
        let numbers = self.reader.version_numbers(id);
        let Some(numbers) = self.found(DamageKind::Draft, &which, numbers)? else { return Ok(None) };
        let unnumbered = self.found(DamageKind::Draft, &which, self.reader.unnumbered_versions(id))?;
        for version in unnumbered.unwrap_or_default() {
            self.report_damage(version.damage(&which));
        }
        if let Some(absence) = self.reader.absence_of_versions(id)? {
            self.report_damage(Damage::new(DamageKind::Draft, which.clone(), absence));
        }
        let mut versions = Vec::with_capacity(numbers.len());
        for number in numbers {
            let version = self.reader.version(id, number);
            versions.extend(self.found(DamageKind::Version, &format!("{which}@{number}"), version)?);
        }
        let marks = DraftMarks {
            pruned: self.found(DamageKind::Draft, &which, self.reader.pruned_ranges(id))?.unwrap_or_default(),
            lost: self.found(DamageKind::Draft, &which, self.reader.lost_versions(id))?.unwrap_or_default(),
            pins: self.found(DamageKind::Draft, &which, self.reader.pins(id))?.unwrap_or_default(),
        };
        let Some(title) = first_title(&versions, &marks.pruned) else { return Ok(None) };
        // It exists, unless the table of accounts is damaged.
        write::directory(&self.tree.account(&name))?;
        let directory = self.tree.draft(&name, title, id);
        self.draft_into(&directory, &draft_of(account, &row, &versions), &row, &versions, &marks)?;
        self.altered_versions(&which, id)?;
        Ok(Some(directory))
    }

    fn draft_into(
        &mut self,
        directory: &Path,
        draft: &Draft,
        row: &DraftRow,
        newest_first: &[Version],
        marks: &DraftMarks,
    ) -> Result<(), Error> {
        write::directory(directory)?;
        if let Some(there) = DraftFile::read(directory)
            && there.media_id != draft.media_id
        {
            let reason = format!("it is of the draft {}, that of the archive is {}", there.media_id, draft.media_id);
            return Err(Error::Other { path: directory.to_owned(), reason });
        }
        self.versions(directory, draft, newest_first)?;
        let newest = newest_first.first().map_or(0, |version| version.number);
        self.exported.there.drafts += 1;
        self.exported.written.drafts += u64::from(DraftFile::of(row, newest, marks).write(directory)?);
        Ok(())
    }

    /// Writes the missing versions, newest first, because each document is rebuilt from the newer one.
    fn versions(&mut self, directory: &Path, draft: &Draft, newest_first: &[Version]) -> Result<(), Error> {
        let mut lacking = Vec::new();
        for version in newest_first {
            let place = directory.join(version.number.to_string());
            let is_complete = match files::is_complete(self.reader, &draft.account, &self.tree, &place, version) {
                // Its damage is reported when it is written again.
                Err(Error::Archive(error)) => error.damage_reason().map(|_| false)?,
                is_complete => is_complete?,
            };
            if is_complete {
                self.exported.there.versions += 1;
            } else {
                lacking.push(version.clone());
            }
        }
        let (reader, mut failure) = (self.reader, None);
        let walked = reader.documents(&lacking, |version, document| {
            let which = format!("{}/#{}@{}", draft.account, draft.id, version.number);
            let document = document.and_then(|document| files::check_hash(version, document.raw));
            let Some(document) = self.found(DamageKind::Version, &which, document)? else { return Ok(()) };
            self.version(directory, draft, version, document).map_err(|error| {
                failure = Some(error);
                archive::Error::Stopped
            })
        });
        match failure {
            Some(error) => Err(error),
            None => Ok(walked?),
        }
    }

    fn version(&mut self, directory: &Path, draft: &Draft, version: &Version, document: &[u8]) -> Result<(), Error> {
        let needed = picture::image_refs(document).map_err(|error| archive::Error::Damaged(error.to_string()))?;
        let pictures =
            needed.into_iter().map(|needed| self.picture(draft, needed)).collect::<Result<Vec<_>, Error>>()?;
        let place = directory.join(version.number.to_string());
        let written = files::write(&place, &files::of(version, document, &pictures)?)?;
        self.exported.there.versions += 1;
        self.exported.written.versions += u64::from(written);
        Ok(())
    }

    /// Returns the asset of a picture and writes its bytes into the tree. The page says that a damaged one is missing.
    fn picture(&mut self, draft: &Draft, needed: ImageRef) -> Result<VersionPicture, Error> {
        let which = format!("{}/{}", draft.account, needed.identity);
        let found = self.found(DamageKind::Picture, &which, self.reader.picture(draft, needed.clone()))?;
        let mut picture = found.unwrap_or_else(|| VersionPicture::unasked(needed));
        match &picture.asset {
            Some(asset) if !pictures::is_there(&self.tree, asset) && !self.bytes(asset)? => picture.asset = None,
            None if self
                .reader
                .holds_picture(&draft.account, &picture.needed.identity)
                .is_ok_and(|is_held| is_held) =>
            {
                self.report(DamageKind::Picture, &which, "its bytes are missing");
            }
            _ => {}
        }
        Ok(picture)
    }

    /// Writes the bytes of a picture; returns whether the archive has them.
    fn bytes(&mut self, asset: &AssetInfo) -> Result<bool, Error> {
        let bytes = self.reader.asset(asset.sha256);
        let Some(bytes) = self.found(DamageKind::Asset, &asset.sha256.to_string(), bytes)?.flatten() else {
            return Ok(false);
        };
        pictures::put(&self.tree, asset, &bytes)?;
        self.exported.written.pictures += 1;
        Ok(true)
    }
}

/// Returns the title of version 1, by which the directory is named for good, or of the first version that is there.
fn first_title<'a>(newest_first: &'a [Version], pruned: &'a [PrunedRange]) -> Option<&'a str> {
    let of_pruned = pruned.first().filter(|range| range.first == 1).map(|range| range.title.as_str());
    let oldest = newest_first.last()?;
    Some(of_pruned.unwrap_or(&oldest.title))
}

/// Returns a draft as the reader lists it.
fn draft_of(account: String, row: &DraftRow, newest_first: &[Version]) -> Draft {
    let newest = newest_first.first();
    Draft {
        account,
        media_id: row.media_id.as_str().to_owned(),
        id: row.id,
        title: newest.map(|version| version.title.clone()).unwrap_or_default(),
        state: row.state,
        versions: newest_first.len() as u64,
        unnumbered: 0,
        first_seen: row.first_seen,
        last_seen: row.last_seen,
        last_changed: newest.map(|version| version.observed_at),
    }
}
