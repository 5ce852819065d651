//! What the archive is compared with: a git repository of the same documents, one commit each, packed as tightly as git can.

use std::io::Write;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use draftkeep::archive::{Draft, Filter, Reader, Version};

/// Returns the size of a repository that holds every version of an archive, in bytes; `None` where there is no git.
pub(crate) fn size(archive: &Path) -> Option<u64> {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.arg("-C").arg(scratch.path()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    // Without the sample hooks of a template.
    git(&["init", "--quiet", "--template="]).status().ok().filter(ExitStatus::success)?;
    let mut import = git(&["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().expect("git imports");
    commit_all(archive, &mut import.stdin.take().expect("its input")).expect("git reads all commits");
    assert!(import.wait().expect("git ends").success());
    assert!(git(&["gc", "--quiet", "--aggressive", "--prune=now"]).status().expect("git packs").success());
    Some(bytes_below(&scratch.path().join(".git")))
}

/// Writes the versions in the order in which they were observed.
fn commit_all(archive: &Path, git: &mut impl Write) -> std::io::Result<()> {
    let reader = Reader::open(archive).expect("the archive");
    let drafts = reader.drafts(&Filter::default()).expect("its drafts");
    let mut versions: Vec<(&Draft, Version)> = Vec::new();
    for draft in &drafts {
        let of_draft = reader.versions(draft.id).expect("the draft's versions");
        versions.extend(of_draft.into_iter().map(|version| (draft, version)));
    }
    versions.sort_by_key(|(draft, version)| (version.observed_at, draft.id, version.number));
    for (draft, version) in versions {
        let document = reader.document(&version).expect("its document");
        write!(
            git,
            "commit refs/heads/main\ncommitter bench <bench@localhost> {} +0000\n",
            version.observed_at.timestamp()
        )?;
        write!(git, "data 0\nM 644 inline {}.json\ndata {}\n", draft.id, document.len())?;
        git.write_all(&document)?;
        git.write_all(b"\n")?;
    }
    Ok(())
}

fn bytes_below(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry"));
    let bytes = |entry: std::fs::DirEntry| match entry.metadata().expect("its size") {
        metadata if metadata.is_dir() => bytes_below(&entry.path()),
        metadata => metadata.len(),
    };
    entries.map(bytes).sum()
}
