//! A mounted file system that keeps everything in memory, records what is done to it, and fails when it is told to.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use fuser::{
    AccessFlags, BackgroundSession, BsdFileFlags, Config, Errno, FileAttr, FileHandle, FileType, Filesystem,
    FopenFlags, Generation, INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData,
    ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use crate::fault::{Failure, Fault, FaultCounter};
use crate::operation::{Ino, Operation, Place};
use crate::recording::Recording;
use crate::tree::{Node, Tree};

/// How long the kernel may believe what it was told: nobody else changes anything.
const TTL: Duration = Duration::from_secs(60);

/// The most that one write takes, in bytes.
const SHORT: usize = 700;

/// A file system that is mounted until this is dropped.
pub(crate) struct Mounted {
    recording: Arc<Mutex<Recording>>,
    _session: BackgroundSession,
}

impl Mounted {
    pub(crate) fn new(tree: Tree, path: &Path) -> io::Result<Self> {
        let recording = Arc::new(Mutex::new(Recording::new(tree)));
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("draftkeep-crash".to_owned()), MountOption::NoAtime];
        let session = fuser::spawn_mount(Mount { recording: Arc::clone(&recording) }, path, &config)?;
        Ok(Self { recording, _session: session })
    }

    /// Forgets what was recorded, and begins with what is there now; returns that.
    pub(crate) fn begin(&self, fault: Option<Fault>) -> Tree {
        let mut recording = self.recording();
        recording.operations.clear();
        recording.faults = FaultCounter::new(fault);
        recording.tree.clone()
    }

    pub(crate) fn recording(&self) -> MutexGuard<'_, Recording> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Mount {
    recording: Arc<Mutex<Recording>>,
}

impl Mount {
    fn lock(&self) -> MutexGuard<'_, Recording> {
        self.recording.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes what `operation` makes of a free number, and returns its attributes.
    fn make(&self, place: Place, operation: impl FnOnce(Place, Ino) -> Operation) -> Result<FileAttr, Errno> {
        let mut recording = self.lock();
        if recording.tree.find(place.0, &place.1).is_some() {
            return Err(Errno::EEXIST);
        }
        let ino = recording.tree.free_ino();
        recording.perform(operation(place, ino)).map_err(errno)?;
        attributes(&recording, ino).ok_or(Errno::EIO)
    }

    fn link_to(&self, ino: Ino, place: Place) -> Result<FileAttr, Errno> {
        let mut recording = self.lock();
        if recording.tree.find(place.0, &place.1).is_some() {
            return Err(Errno::EEXIST);
        }
        recording.perform(Operation::Link { ino, place }).map_err(errno)?;
        attributes(&recording, ino).ok_or(Errno::ENOENT)
    }

    fn remove(&self, place: Place, wants_directory: bool) -> Result<(), Errno> {
        let mut recording = self.lock();
        let ino = recording.tree.find(place.0, &place.1).ok_or(Errno::ENOENT)?;
        let names = recording.tree.names(ino);
        match names {
            Some(_) if !wants_directory => return Err(Errno::EISDIR),
            None if wants_directory => return Err(Errno::ENOTDIR),
            Some(names) if !names.is_empty() => return Err(Errno::ENOTEMPTY),
            _ => {}
        }
        recording.perform(Operation::Remove { place }).map_err(errno)
    }

    fn rename(&self, from: Place, to: Place, flags: RenameFlags) -> Result<(), Errno> {
        let mut recording = self.lock();
        let ino = recording.tree.find(from.0, &from.1).ok_or(Errno::ENOENT)?;
        let there = recording.tree.find(to.0, &to.1);
        if flags.contains(RenameFlags::RENAME_EXCHANGE) {
            return Err(Errno::EINVAL);
        }
        if flags.contains(RenameFlags::RENAME_NOREPLACE) && there.is_some() {
            return Err(Errno::EEXIST);
        }
        if there.and_then(|there| recording.tree.names(there)).is_some_and(|names| !names.is_empty()) {
            return Err(Errno::ENOTEMPTY);
        }
        recording.perform(Operation::Rename { ino, from, to }).map_err(errno)
    }
}

/// What the caller of a failed operation gets; a stopped process does not live to see it.
fn errno(failure: Failure) -> Errno {
    match failure {
        Failure::NoSpace => Errno::ENOSPC,
        Failure::Stop | Failure::InputOutput | Failure::Short => Errno::EIO,
    }
}

fn attributes(recording: &Recording, ino: Ino) -> Option<FileAttr> {
    let (kind, mode, size) = match recording.tree.node(ino)? {
        Node::File { bytes, mode } => (FileType::RegularFile, *mode, bytes.len() as u64),
        Node::Directory { mode, .. } => (FileType::Directory, *mode, 0),
        Node::Symlink { .. } => (FileType::Symlink, 0o777, 0),
    };
    let time = recording.changed_at(ino);
    Some(FileAttr {
        ino: INodeNo(ino),
        size,
        blocks: size.div_ceil(512),
        atime: time,
        mtime: time,
        ctime: time,
        crtime: SystemTime::UNIX_EPOCH,
        kind,
        perm: mode as u16,
        nlink: 1,
        uid: nix::unistd::geteuid().as_raw(),
        gid: nix::unistd::getegid().as_raw(),
        rdev: 0,
        blksize: 4096,
        flags: 0,
    })
}

fn place(directory: INodeNo, name: &OsStr) -> Place {
    (directory.0, name.to_owned())
}

fn entry(made: Result<FileAttr, Errno>, reply: ReplyEntry) {
    match made {
        Ok(attributes) => reply.entry(&TTL, &attributes, Generation(0)),
        Err(error) => reply.error(error),
    }
}

fn done(result: Result<(), Errno>, reply: ReplyEmpty) {
    match result {
        Ok(()) => reply.ok(),
        Err(error) => reply.error(error),
    }
}

impl Filesystem for Mount {
    fn lookup(&self, _: &Request, directory: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let recording = self.lock();
        let found = recording.tree.find(directory.0, name).and_then(|ino| attributes(&recording, ino));
        drop(recording);
        entry(found.ok_or(Errno::ENOENT), reply);
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match attributes(&self.lock(), ino.0) {
            Some(attributes) => reply.attr(&TTL, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let ino = ino.0;
        let truncate = size.map(|size| Operation::Truncate { ino, size });
        let change_mode = mode.map(|mode| Operation::ChangeMode { ino, mode: mode & 0o7777 });
        let mut recording = self.lock();
        for operation in [truncate, change_mode].into_iter().flatten() {
            if let Err(failure) = recording.perform(operation) {
                return reply.error(errno(failure));
            }
        }
        match attributes(&recording, ino) {
            Some(attributes) => reply.attr(&TTL, &attributes),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn readlink(&self, _: &Request, ino: INodeNo, reply: ReplyData) {
        match self.lock().tree.node(ino.0) {
            Some(Node::Symlink { target }) => reply.data(target.as_os_str().as_encoded_bytes()),
            _ => reply.error(Errno::EINVAL),
        }
    }

    fn mkdir(&self, _: &Request, directory: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        let mode = mode & !umask & 0o7777;
        entry(self.make(place(directory, name), |place, ino| Operation::MakeDirectory { place, ino, mode }), reply);
    }

    fn create(&self, _: &Request, directory: INodeNo, name: &OsStr, mode: u32, umask: u32, _: i32, reply: ReplyCreate) {
        let mode = mode & !umask & 0o7777;
        match self.make(place(directory, name), |place, ino| Operation::Create { place, ino, mode }) {
            Ok(attributes) => {
                reply.created(&TTL, &attributes, Generation(0), FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
            }
            Err(error) => reply.error(error),
        }
    }

    fn symlink(&self, _: &Request, directory: INodeNo, name: &OsStr, target: &Path, reply: ReplyEntry) {
        let target = target.to_owned();
        entry(self.make(place(directory, name), |place, ino| Operation::Symlink { place, ino, target }), reply);
    }

    fn link(&self, _: &Request, ino: INodeNo, directory: INodeNo, name: &OsStr, reply: ReplyEntry) {
        entry(self.link_to(ino.0, place(directory, name)), reply);
    }

    fn unlink(&self, _: &Request, directory: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.remove(place(directory, name), false), reply);
    }

    fn rmdir(&self, _: &Request, directory: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        done(self.remove(place(directory, name), true), reply);
    }

    fn rename(
        &self,
        _: &Request,
        directory: INodeNo,
        name: &OsStr,
        new_directory: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        done(Self::rename(self, place(directory, name), place(new_directory, new_name), flags), reply);
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // The journal's index is mapped into memory; it must not be forgotten whenever the file is opened once more.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE);
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        match self.lock().tree.node(ino.0) {
            Some(Node::File { bytes, .. }) => {
                let start = bytes.len().min(offset as usize);
                let end = bytes.len().min(start + size as usize);
                reply.data(&bytes[start..end]);
            }
            _ => reply.error(Errno::EBADF),
        }
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let write = |bytes: &[u8]| Operation::Write { ino: ino.0, offset, bytes: bytes.into() };
        let mut recording = self.lock();
        match recording.perform(write(bytes)) {
            Ok(()) => reply.written(bytes.len() as u32),
            Err(Failure::Short) => {
                let taken = &bytes[..SHORT.min(bytes.len() / 2)];
                recording.force(write(taken));
                reply.written(taken.len() as u32);
            }
            Err(failure) => reply.error(errno(failure)),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.lock().perform(Operation::Sync { ino: ino.0 }).map_err(errno), reply);
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        done(self.lock().perform(Operation::Sync { ino: ino.0 }).map_err(errno), reply);
    }

    fn readdir(&self, _: &Request, ino: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let recording = self.lock();
        let Some(names) = recording.tree.names(ino.0) else { return reply.error(Errno::ENOTDIR) };
        let itself = [(OsString::from("."), ino.0), (OsString::from(".."), ino.0)];
        let all = itself.into_iter().chain(names.iter().map(|(name, ino)| (name.clone(), *ino)));
        for (at, (name, ino)) in all.enumerate().skip(offset as usize) {
            let kind = attributes(&recording, ino).map_or(FileType::RegularFile, |attributes| attributes.kind);
            if reply.add(INodeNo(ino), at as u64 + 1, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        const BLOCKS: u64 = 1 << 20;
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, 4096, 255, 4096);
    }

    fn access(&self, _: &Request, _: INodeNo, _: AccessFlags, reply: ReplyEmpty) {
        reply.ok();
    }
}
