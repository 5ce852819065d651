//! Real drafts and their histories, for tests and benches. Of use to both, so it stands alone and needs nothing of ours.

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
    let mut lines = Vec::new();
    StreamingDecoder::new(fs::File::open(file)?).map_err(io::Error::other)?.read_to_end(&mut lines)?;
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice::<Line<'_>>(line)?.draft.get().as_bytes().to_vec())).collect()
}
