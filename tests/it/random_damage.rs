//! Damages of a file by chance, as disks and crashes make them.

use crate::harness::PAGE;

/// How many damages a test tries: as many as `DRAFTKEEP_DAMAGES` says.
pub(crate) fn asked(otherwise: usize) -> usize {
    std::env::var("DRAFTKEEP_DAMAGES").map_or(otherwise, |count| count.parse().unwrap())
}

/// Numbers that look like chance (SplitMix64), the same in every run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((number ^ (number >> 31)) % end as u64) as usize
    }
}

pub(crate) const KINDS: [&str; 6] = [
    "one bit flipped",
    "20 bits flipped",
    "one page zeroed",
    "10 pages zeroed",
    "cut off anywhere",
    "the first pages lost, 5 bits flipped",
];

/// Damages a file.
pub(crate) fn damage(bytes: &mut Vec<u8>, kind: usize, chance: &mut Chance) {
    let mut flip = |bytes: &mut Vec<u8>, count| {
        for _ in 0..count {
            let at = chance.below(bytes.len());
            bytes[at] ^= 1 << chance.below(8);
        }
    };
    match kind {
        0 => flip(bytes, 1),
        1 => flip(bytes, 20),
        2 | 3 => {
            for _ in 0..if kind == 2 { 1 } else { 10 } {
                let page = chance.below(bytes.len() / PAGE) * PAGE;
                bytes[page..page + PAGE].fill(0);
            }
        }
        4 => {
            let length = chance.below(bytes.len());
            bytes.truncate(length);
        }
        _ => {
            flip(bytes, 5);
            let pages = 1 + chance.below(4);
            bytes[..pages * PAGE].fill(0);
        }
    }
}
