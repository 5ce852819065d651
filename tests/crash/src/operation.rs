//! What was asked of the file system, in order, and what the program had said by then.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

/// The number of a file or directory. It is never given twice.
pub(crate) type Ino = u64;

/// A name in a directory.
pub(crate) type Place = (Ino, OsString);

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Create {
        place: Place,
        ino: Ino,
        mode: u32,
    },
    MakeDirectory {
        place: Place,
        ino: Ino,
        mode: u32,
    },
    Symlink {
        place: Place,
        ino: Ino,
        target: PathBuf,
    },
    Link {
        ino: Ino,
        place: Place,
    },
    /// Removes a file or an empty directory.
    Remove {
        place: Place,
    },
    Rename {
        ino: Ino,
        from: Place,
        to: Place,
    },
    Write {
        ino: Ino,
        offset: u64,
        bytes: Arc<[u8]>,
    },
    Truncate {
        ino: Ino,
        size: u64,
    },
    ChangeMode {
        ino: Ino,
        mode: u32,
    },
    /// Puts on the disk what was written to a file, or what was done to the names in a directory.
    Sync {
        ino: Ino,
    },
    /// The program wrote this to stdout or stderr.
    Said(String),
    /// A run of the program ended with this exit code.
    Ended(i32),
}

/// What a fault can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Write,
    Sync,
    Truncate,
    Rename,
    Create,
    Remove,
}

impl Class {
    pub(crate) const ALL: [Self; 6] =
        [Self::Write, Self::Sync, Self::Truncate, Self::Rename, Self::Create, Self::Remove];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Sync => "sync",
            Self::Truncate => "truncate",
            Self::Rename => "rename",
            Self::Create => "create",
            Self::Remove => "remove",
        }
    }
}

impl Operation {
    /// `None` for what fails on no disk.
    pub(crate) fn class(&self) -> Option<Class> {
        match self {
            Self::Create { .. } | Self::MakeDirectory { .. } | Self::Symlink { .. } | Self::Link { .. } => {
                Some(Class::Create)
            }
            Self::Remove { .. } => Some(Class::Remove),
            Self::Rename { .. } => Some(Class::Rename),
            Self::Write { .. } => Some(Class::Write),
            Self::Truncate { .. } => Some(Class::Truncate),
            Self::Sync { .. } => Some(Class::Sync),
            Self::ChangeMode { .. } | Self::Said(_) | Self::Ended(_) => None,
        }
    }

    /// Returns the file whose content it changes.
    pub(crate) fn content_of(&self) -> Option<Ino> {
        match self {
            Self::Write { ino, .. } | Self::Truncate { ino, .. } | Self::ChangeMode { ino, .. } => Some(*ino),
            _ => None,
        }
    }

    /// Returns the directories whose names it changes.
    pub(crate) fn names_of(&self) -> [Option<Ino>; 2] {
        match self {
            Self::Create { place, .. }
            | Self::MakeDirectory { place, .. }
            | Self::Symlink { place, .. }
            | Self::Link { place, .. }
            | Self::Remove { place } => [Some(place.0), None],
            Self::Rename { from, to, .. } => [Some(from.0), Some(to.0)],
            _ => [None, None],
        }
    }

    /// Returns whether a program that is stopped behind it leaves something else than one that is stopped before it.
    pub(crate) fn changes(&self) -> bool {
        self.content_of().is_some() || self.names_of()[0].is_some()
    }
}
