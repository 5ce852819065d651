//! What the file of a copy is: its first bytes say it, and its name where they say nothing.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::encryption::Encryption;

/// So many of the first bytes are looked at.
pub(super) const START: u64 = 64;

const SQLITE: &[u8] = b"SQLite format 3\0";
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const GZIP: &[u8] = &[0x1f, 0x8b];
/// Of age, and of either as text.
const AGE: [&[u8]; 2] = [b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----"];
const OPENPGP_TEXT: &[u8] = b"-----BEGIN PGP MESSAGE-----";

/// What the file of a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CopyFormat {
    Sqlite,
    Zstd,
    Gzip,
    Encrypted(Encryption),
    Empty,
    Unknown,
}

impl CopyFormat {
    /// Returns what a file is that begins so.
    pub(super) fn of(start: &[u8]) -> Self {
        let is = |known: &[u8]| start.starts_with(known);
        match () {
            () if start.is_empty() => Self::Empty,
            () if is(SQLITE) => Self::Sqlite,
            () if is(ZSTD) => Self::Zstd,
            () if is(GZIP) => Self::Gzip,
            () if AGE.iter().any(|known| is(known)) => Self::Encrypted(Encryption::Age),
            () if is(OPENPGP_TEXT) || begins_message(start) => Self::Encrypted(Encryption::OpenPgp),
            () => Self::Unknown,
        }
    }

    /// Returns what the file at `path` is. Where its bytes say nothing, its name may say how it is encrypted.
    pub(super) fn of_file(path: &Path) -> io::Result<Self> {
        let mut start = Vec::new();
        File::open(path)?.take(START).read_to_end(&mut start)?;
        Ok(match Self::of(&start) {
            Self::Unknown => Encryption::of_name(path).map_or(Self::Unknown, Self::Encrypted),
            known => known,
        })
    }
}

/// Returns how the file at `path` is encrypted; `None` where it is not, or cannot be read.
pub fn encryption_of(path: &Path) -> Option<Encryption> {
    // A pipe would never end.
    let is_file = path.metadata().is_ok_and(|found| found.is_file());
    match is_file.then(|| CopyFormat::of_file(path)) {
        Some(Ok(CopyFormat::Encrypted(encryption))) => Some(encryption),
        _ => None,
    }
}

/// Returns whether bytes begin a message of OpenPGP (RFC 9580): a packet that a message can begin with, and after its length what such a
/// packet begins with. The first byte alone would make encrypted files of damaged archives. A signed or packed message is none that is encrypted,
/// but the same program opens it.
fn begins_message(bytes: &[u8]) -> bool {
    let Some((tag, body)) = packet(bytes) else { return false };
    matches!(
        (tag, body),
        // A session key for a public key, and one for a passphrase: their version.
        (1, [3 | 6, ..]) | (3, [4..=6, ..])
        // The encrypted data itself, as gpg 2.4 and others write it.
        | (18, [1 | 2, ..]) | (20, [1, ..])
        // Packed, with a known algorithm; signed, with a known kind of signature; and a mark that has no meaning.
        | (8, [1..=3, ..]) | (4, [3 | 6, 0 | 1, ..]) | (10, [b'P', b'G', b'P', ..])
    )
}

/// Reads the head of a packet: its kind, and what follows its length.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (tag, length) = match first >> 6 {
        // The old form, whose lowest bits say how long the length is; the last one has none.
        0b10 => ((first >> 2) & 0xf, [1, 2, 4, 0][usize::from(first & 3)]),
        0b11 => (
            first & 0x3f,
            if let 192..=223 = rest.first()? {
                2
            } else if rest[0] == 255 {
                5
            } else {
                1
            },
        ),
        _ => return None,
    };
    Some((tag, rest.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_copy_is_is_seen_at_its_first_bytes() {
        let openpgp = CopyFormat::Encrypted(Encryption::OpenPgp);
        for (start, format) in [
            (&b"SQLite format 3\0\x04\0"[..], CopyFormat::Sqlite),
            (b"\x28\xb5\x2f\xfd\x24", CopyFormat::Zstd),
            (b"\x1f\x8b\x08", CopyFormat::Gzip),
            (b"age-encryption.org/v1\n", CopyFormat::Encrypted(Encryption::Age)),
            (b"-----BEGIN AGE ENCRYPTED FILE-----\n", CopyFormat::Encrypted(Encryption::Age)),
            (b"-----BEGIN PGP MESSAGE-----\n\nhF4D", openpgp),
            // gpg -e for RSA (3072, 4096 bits) and for Curve25519, gpg -c, gpg --store and gpg -s.
            (b"\x85\x01\x8c\x03\xb2", openpgp),
            (b"\x85\x02\x0c\x03\xb2", openpgp),
            (b"\x84\x5e\x03\x0a", openpgp),
            (b"\x8c\x0d\x04\x09\x03", openpgp),
            (b"\xa3\x01\x5a", openpgp),
            (b"\x90\x0d\x03\x00\x0a", openpgp),
            // As Sequoia and others write the same, in the new form: with lengths of one, two and five bytes.
            (b"\xc1\x5e\x03\x0a", openpgp),
            (b"\xc1\xc1\x4c\x03\xb2", openpgp),
            (b"\xc1\xff\0\0\x01\x0c\x06\x15", openpgp),
            (b"\xc3\x0d\x04\x09", openpgp),
            (b"\xd2\xea\x01\x77", openpgp),
            (b"\xd2\xc0\x4f\x02\x09", openpgp),
            (b"\xd4\xea\x01\x09", openpgp),
            (b"\xca\x03PGP\xc1\x5e", openpgp),
            (b"", CopyFormat::Empty),
            // Other bytes, also such as a message of OpenPGP may begin with.
            (b"SQLite", CopyFormat::Unknown),
            (b"\xd3QLite format 3\0", CopyFormat::Unknown),
            (b"\x85", CopyFormat::Unknown),
            (b"\x85\x01\x8c\x53", CopyFormat::Unknown),
            (b"\xc1", CopyFormat::Unknown),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff", CopyFormat::Unknown),
            (b"\x89PNG\r\n\x1a\n", CopyFormat::Unknown),
            (b"\xff\xd8\xff\xe0", CopyFormat::Unknown),
            (&[0; 64], CopyFormat::Unknown),
            ("草稿".as_bytes(), CopyFormat::Unknown),
        ] {
            assert_eq!(CopyFormat::of(start), format, "{start:x?}");
        }
    }

    #[test]
    fn a_name_says_it_where_the_bytes_say_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let found = |name: &str, bytes: &[u8]| {
            let path = directory.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            encryption_of(&path)
        };
        assert_eq!(found("a.db.zst.gpg", b"?"), Some(Encryption::OpenPgp));
        assert_eq!(found("a.db.zst.age", b"?"), Some(Encryption::Age));
        assert_eq!(found("a.db", b"\x84\x5e\x03\x0a"), Some(Encryption::OpenPgp));
        assert_eq!(found("plain.gpg", SQLITE), None, "bytes say more than a name");
        assert_eq!(found("a.db", b"?"), None);
        assert_eq!(encryption_of(&directory.path().join("nothing.gpg")), None);
    }
}
