//! The texts that the archive is measured with: real drafts, each with its states.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::value::RawValue;

/// A draft, state by state.
pub(crate) struct History {
    pub(crate) name: String,
    /// In the shape of a `draft/get` answer, the oldest first.
    pub(crate) states: Vec<Vec<u8>>,
}

/// Reads a directory: `*.jsonl.zst` holds one state a line (`{"draft":{"news_item":[…]}}`), `*.json` is a draft of one state.
pub(crate) fn read(directory: &Path) -> std::io::Result<Vec<History>> {
    let mut files =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    files.sort();
    files.iter().filter_map(|file| Some(history(file, states(file)?))).collect()
}

fn history(file: &Path, states: std::io::Result<Vec<Vec<u8>>>) -> std::io::Result<History> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(History { name, states: states? })
}

/// Returns the states of a file; `None` where it is a file of something else.
fn states(file: &Path) -> Option<std::io::Result<Vec<Vec<u8>>>> {
    match file.extension()?.to_str()? {
        "zst" => Some(lines(file)),
        "json" => Some(fs::read(file).map(|state| vec![state])),
        _ => None,
    }
}

fn lines(file: &Path) -> std::io::Result<Vec<Vec<u8>>> {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        #[serde(borrow)]
        draft: &'a RawValue,
    }
    let lines = zstd::decode_all(fs::File::open(file)?)?;
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice::<Line<'_>>(line)?.draft.get().as_bytes().to_vec())).collect()
}
