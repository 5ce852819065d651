//! What the program has reported, read from what it says.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::operation::Operation;

/// What was reported up to an instant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// The newest version of each draft.
    pub(crate) versions: BTreeMap<String, u64>,
    pub(crate) pictures: u64,
    pub(crate) copies: usize,
    /// The exit codes of the runs that ended.
    pub(crate) ended: Vec<i32>,
    /// The beginning of a line.
    unfinished: String,
}

impl Facts {
    /// Returns whether the operation reported anything.
    pub(crate) fn learn(&mut self, operation: &Operation) -> bool {
        match operation {
            Operation::Said(text) => {
                self.unfinished.push_str(text);
                let rest = self.unfinished.rfind('\n').map_or(0, |end| end + 1);
                let lines: String = self.unfinished.drain(..rest).collect();
                lines.lines().map(|line| self.read(line)).fold(false, |any, new| any | new)
            }
            Operation::Ended(code) => {
                self.unfinished.clear();
                self.ended.push(*code);
                true
            }
            _ => false,
        }
    }

    pub(crate) fn of(operations: &[Operation]) -> Self {
        let mut facts = Self::default();
        for operation in operations {
            facts.learn(operation);
        }
        facts
    }

    fn read(&mut self, line: &str) -> bool {
        if let Some((media_id, number)) = version_of(line) {
            let newest = self.versions.entry(media_id).or_default();
            *newest = number.max(*newest);
            return true;
        }
        if line.contains("the archive was copied") || line.contains(".db.zst is at ") {
            self.copies += 1;
            return true;
        }
        if let Some(stored) = pictures_of(line) {
            self.pictures += stored;
            return true;
        }
        false
    }
}

/// Reads a line that tells of a new version: of the daemon's log (JSON), of a command's log, or of what `import` says.
fn version_of(line: &str) -> Option<(String, u64)> {
    if let Ok(line) = serde_json::from_str::<Value>(line) {
        let is_version = line["message"] == "new version";
        return is_version.then(|| Some((line["media_id"].as_str()?.to_owned(), line["version"].as_u64()?))).flatten();
    }
    let (_, fields) = line.split_once("new version ")?;
    let field = |name: &str| fields.split(' ').find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    Some((field("media_id")?.to_owned(), field("version")?.parse().ok()?))
}

/// Reads a line that tells how many pictures were stored.
fn pictures_of(line: &str) -> Option<u64> {
    if let Ok(line) = serde_json::from_str::<Value>(line) {
        return (line["message"] == "pictures stored").then(|| line["stored"].as_u64()).flatten();
    }
    let (number, _) = line.split_once(" pictures stored")?;
    number.rsplit(' ').next()?.parse().ok()
}
