//! The texts that the archive is measured with: real drafts, each with its states.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../tests/it/histories.rs"]
mod real;

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
    files.iter().filter_map(|file| history(file).transpose()).collect()
}

fn history(file: &Path) -> std::io::Result<Option<History>> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(real::states(file)?.map(|states| History { name, states }))
}
