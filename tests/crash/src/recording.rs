//! What is in the file system now, and how it came to be.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::fault::{Failure, FaultCounter};
use crate::operation::{Ino, Operation};
use crate::tree::{ROOT, Tree, is_index};

/// The directory that the program works in.
pub(crate) const WORK: &str = "work";

/// The directory of what it says. No disk loses that.
pub(crate) const SAID: &str = "said";

pub(crate) struct Recording {
    pub(crate) tree: Tree,
    pub(crate) operations: Vec<Operation>,
    pub(crate) faults: FaultCounter,
    changed_at: BTreeMap<Ino, SystemTime>,
}

impl Recording {
    pub(crate) fn new(tree: Tree) -> Self {
        Self { tree, operations: Vec::new(), faults: FaultCounter::default(), changed_at: BTreeMap::new() }
    }

    /// Records that a run of the program ended.
    pub(crate) fn end_run(&mut self, code: i32) {
        if !self.faults.is_stopped() {
            self.operations.push(Operation::Ended(code));
        }
    }

    /// Does an operation and records it, unless it fails.
    pub(crate) fn perform(&mut self, operation: Operation) -> Result<(), Failure> {
        if self.faults.is_stopped() {
            return Err(Failure::Stop);
        }
        if self.is_unseen(&operation) {
            self.apply(&operation);
            return Ok(());
        }
        if let Some(said) = self.said(&operation) {
            self.apply(&operation);
            self.operations.push(Operation::Said(said));
            return Ok(());
        }
        match self.faults.next(&operation) {
            Some(Failure::Short) if !matches!(operation, Operation::Write { .. }) => Err(Failure::InputOutput),
            Some(failure) => Err(failure),
            None => {
                self.force(operation);
                Ok(())
            }
        }
    }

    /// Does an operation and records it.
    pub(crate) fn force(&mut self, operation: Operation) {
        self.apply(&operation);
        self.operations.push(operation);
    }

    pub(crate) fn changed_at(&self, ino: Ino) -> SystemTime {
        self.changed_at.get(&ino).copied().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    #[expect(clippy::disallowed_methods, reason = "a file system tells when a file was written")]
    fn apply(&mut self, operation: &Operation) {
        self.tree.apply(operation);
        if let Some(ino) = operation.content_of() {
            self.changed_at.insert(ino, SystemTime::now());
        }
    }

    /// Returns whether an operation writes to the index of SQLite's journal: the kernel does it when it likes.
    fn is_unseen(&self, operation: &Operation) -> bool {
        let Some(ino) = operation.content_of() else { return false };
        let work = self.tree.find_path(WORK).and_then(|work| self.tree.names(work));
        work.into_iter().flatten().any(|(name, named)| *named == ino && is_index(name))
    }

    /// Returns what the program says with an operation.
    fn said(&self, operation: &Operation) -> Option<String> {
        let Operation::Write { ino, bytes, .. } = operation else { return None };
        let said = self.tree.find(ROOT, SAID.as_ref()).and_then(|said| self.tree.names(said));
        let is_said = said.into_iter().flatten().any(|(_, named)| named == ino);
        is_said.then(|| String::from_utf8_lossy(bytes).into_owned())
    }
}
