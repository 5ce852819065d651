//! What a disk holds for sure, and what of the rest may be on it after a power loss.
//!
//! What was written to a file is on the disk once the file was synced, and a name once its directory was. Of everything
//! else any part may be there: one write and not the one before it, a name and not the bytes, half of a write.

use draftkeep::simulator::Random;

use crate::operation::{Ino, Operation};
use crate::tree::Tree;

/// The block sizes of disks: what one of them writes at once is there as a whole or not at all.
const BLOCKS: [u64; 2] = [512, 4096];

#[derive(Clone, Debug)]
pub(crate) struct Disk {
    durable: Tree,
    pending: Vec<Operation>,
    /// A disk that confirms a sync and does not write: with it, versions must be lost.
    ignores_syncs: bool,
}

/// What is lost of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// All behind an instant, as a file system with a journal loses it.
    Tail,
    /// Writes and names, each by chance.
    Any,
    /// As one of these, and one write is there in part.
    Torn,
}

impl Disk {
    pub(crate) fn new(durable: Tree, ignores_syncs: bool) -> Self {
        Self { durable, pending: Vec::new(), ignores_syncs }
    }

    pub(crate) fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Sync { ino } if !self.ignores_syncs => self.sync(*ino),
            operation if operation.changes() => {
                self.durable.add_node(operation);
                self.pending.push(operation.clone());
            }
            _ => {}
        }
    }

    fn sync(&mut self, ino: Ino) {
        let is_synced =
            |operation: &Operation| operation.content_of() == Some(ino) || operation.names_of().contains(&Some(ino));
        let (synced, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending).into_iter().partition(is_synced);
        self.pending = pending;
        synced.iter().for_each(|operation| self.durable.apply(operation));
    }

    /// Returns whether a power loss can lose anything.
    pub(crate) fn is_at_risk(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Returns whether a write is at risk.
    pub(crate) fn has_pending_write(&self) -> bool {
        self.pending.iter().any(|operation| matches!(operation, Operation::Write { .. }))
    }

    /// Returns what is there after a power loss.
    pub(crate) fn after(&self, loss: Loss, random: &mut Random) -> Tree {
        let kept = match loss {
            Loss::Tail => self.head(random),
            Loss::Any => self.subset(random),
            Loss::Torn if random.chance(0.5) => self.head(random),
            Loss::Torn => self.subset(random),
        };
        let torn = (loss == Loss::Torn).then(|| self.choose_torn(&kept, random)).flatten();
        let mut tree = self.durable.clone();
        for at in kept {
            match &self.pending[at] {
                Operation::Write { ino, offset, bytes } if torn == Some(at) => {
                    write_in_part(&mut tree, *ino, *offset, bytes, random);
                }
                operation => tree.apply(operation),
            }
        }
        tree
    }

    fn head(&self, random: &mut Random) -> Vec<usize> {
        (0..random.below(self.pending.len() + 1)).collect()
    }

    /// Names and contents have chances of their own: that all names are there and no content is likelier so.
    fn subset(&self, random: &mut Random) -> Vec<usize> {
        const CHANCES: [f64; 5] = [0.0, 0.2, 0.5, 0.9, 1.0];
        let (contents, names) = (*random.pick(&CHANCES), *random.pick(&CHANCES));
        let chance = |operation: &Operation| if operation.content_of().is_some() { contents } else { names };
        (0..self.pending.len()).filter(|at| random.chance(chance(&self.pending[*at]))).collect()
    }

    /// The last write more often than others: it is the one that a power loss cuts off.
    fn choose_torn(&self, kept: &[usize], random: &mut Random) -> Option<usize> {
        let is_write = |at: &&usize| matches!(self.pending[**at], Operation::Write { .. });
        let writes: Vec<usize> = kept.iter().filter(is_write).copied().collect();
        match writes.last() {
            Some(last) if random.chance(0.5) => Some(*last),
            Some(_) => Some(*random.pick(&writes)),
            None => None,
        }
    }
}

/// Writes the blocks of a write that arrived.
fn write_in_part(tree: &mut Tree, ino: Ino, offset: u64, bytes: &[u8], random: &mut Random) {
    let block = *random.pick(&BLOCKS);
    // What is longer than a page of memory comes in order more often than not.
    let cut = random.chance(0.5).then(|| random.below(bytes.len() / block as usize + 2));
    let end = offset + bytes.len() as u64;
    for (number, start) in (offset / block..=(end.max(1) - 1) / block).enumerate() {
        let arrived = cut.map_or_else(|| random.chance(0.5), |cut| number < cut);
        let (from, to) = ((start * block).max(offset), ((start + 1) * block).min(end));
        if arrived && from < to {
            tree.write(ino, from, &bytes[(from - offset) as usize..(to - offset) as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;
    use crate::operation::Place;
    use crate::tree::{Node, ROOT};

    const FILE: Ino = 2;

    fn place(name: &str) -> Place {
        (ROOT, name.into())
    }

    fn create() -> Operation {
        Operation::Create { place: place("a"), ino: FILE, mode: 0o600 }
    }

    fn write(offset: u64, bytes: &[u8]) -> Operation {
        Operation::Write { ino: FILE, offset, bytes: bytes.into() }
    }

    /// The contents that a file has after many power losses; `None` where it is not there.
    fn contents(operations: &[Operation], name: &str, ignores_syncs: bool) -> Vec<Option<Vec<u8>>> {
        let mut disk = Disk::new(Tree::new(), ignores_syncs);
        operations.iter().for_each(|operation| disk.apply(operation));
        let mut random = Random::new(1);
        let mut found: Vec<_> = (0..300)
            .map(|number| {
                let loss = [Loss::Tail, Loss::Any, Loss::Torn][number % 3];
                let tree = disk.after(loss, &mut random);
                let node = tree.find(ROOT, OsStr::new(name)).and_then(|ino| tree.node(ino).cloned());
                node.map(|node| match node {
                    Node::File { bytes, .. } => bytes.to_vec(),
                    _ => panic!("it is a file"),
                })
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    #[test]
    fn what_was_synced_is_there_and_of_the_rest_any_part() {
        let synced = [create(), write(0, b"a"), Operation::Sync { ino: FILE }, Operation::Sync { ino: ROOT }];
        assert_eq!(contents(&synced, "a", false), [Some(b"a".to_vec())]);
        let more = [&synced[..], &[write(1, b"b"), write(2, b"c")]].concat();
        let all = [&b"a"[..], b"a\0c", b"ab", b"abc"].map(|bytes| Some(bytes.to_vec()));
        assert_eq!(contents(&more, "a", false), all);
    }

    #[test]
    fn a_name_is_lost_without_its_directory_and_bytes_without_their_file() {
        let file = [create(), write(0, b"a"), Operation::Sync { ino: FILE }];
        assert_eq!(contents(&file, "a", false), [None, Some(b"a".to_vec())]);
        let directory = [create(), write(0, b"a"), Operation::Sync { ino: ROOT }];
        assert_eq!(contents(&directory, "a", false), [Some(b"".to_vec()), Some(b"a".to_vec())]);
    }

    #[test]
    fn a_rename_is_there_or_not() {
        let rename = Operation::Rename { ino: FILE, from: place("a"), to: place("b") };
        let operations = [create(), Operation::Sync { ino: ROOT }, rename];
        assert_eq!(contents(&operations, "b", false), [None, Some(Vec::new())]);
    }

    #[test]
    fn a_write_may_arrive_in_part() {
        let operations = [create(), Operation::Sync { ino: ROOT }, write(0, &[1; 2048])];
        let found = contents(&operations, "a", false);
        let halves = |bytes: &Vec<u8>| bytes.chunks(512).any(|block| block[0] == 0) && bytes.contains(&1);
        assert!(found.iter().flatten().any(halves), "{found:?}");
        assert!(
            found
                .iter()
                .flatten()
                .flat_map(|bytes| bytes.chunks(512))
                .all(|block| block.iter().all(|byte| *byte == block[0]))
        );
    }

    #[test]
    fn a_disk_that_ignores_syncs_loses_what_was_synced() {
        let synced = [create(), write(0, b"a"), Operation::Sync { ino: FILE }, Operation::Sync { ino: ROOT }];
        assert!(contents(&synced, "a", true).contains(&None));
    }
}
