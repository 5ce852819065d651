//! The pictures of a version: which ones it needs, where they are in the tree, and how its page shows them.

use std::fs;
use std::path::Path;

use super::error::Error;
use super::read;
use super::schema::PictureLine;
use super::tree::{PICTURES, Tree};
use super::write;
use crate::archive::{self, AssetInfo, Reader, VersionPicture};
use crate::model::Hash;
use crate::picture::ImageRole;
use crate::render::Pictures;

/// From a version's directory to the top of the tree.
const UP: &str = "../../../";

/// Returns a picture as a version's list has it.
pub(super) fn line(picture: &VersionPicture) -> PictureLine {
    let VersionPicture { needed, asset, .. } = picture;
    PictureLine {
        address: needed.address.clone(),
        bytes: asset.as_ref().map(|asset| asset.bytes),
        file: asset.as_ref().map(file),
        identity: needed.identity.clone(),
        media_id: needed.media_id.clone(),
        place: needed.place.as_str().to_owned(),
        position: needed.position,
        sha256: asset.as_ref().map(|asset| asset.sha256.to_string()),
        kind: asset.as_ref().map(|asset| asset.kind.clone()),
    }
}

fn file(asset: &AssetInfo) -> String {
    Tree::picture(asset.sha256, &asset.kind)
}

/// Returns whether the bytes of a picture are in the tree. Their name is their hash; how many there are tells whether all are.
pub(super) fn is_there(tree: &Tree, asset: &AssetInfo) -> bool {
    holds(tree, &file(asset), asset.bytes)
}

fn holds(tree: &Tree, file: &str, bytes: u64) -> bool {
    tree.root().join(file).symlink_metadata().is_ok_and(|found| found.is_file() && found.len() == bytes)
}

/// Writes the bytes of a picture.
pub(super) fn put(tree: &Tree, asset: &AssetInfo, bytes: &[u8]) -> Result<(), Error> {
    let path = tree.root().join(file(asset));
    write::directory(&tree.root().join(PICTURES))?;
    write::directory(path.parent().unwrap_or(tree.root()))?;
    write::put(&path, bytes).map(drop)
}

/// Returns from where the pages of a version show the pictures of the tree: those of the body in their places, before them the
/// cover and those of a 图片消息, which no body holds.
pub(super) fn beside(pictures: &[VersionPicture]) -> Pictures {
    let mut beside = Pictures::default();
    for VersionPicture { needed, asset, .. } in pictures {
        let Some(asset) = asset else { continue };
        let file = format!("{UP}{}", file(asset));
        match needed.place {
            ImageRole::Body => drop(beside.held.insert(needed.identity.clone(), file)),
            ImageRole::Cover | ImageRole::List => beside.before.entry(needed.position).or_default().push(file),
        }
    }
    beside
}

/// Returns whether every picture of a list that the archive holds is in the tree.
pub(super) fn are_complete(reader: &Reader, account: &str, tree: &Tree, list: &Path) -> Result<bool, archive::Error> {
    let Ok(lines) = read::json::<Vec<PictureLine>>(list) else { return Ok(false) };
    for line in lines {
        let is_complete = match (line.asset(), line.bytes) {
            (Some((sha256, media_type)), Some(bytes)) => holds(tree, &Tree::picture(sha256, media_type), bytes),
            _ => !reader.holds_picture(account, &line.identity)?,
        };
        if !is_complete {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the names of the pictures that are in the tree, one directory of them after the other.
pub(super) fn all(tree: &Tree) -> impl Iterator<Item = Hash> {
    let directory = tree.root().join(PICTURES);
    let below = read::directories(&directory).unwrap_or_default().into_iter();
    below
        .filter_map(move |name| fs::read_dir(directory.join(name)).ok())
        .flat_map(|entries| entries.filter_map(|entry| entry.ok()?.path().file_stem()?.to_str()?.parse().ok()))
}
