//! A small archive, and the exported tree that it was made from.

use std::fs;
use std::path::{Path, PathBuf};

use draftkeep::archive::Writer;
use draftkeep::canonical::canonicalise;
use draftkeep::export::{ExportTree, Imported};
use draftkeep::model::{Hash, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

/// When everything happens.
pub fn now() -> Timestamp {
    "2026-09-21T06:00:00Z".parse().expect("an instant")
}

/// A directory that goes with the process's last use of it; in memory, where that can be had.
pub fn directory() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.expect("a directory can be made")
}

/// Versions of one draft, long enough that its older ones are kept as differences.
pub fn documents() -> Vec<Vec<u8>> {
    let document = |version: usize| {
        let body = "<p>凌晨四点的菜市场，灯一盏一盏亮起来。</p>".repeat(20 + version);
        let picture = "<img data-src=\"https://mmbiz.qpic.cn/mmbiz_png/A/640?wx_fmt=png\">";
        let article =
            json!({"title": format!("早市 {version}"), "content": format!("{picture}{body}<p>{version}</p>")});
        json!({"news_item": [article], "update_time": 1_790_000_000 + version}).to_string().into_bytes()
    };
    (0..12).map(document).collect()
}

/// An account's file in the tree.
pub fn account_file() -> Value {
    json!({"appid": "wx0123456789abcdef", "first_seen": "2026-01-01T00:00:00.000Z", "name": "mag"})
}

/// The draft's file in the tree, for so many versions.
pub fn draft_file(versions: usize) -> Value {
    json!({
        "first_seen": "2026-01-01T00:00:00.000Z", "id": 1, "last_seen": "2026-09-01T00:00:00.000Z", "lost": [],
        "media_id": "BgSb3ZNRyVDeMEXgZ_2Tk34BIOLSsUnqWPoMF6rFPZ9xHzLAw0qOkEFaK8lbgQcv", "missing_since": null,
        "pins": [], "pruned": [], "state": "live", "versions": versions,
    })
}

/// A version's file in the tree; with another law's number, its hash is not compared.
pub fn version_file(number: usize, document: &[u8]) -> Value {
    let hash = canonicalise(document).map_or_else(|_| Hash::of(document), |form| form.hash());
    json!({
        "articles": 1, "canon": 1, "hash": hash.to_string(), "observed_at": "2026-09-01T00:00:00.000Z", "title": "早市",
        "document": {"bytes": document.len(), "sha256": Hash::of(document).to_string()},
        "update_time": null, "version": number,
    })
}

/// Writes what stands above the versions, and returns the draft's directory.
pub fn begin_tree(root: &Path, account: &[u8], draft: &[u8]) -> PathBuf {
    let directory = root.join("mag/early-1");
    fs::create_dir_all(&directory).expect("a directory can be made");
    let mark = json!({"about": "", "format": 1}).to_string();
    for (path, bytes) in [
        (root.join("draftkeep-export.json"), mark.as_bytes()),
        (root.join("mag/account.json"), account),
        (directory.join("draft.json"), draft),
    ] {
        fs::write(path, bytes).expect("a file can be written");
    }
    directory
}

/// Writes a version of the draft.
pub fn write_version(draft: &Path, number: usize, document: &[u8], version: &[u8], pictures: &[u8]) {
    let directory = draft.join(number.to_string());
    fs::create_dir_all(&directory).expect("a directory can be made");
    for (name, bytes) in [("document.json", document), ("version.json", version), ("pictures.json", pictures)] {
        fs::write(directory.join(name), bytes).expect("a file can be written");
    }
}

/// Brings a tree into an archive.
pub fn import(root: &Path, writer: &mut Writer) -> Result<Imported, String> {
    let tree = ExportTree::at(root).map_err(|error| error.to_string())?;
    tree.import(writer, now(), &mut |_| {}).map_err(|error| error.to_string())
}

/// Makes an archive of [`documents`] at `path`.
pub fn make(path: &Path) {
    let tree = directory();
    let documents = documents();
    let account = account_file().to_string();
    let draft = begin_tree(tree.path(), account.as_bytes(), draft_file(documents.len()).to_string().as_bytes());
    for (number, document) in (1..).zip(&documents) {
        write_version(&draft, number, document, version_file(number, document).to_string().as_bytes(), b"[]");
    }
    let mut writer = Writer::open(path).expect("an archive can be made");
    let imported = import(tree.path(), &mut writer).expect("the tree is one");
    assert!(imported.refused.is_empty(), "{:?}", imported.refused);
}
