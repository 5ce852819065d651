//! A damaged archive: it is repaired or refused within its time and memory, and no version comes back otherwise than it was.
//!
//! An input is a list of damages, six bytes each: where, what, and with which byte.

use std::fs;
use std::sync::OnceLock;

use draftkeep::archive::{Filter, KnownAccounts, Reader};
use draftkeep::repair::{RepairRequest, repair};

use crate::archive::{directory, documents, make, now};

static WHOLE: OnceLock<Vec<u8>> = OnceLock::new();

pub fn run(data: &[u8]) {
    let place = directory();
    let (damaged, to) = (place.path().join("damaged.db"), place.path().join("new.db"));
    fs::write(&damaged, damage(WHOLE.get_or_init(whole), data)).expect("a file can be written");
    let request = RepairRequest { damaged: &damaged, to: &to, from: &[], accounts: KnownAccounts::default() };
    let Ok(report) = repair(&request, now(), &mut |_| {}) else { return };
    assert!(report.proof.is_ok(), "{:?}", report.proof.damaged);
    let reader = Reader::open(&to).expect("the new archive opens");
    let originals = documents();
    for draft in reader.drafts(&Filter::default()).expect("the drafts can be read") {
        for version in reader.versions(draft.id).expect("the versions can be read") {
            let document = reader.document(&version).expect("the document can be read");
            assert!(originals.contains(&document), "version {} came back otherwise than it was", version.number);
        }
    }
}

fn whole() -> Vec<u8> {
    let place = directory();
    let path = place.path().join("archive.db");
    make(&path);
    fs::read(path).expect("the archive can be read")
}

fn damage(whole: &[u8], damages: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for damage in damages.chunks_exact(6) {
        let [a, b, c, kind, length, value] = *damage else { continue };
        if bytes.is_empty() {
            break;
        }
        let at = u32::from_le_bytes([a, b, c, 0]) as usize % bytes.len();
        let end = bytes.len().min(at + usize::from(length));
        match kind % 5 {
            0 => bytes[at] ^= value.max(1),
            1 => bytes[at..end].fill(value),
            2 => {
                let page = at / 1024 * 1024;
                let end = bytes.len().min(page + 1024);
                bytes[page..end].fill(0);
            }
            3 if value == 0 => bytes.truncate(at),
            _ => bytes[at..end].rotate_left(usize::from(length).min(end - at) / 2),
        }
    }
    bytes
}
