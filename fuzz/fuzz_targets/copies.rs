//! Copies: garbage is refused or unpacked within bounds, and what was packed or encrypted comes back.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use draftkeep::config::Recipients;
use draftkeep::copies::{Encryption, Encryptor, Packer, ReadBackKey, UnpackedCopy, decrypt, unpack};

use crate::archive::directory;

const RECIPIENT: &str = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

/// So much of what comes out is read: a bomb may go on for ever.
const MOST: u64 = 8 << 20;

pub fn run(data: &[u8]) {
    let [kind, bytes @ ..] = data else { return };
    match kind % 4 {
        0 => drop(read(bytes)),
        1 => open_file(bytes),
        2 => comes_back(bytes),
        _ => encrypted(bytes),
    }
}

fn read(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    unpack(bytes).ok()?.ok()?.take(MOST).read_to_end(&mut read).ok()?;
    Some(read)
}

fn open_file(bytes: &[u8]) {
    let place = directory();
    let (path, to) = (place.path().join("copy"), place.path().join("unpacked"));
    // What unpacks to more than can be kept here is the disk's matter, and not this one's.
    if read(bytes).is_some_and(|read| read.len() as u64 == MOST) {
        return;
    }
    std::fs::write(&path, bytes).expect("a file can be written");
    let whole = UnpackedCopy::open(&path, to.clone()).is_ok();
    if let Ok((copy, broken)) = UnpackedCopy::open_what_is_left(&path, to.clone()) {
        assert!(copy.path().exists());
        assert_eq!(broken.is_none(), whole);
    }
    assert!(!to.exists(), "what was unpacked goes");
}

fn comes_back(bytes: &[u8]) {
    let plain = [b"SQLite format 3\0", bytes].concat();
    let mut packer = Packer::new(Vec::new()).expect("there is memory");
    packer.write_all(&plain).expect("there is memory");
    let packed = packer.finish().expect("there is memory");
    assert_eq!(read(&packed).as_ref(), Some(&plain));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).expect("there is memory");
    assert_eq!(read(&gzip.finish().expect("there is memory")).as_ref(), Some(&plain));
}

/// The first byte says where one bit is flipped. What is altered is refused, or its end is: no altered byte ever comes out.
fn encrypted(bytes: &[u8]) {
    let [place, plain @ ..] = bytes else { return };
    let recipients = Recipients::parse([RECIPIENT], Path::new("/")).expect("a recipient");
    let own = ReadBackKey::generate();
    let mut encryptor = Encryptor::new(Vec::new(), Some(&recipients), &own).expect("there is memory");
    encryptor.write_all(plain).expect("there is memory");
    let mut encrypted = encryptor.finish().expect("there is memory");
    assert_eq!(opened(&own, &encrypted).as_deref(), Some(plain));
    let at = usize::from(*place) * encrypted.len() / 256;
    encrypted[at] ^= 1;
    assert!(opened(&own, &encrypted).is_none_or(|opened| opened == plain));
    assert!(decrypt(Box::new(Cursor::new(plain.to_vec())), Encryption::Age, None).is_err());
}

fn opened(key: &ReadBackKey, encrypted: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    key.decrypt(encrypted).ok()?.read_to_end(&mut plain).ok()?;
    Some(plain)
}
