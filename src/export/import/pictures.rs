//! Imports the pictures of versions. A picture that does not match its name is reported and skipped; its version is imported
//! all the same, and the picture can still be downloaded from the platform.

use std::path::Path;

use super::super::files::PICTURES as LIST;
use super::super::pictures;
use super::super::read::{self, LARGEST_PICTURE, TreeError};
use super::super::schema::PictureLine;
use super::super::tree::{PICTURES, Tree};
use super::{ImportError, Importer};
use crate::archive::{self, AccountId, NewAsset};
use crate::model::Hash;
use crate::picture::{self, ImageRef};

impl Importer<'_> {
    /// Brings the pictures of a version that the archive lacks; `document` is asked for where there are any.
    pub(super) fn pictures(
        &mut self,
        account: AccountId,
        version: &Path,
        document: impl FnOnce() -> Result<Vec<u8>, TreeError>,
    ) -> Result<(), ImportError> {
        let list = version.join(LIST);
        let mut lacking = Vec::new();
        for line in read::json::<Vec<PictureLine>>(&list)? {
            if line.sha256.is_some() && !self.writer.holds_picture(account, &line.identity)? {
                lacking.push(line);
            }
        }
        if lacking.is_empty() {
            return Ok(());
        }
        // The list is not trusted: only pictures that the document needs count.
        let needed = picture::image_refs(&document()?).map_err(|error| TreeError::new(version, error.to_string()))?;
        for needed in needed {
            if let Some(line) = lacking.iter().find(|line| is_of(line, &needed)) {
                let brought = self.picture(account, &list, line, &needed);
                self.or_refused(brought)?;
            }
        }
        Ok(())
    }

    fn picture(
        &mut self,
        account: AccountId,
        list: &Path,
        line: &PictureLine,
        needed: &ImageRef,
    ) -> Result<(), ImportError> {
        let unnamed = || TreeError::new(list, format!("the picture {} has no hash or no type", needed.identity));
        let (sha256, media_type) = line.asset().ok_or_else(unnamed)?;
        if self.writer.link_picture(account, needed, sha256)? {
            return Ok(());
        }
        let asset = asset(self.tree, sha256, media_type)?;
        self.writer.import_picture(account, needed, &asset, self.now)?;
        self.imported.new.pictures += 1;
        Ok(())
    }

    /// Enters which pictures the versions of an account need, which were kept and which are to be asked for.
    pub(super) fn extract_pictures(&mut self, account: AccountId) -> Result<(), archive::Error> {
        while self.writer.extract_pictures(account, self.now)? > 0 {}
        Ok(())
    }

    /// Counts the pictures of the tree that the archive holds.
    pub(super) fn count_pictures(&mut self) -> Result<(), archive::Error> {
        for sha256 in pictures::all(self.tree) {
            self.imported.there.pictures += u64::from(self.writer.holds_asset(sha256)?);
        }
        Ok(())
    }
}

fn is_of(line: &PictureLine, needed: &ImageRef) -> bool {
    line.identity == needed.identity && line.position == needed.position && line.place == needed.place.as_str()
}

/// Reads and verifies a picture.
fn asset(tree: &Tree, sha256: Hash, media_type: &str) -> Result<NewAsset, TreeError> {
    let path = tree.root().join(Tree::picture(sha256, media_type));
    read::directory(&tree.root().join(PICTURES))?;
    read::directory(path.parent().unwrap_or(tree.root()))?;
    let bytes = read::bytes(&path, LARGEST_PICTURE)?;
    let found = Hash::of(&bytes);
    if found != sha256 {
        return Err(TreeError::new(&path, format!("its SHA-256 is {}…, its name says another", found.short())));
    }
    let examined = picture::inspect(&bytes).map_err(|error| TreeError::new(&path, error.to_string()))?;
    let (width, height) = (examined.width, examined.height);
    Ok(NewAsset { bytes, sha256, kind: examined.kind.as_str(), width, height })
}
