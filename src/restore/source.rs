//! The version to restore, read from the archive and checked.

use std::collections::HashMap;

use crate::archive::{self, Draft, Reader, Version, VersionPicture};
use crate::canonical;
use crate::model::{Article, Hash};

/// Archived pictures by their SHA-256.
pub type AssetBytes = HashMap<Hash, Vec<u8>>;

/// A version to restore.
#[derive(Debug)]
pub struct Source {
    pub draft: Draft,
    pub version: Version,
    pub articles: Vec<Article>,
    /// As received.
    pub document: Vec<u8>,
    /// The pictures it needs, and whether they are archived.
    pub pictures: Vec<VersionPicture>,
    /// Why what is told of it beside its content may be wrong.
    pub doubt: Option<String>,
}

impl Source {
    /// Reads the version from the archive and checks its hash.
    pub fn read(reader: &Reader, draft: Draft, version: Version) -> Result<Self, archive::Error> {
        let name = format!("{}/{}@{}", draft.account, draft.id, version.number);
        let damaged =
            |reason: &dyn std::fmt::Display| archive::Error::Damaged(format!("{name} cannot be restored: {reason}"));
        let document = reader.document(&version).map_err(|error| match error {
            archive::Error::Damaged(reason) => damaged(&reason),
            other => other,
        })?;
        let hash = canonical::canonicalise(&document).map_err(|error| damaged(&error))?.hash();
        if !version.matches_hash(hash) {
            return Err(damaged(&"it does not have the hash that names it"));
        }
        let articles = canonical::articles(&document).map_err(|error| damaged(&error))?;
        let pictures = reader.pictures(&draft, &document)?;
        let doubt = reader.doubt_of_version(draft.id, version.number)?;
        Ok(Self { draft, version, articles, document, pictures, doubt })
    }

    /// Reads its archived pictures.
    ///
    /// # Errors
    ///
    /// If one is damaged, or the archive cannot be read.
    pub fn asset_bytes(&self, reader: &Reader) -> Result<AssetBytes, archive::Error> {
        let mut bytes = AssetBytes::new();
        for asset in self.pictures.iter().filter_map(|picture| picture.asset.as_ref()) {
            bytes.extend(reader.asset(asset.sha256)?.map(|picture| (asset.sha256, picture)));
        }
        Ok(bytes)
    }

    /// Returns the title of its first article.
    pub fn title(&self) -> &str {
        self.articles.first().map_or("", |article| &article.title)
    }
}
