//! Real drafts and their histories, for tests and benchmarks. Both include this file, so it uses no other code of ours.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use ruzstd::decoding::StreamingDecoder;
use serde_json::value::RawValue;

/// Returns the states of a draft, the oldest first, each in the shape of a `draft/get` answer: `*.jsonl.zst` holds one
/// a line (`{"draft":{"news_item":[…]}}`), `*.json` is a draft of one state. `None` where the file is something else.
pub(crate) fn states(file: &Path) -> io::Result<Option<Vec<Vec<u8>>>> {
    Ok(match file.extension().and_then(|end| end.to_str()) {
        Some("zst") => Some(lines(file)?),
        Some("json") => Some(vec![fs::read(file)?]),
        _ => None,
    })
}

fn lines(file: &Path) -> io::Result<Vec<Vec<u8>>> {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        draft: &'a RawValue,
    }
    let lines = decompress(fs::File::open(file)?)?;
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice::<Line<'_>>(line)?.draft.get().as_bytes().to_vec())).collect()
}

/// Reads a Zstandard file of one frame. The decoder would leave out what follows the frame, so anything there is an error.
fn decompress(mut file: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    StreamingDecoder::new(&mut file).map_err(io::Error::other)?.read_to_end(&mut bytes)?;
    match file.read(&mut [0])? {
        0 => Ok(bytes),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "there is more than one Zstandard frame")),
    }
}

#[test]
fn two_frames_are_refused() {
    // The frame of an empty text, with its checksum.
    let frame = [0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x00, 0x01, 0x00, 0x00, 0x99, 0xe9, 0xd8, 0x51];
    assert_eq!(decompress(&frame[..]).unwrap(), b"");
    assert!(decompress(&[frame, frame].concat()[..]).is_err());
}
