//! The copies that a repair may use: archives, plain or compressed, and exported trees. Each is read into an archive of its own beside the
//! new one, so that the rest need not know what it was, a damaged copy gives what is sound of it, and no copy is ever written.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::progress::{Progress, read};
use super::request::RepairRequest;
use crate::archive::{Damage, DamageKind, Error, KnownAccounts, Reader, Salvage, VersionProof, Writer};
use crate::copies::{CopyName, Encryption, TemporaryFile, UnpackError, UnpackedCopy};
use crate::export::{self, ExportTree, SkippedItem};
use crate::model::Timestamp;

/// Why a copy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("there is no copy at {}", .0.display())]
    NotFound(PathBuf),
    #[error("the copy {} cannot be used: {source}", path.display())]
    Archive { path: PathBuf, source: Error },
    #[error("the copy {} cannot be used: {source}", path.display())]
    Tree { path: PathBuf, source: export::Error },
    #[error("the copy {} cannot be unpacked: {source}", path.display())]
    Unpack { path: PathBuf, source: io::Error },
    /// Only who has the key can open it.
    #[error("the copy {} is encrypted with {}", path.display(), encryption.name())]
    Encrypted { path: PathBuf, encryption: Encryption },
    /// Copies are in it: one of them is wanted.
    #[error("{} is a directory of copies ({copies}), and none of them", path.display())]
    Copies { path: PathBuf, copies: u64, newest: CopyName },
}

impl SourceError {
    /// Returns whether somebody mistyped, or this disk is full: then nothing is done. What is wrong with one copy keeps no other from giving.
    pub(super) fn ends_the_repair(&self) -> bool {
        match self {
            Self::NotFound(_) | Self::Encrypted { .. } | Self::Copies { .. } => true,
            Self::Archive { source, .. } => matches!(source, Error::Full),
            Self::Unpack { source, .. } => source.kind() == io::ErrorKind::StorageFull,
            Self::Tree { .. } => false,
        }
    }

    /// Returns the copy, and in words why it was not used.
    pub(super) fn into_unused(self) -> Damage {
        let reason = self.to_string();
        let (Self::NotFound(path)
        | Self::Archive { path, .. }
        | Self::Tree { path, .. }
        | Self::Unpack { path, .. }
        | Self::Encrypted { path, .. }
        | Self::Copies { path, .. }) = self;
        Damage::new(DamageKind::Database, path.display().to_string(), reason)
    }
}

/// A copy, as an archive.
pub(super) struct Source {
    pub(super) path: PathBuf,
    reader: Reader,
    /// What of it cannot be used.
    pub(super) unused: Vec<Damage>,
    /// Whether it could be unpacked in part only.
    pub(super) is_cut_off: bool,
    /// Where it is, as long as it is used.
    archive: Unpacked,
}

/// The files of a copy that was read.
enum Unpacked {
    Salvaged { salvage: Box<Salvage> },
    Imported { _file: TemporaryFile },
}

impl Source {
    /// Reads a copy into an archive beside the new one.
    pub(super) fn open(
        path: &Path,
        request: &RepairRequest<'_>,
        place: usize,
        now: Timestamp,
        on_progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Self, SourceError> {
        let beside = |end: &str| {
            let mut name: OsString = request.to.as_os_str().to_owned();
            name.push(format!(".from-{}{end}", place + 1));
            PathBuf::from(name)
        };
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(SourceError::NotFound(path.to_owned())),
            Ok(found) if found.is_dir() => Self::of_tree(path, beside(""), now),
            _ => Self::of_archive(path, &beside(""), beside(".unpacked"), request.accounts, on_progress),
        }
    }

    fn of_archive(
        path: &Path,
        to: &Path,
        unpacked: PathBuf,
        accounts: KnownAccounts<'_>,
        on_progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Self, SourceError> {
        let (plain, broken) = UnpackedCopy::open_what_is_left(path, unpacked).map_err(|error| match error {
            UnpackError::File(source) => SourceError::Unpack { path: path.to_owned(), source },
            UnpackError::Encrypted(encryption) => SourceError::Encrypted { path: path.to_owned(), encryption },
        })?;
        let failed = |source| SourceError::Archive { path: path.to_owned(), source };
        let mut salvage = read(plain.path(), to, on_progress).map_err(failed)?;
        let mut unused: Vec<Damage> = salvage.journal_damage().cloned().into_iter().collect();
        let is_cut_off = broken.is_some();
        unused.extend(broken.map(|error| {
            let reason = format!("it is cut off or damaged, and was used as far as it could be unpacked: {error}");
            Damage::new(DamageKind::Database, path.display().to_string(), reason)
        }));
        salvage.drop_unproven().map_err(failed)?;
        unused.extend(salvage.left_out().map_err(failed)?);
        salvage.name_drafts(accounts).map_err(failed)?;
        let reader = salvage.reader().map_err(failed)?;
        let archive = Unpacked::Salvaged { salvage: Box::new(salvage) };
        Ok(Self { path: path.to_owned(), reader, unused: unused_of(path, unused), is_cut_off, archive })
    }

    fn of_tree(path: &Path, file: PathBuf, now: Timestamp) -> Result<Self, SourceError> {
        let failed = |source| SourceError::Archive { path: path.to_owned(), source };
        let of_tree = |source| SourceError::Tree { path: path.to_owned(), source };
        let tree = ExportTree::at(path).map_err(|error| match copies_in(path) {
            Some((copies, newest)) => SourceError::Copies { path: path.to_owned(), copies, newest },
            None => of_tree(error),
        })?;
        let file = TemporaryFile::new(file);
        let mut writer = Writer::open(file.path()).map_err(failed)?;
        let imported = tree.import(&mut writer, now, &mut |_| {}).map_err(of_tree)?;
        let reader = Reader::open(file.path()).map_err(failed)?;
        let refused =
            |skipped: SkippedItem| Damage::new(DamageKind::Draft, skipped.path.display().to_string(), skipped.reason);
        let unused = unused_of(path, imported.refused.into_iter().map(refused));
        Ok(Self {
            path: path.to_owned(),
            reader,
            unused,
            is_cut_off: false,
            archive: Unpacked::Imported { _file: file },
        })
    }

    /// Returns what the copy's own checksums say of the versions of a draft, by number. `None` where it is a tree, which has none: its files
    /// are read as files, and no page of it can be damaged.
    pub(super) fn proofs(&self, draft: i64) -> Result<Option<BTreeMap<u64, VersionProof>>, Error> {
        let Some(salvage) = self.salvage() else { return Ok(None) };
        let proofs = salvage.version_proofs(draft)?;
        Ok(Some(proofs.into_iter().map(|proof| (proof.number, proof)).collect()))
    }

    /// Returns the copy as it was read page by page; `None` where it is a tree.
    pub(super) fn salvage(&self) -> Option<&Salvage> {
        match &self.archive {
            Unpacked::Salvaged { salvage } => Some(salvage),
            Unpacked::Imported { .. } => None,
        }
    }

    pub(super) fn reader(&self) -> &Reader {
        &self.reader
    }
}

/// Returns how many copies a directory has, and the newest one.
fn copies_in(directory: &Path) -> Option<(u64, CopyName)> {
    let entries = fs::read_dir(directory).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let names: Vec<CopyName> = names.collect();
    Some((names.len() as u64, names.into_iter().max_by_key(|name| name.at)?))
}

/// Says of which copy it is what cannot be used.
fn unused_of(path: &Path, found: impl IntoIterator<Item = Damage>) -> Vec<Damage> {
    let of = |damage: Damage| Damage { reason: format!("{}: {}", path.display(), damage.reason), ..damage };
    found.into_iter().map(of).collect()
}
