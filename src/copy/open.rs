//! A place as configured, with its keys read.

use tokio::runtime::Builder;

use super::error::CopyFailure;
use crate::config::CopyTarget;
use crate::copies::{Destination, S3Keys, StoredCopy};
use crate::wechat;

/// Opens a place. Its keys are read at each use, so that a rotated key needs no reload. Must not be called where futures run.
///
/// # Errors
///
/// Where a key cannot be read. No place is contacted.
pub fn open(target: &CopyTarget) -> Result<Destination, CopyFailure> {
    let target = match target {
        CopyTarget::Directory(path) => return Ok(Destination::directory(path)),
        CopyTarget::S3(target) => target,
    };
    let failed = |reason: String| CopyFailure::Keys { place: target.to_string(), reason };
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| failed(error.to_string()))?;
    let keys = runtime.block_on(async {
        let id = wechat::read_secret(&target.key_id).await?;
        Ok(S3Keys { id, secret: wechat::read_secret(&target.secret_key).await? })
    });
    let keys = keys.map_err(|error: wechat::Error| failed(error.to_string()))?;
    Ok(Destination::bucket(target, &keys)?)
}

/// Returns the copies that are at a place, of all archives, the newest first. Must not be called where futures run.
///
/// # Errors
///
/// Where a key cannot be read, or the place fails.
pub fn list(target: &CopyTarget) -> Result<Vec<StoredCopy>, CopyFailure> {
    Ok(open(target)?.list()?)
}
