//! What of the mirror is not committed yet: that is asked of git, so nothing else has to remember it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::git_error::GitError;
use super::command::Git;
use crate::export::{DRAFT_FILE, VERSION_FILES};

/// What is not committed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// By the draft's directory.
    pub(super) drafts: BTreeMap<String, DraftChanges>,
    /// Other files of the mirror: of accounts, and those at its top.
    pub(super) others: BTreeSet<String>,
    /// Pictures, which are committed with the first version that needs them.
    pub(super) pictures: BTreeSet<String>,
    /// Pages of newest versions: those that were being written, and those that somebody edited.
    pub(super) newest: BTreeSet<String>,
    /// All of these files.
    pub(super) all: BTreeSet<String>,
    /// Whether the file of an account is gone: the account was renamed, and its directory with it.
    pub(super) is_account_renamed: bool,
}

/// What of a draft is not committed, by the files' paths from the top.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DraftChanges {
    /// The files of each version that no commit has.
    pub(super) new_versions: BTreeMap<u64, BTreeSet<String>>,
    /// Files of committed versions, and the draft's own.
    pub(super) others: BTreeSet<String>,
}

/// The page of the newest version of a draft, always with the same name, so that git shows what changed in it.
pub(super) const NEWEST: &str = "newest/page.md";

impl Git<'_> {
    /// Returns what is not committed of the files that the mirror has written.
    pub(super) fn changes(&self) -> Result<Changes, GitError> {
        let arguments = ["--porcelain=v1", "-z", "--untracked-files=all", "--no-renames", "--ignore-submodules=all"];
        Ok(parse(&self.command("status").args(arguments).run()?))
    }
}

fn parse(printed: &[u8]) -> Changes {
    let mut changes = Changes::default();
    let mut of_versions: Vec<(String, u64, bool, String)> = Vec::new();
    for entry in printed.split(|byte| *byte == 0) {
        let Some((state, path)) = entry.split_at_checked(3) else { continue };
        let Ok(path) = String::from_utf8(path.to_vec()) else { continue };
        let is_new = matches!(state, b"?? " | b"A  " | b"AM ");
        let is_removed = state.contains(&b'D');
        let parts: Vec<&str> = path.split('/').collect();
        match parts[..] {
            ["draftkeep-export.json" | ".gitattributes"] | [_, "account.json"] => {
                changes.is_account_renamed |= is_removed && parts.len() == 2;
                changes.others.insert(path.clone());
            }
            ["@pictures", _, _] => drop(changes.pictures.insert(path.clone())),
            [_, _, "newest", "page.md"] => drop(changes.newest.insert(path.clone())),
            [account, draft, DRAFT_FILE] => {
                let draft = format!("{account}/{draft}");
                changes.drafts.entry(draft).or_default().others.insert(path.clone());
            }
            [account, draft, number, file] if VERSION_FILES.contains(&file) => {
                let Ok(number) = number.parse() else { continue };
                of_versions.push((format!("{account}/{draft}"), number, is_new, path.clone()));
            }
            _ => continue,
        }
        changes.all.insert(path);
    }
    // A version whose document is committed is.
    let document = format!("/{}", VERSION_FILES[0]);
    let new: BTreeSet<(String, u64)> = of_versions
        .iter()
        .filter(|(_, _, is_new, path)| *is_new && path.ends_with(&document))
        .map(|(draft, number, ..)| (draft.clone(), *number))
        .collect();
    for (draft, number, _, path) in of_versions {
        let is_new = new.contains(&(draft.clone(), number));
        let changes = changes.drafts.entry(draft).or_default();
        match is_new {
            true => changes.new_versions.entry(number).or_default().insert(path),
            false => changes.others.insert(path),
        };
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_tells_is_sorted_by_drafts_and_versions_and_strange_files_are_left_out() {
        let told = b"?? mag/a-1/2/document.json\0?? mag/a-1/2/page.md\0 M mag/a-1/1/pictures.json\0 M mag/a-1/draft.json\0\
                     ?? mag/a-1/notes.txt\0?? README.md\0?? @pictures/ab/ab.png\0 D old/account.json\0?? mag/a-1/x/page.md\0";
        let changes = parse(told);
        let draft = &changes.drafts["mag/a-1"];
        assert_eq!(draft.new_versions.keys().collect::<Vec<_>>(), [&2]);
        assert_eq!(draft.new_versions[&2].len(), 2);
        assert_eq!(draft.others.iter().collect::<Vec<_>>(), ["mag/a-1/1/pictures.json", "mag/a-1/draft.json"]);
        assert_eq!((changes.others.len(), changes.pictures.len(), changes.drafts.len()), (1, 1, 1));
        assert!(changes.is_account_renamed && !changes.all.contains("README.md"));
    }
}
