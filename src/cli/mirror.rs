//! `draftkeep mirror`: the mirror, brought up to date now.

use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use super::export::{MOST_SHOWN, counts, in_words};
use super::verify::bar;
use crate::archive::{Reader, Writer};
use crate::config::{Config, MirrorConfig};
use crate::export::{self, Count};
use crate::invocation::for_the_shell;
use crate::mirror::{Committed, GitError, GitJob, MirrorError, MirrorJob, Mirrored};
use crate::model::counted;

/// Bring the mirror of the archive up to date now
///
/// The mirror is a directory with what `draftkeep export` writes. The daemon keeps it up to date after each poll that changed
/// something. Files that somebody edited are told, and their drafts are left as they are.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The configuration says where the mirror is: dir of its table mirror; with
git = true, each version is committed, and pushed where push says.
A daemon may run beside it, and waits while this works.
Exits with 3 where files were edited, and with 5 where the archive is damaged.

Examples:
  draftkeep mirror
  draftkeep mirror --overwrite")]
pub(super) struct Mirror {
    /// Write edited files again; what stood there is moved aside
    #[arg(long)]
    overwrite: bool,
}

impl Mirror {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = Config::load_without_secrets(&context.config)?;
        let Some(mirror) = &config.mirror else { return Err(no_mirror(&config)) };
        // A mirror makes no archive.
        drop(context.reader_at(&config.archive)?);
        let archive = Writer::open(&config.archive)?.archive_id()?;
        let reader = Reader::open(&config.archive)?;
        let git = mirror.git.then(|| GitJob { push: mirror.push.clone() });
        let job = MirrorJob { directory: mirror.dir.clone(), archive, overwrite: self.overwrite, git };
        let bar = bar(context)?;
        let mirrored = job.run(&reader, context.clock.now(), &|progress| {
            bar.set_length(progress.drafts);
            bar.set_position(progress.done);
            true
        });
        bar.finish_and_clear();
        let mirrored = mirrored.map_err(|error| explain(mirror, &error))?;
        print(context, mirror, &mirrored)?;
        if let Some(failure) = &mirrored.git_failure {
            return Err(explain_git(mirror, failure));
        }
        Ok(match (&mirrored.damaged[..], &mirrored.edited[..]) {
            ([], []) => Exit::Done,
            ([], _) => Exit::Partly,
            _ => Exit::Damaged,
        })
    }
}

fn no_mirror(config: &Config) -> CommandError {
    let path = config.path.display();
    CommandError::new(Exit::Usage, format!("{path} has no [mirror]"))
        .hint("Add two lines to it: [mirror], and below that dir = \"/srv/drafts\"; then: draftkeep mirror")
}

fn print(context: &CommandContext, mirror: &MirrorConfig, mirrored: &Mirrored) -> Result<(), CommandError> {
    for file in mirrored.edited.iter().take(MOST_SHOWN) {
        context.ui.warning(&format!("{file} was edited, and is not overwritten"));
    }
    if !mirrored.edited.is_empty() {
        context.ui.hint("Keep what you wrote elsewhere, and write the mirror again: draftkeep mirror --overwrite");
    }
    for damage in mirrored.damaged.iter().take(MOST_SHOWN) {
        context.ui.warning(&format!("{} is damaged: {}", damage.typed_id(), damage.reason));
    }
    if !mirrored.damaged.is_empty() {
        context.ui.hint("See all that is damaged: draftkeep verify");
    }
    if context.ui.json {
        return context.ui.document(&document(mirror, mirrored));
    }
    if let Some(place) = &mirrored.moved_to {
        context.ui.status(&format!("What was edited is in {}", place.display()));
    }
    let (dir, drafts) = (mirror.dir.display(), counted(mirrored.drafts, "draft"));
    context.ui.status(&match mirrored.written {
        written if written == Count::default() => format!("{dir} has {drafts}; nothing was new."),
        written => format!("{dir} has {drafts}. New or changed: {}", in_words(&written)),
    });
    if let Some(Committed { commits, pushed, .. }) = &mirrored.committed {
        let pushed = if *pushed { "; pushed" } else { "" };
        context.ui.status(&format!("{} made in git{pushed}.", counted(*commits, "commit")));
    }
    Ok(())
}

fn document(mirror: &MirrorConfig, mirrored: &Mirrored) -> Value {
    let (damaged, committed) = (mirrored.damaged.iter(), mirrored.committed.as_ref());
    json!({
        "directory": mirror.dir.display().to_string(),
        "drafts": mirrored.drafts,
        "written": counts(&mirrored.written),
        "edited": mirrored.edited,
        "commits": committed.map(|done| done.commits),
        "pushed": committed.map(|done| done.pushed),
        "git_error": mirrored.git_failure.as_ref().map(ToString::to_string),
        "moved_to": mirrored.moved_to.as_ref().map(|place| place.display().to_string()),
        "damaged": damaged
            .map(|damage| json!({"kind": damage.kind.as_str(), "id": damage.id, "reason": damage.reason}))
            .collect::<Vec<_>>(),
    })
}

fn explain(mirror: &MirrorConfig, error: &MirrorError) -> CommandError {
    let dir = for_the_shell(&mirror.dir.display().to_string());
    let failed = |hint: String| CommandError::of(Exit::Failed, error).hint(hint);
    match error {
        MirrorError::NotThere(_) => CommandError::of(Exit::NotFound, error).hint(format!(
            "Mount its disk; or make the directory where there never was one: mkdir {dir}; then: draftkeep mirror"
        )),
        MirrorError::OwnDirectory(_) => CommandError::of(Exit::Usage, error)
            .hint("Name a directory of its own in [mirror], as dir; then: draftkeep mirror"),
        MirrorError::OfAnother(_) | MirrorError::Tree(export::Error::Other { .. }) => failed(
            "Name another directory in [mirror], as dir: each archive has one of its own; then: draftkeep mirror"
                .to_owned(),
        ),
        MirrorError::Tree(export::Error::Foreign(_) | export::Error::NotADirectory(_)) => {
            failed("Name another directory in [mirror], as dir, or an empty one; then: draftkeep mirror".to_owned())
        }
        MirrorError::Newer { .. } | MirrorError::Tree(export::Error::Newer { .. }) => {
            failed("Use the draftkeep that wrote it, or a later one.".to_owned())
        }
        MirrorError::Tree(export::Error::Busy(_)) => {
            failed("Wait until it has ended, then: draftkeep mirror".to_owned())
        }
        MirrorError::Write { path, source } | MirrorError::Tree(export::Error::Write { path, source }) => {
            failed(unwritten(&dir, path, source))
        }
        MirrorError::Read { .. } | MirrorError::Tree(_) | MirrorError::Stopped => {
            failed(format!("See what is there: ls -la {dir}; then: draftkeep mirror"))
        }
        MirrorError::Git(error) => explain_git(mirror, error),
        MirrorError::Archive(_) => failed("See whether the archive is sound: draftkeep verify".to_owned()),
    }
}

/// The files are written by then, so what is to do is about git alone.
fn explain_git(mirror: &MirrorConfig, error: &GitError) -> CommandError {
    let dir = for_the_shell(&mirror.dir.display().to_string());
    let again = "then: draftkeep mirror";
    CommandError::of(Exit::Failed, error).hint(match error {
        GitError::NoProgram => format!("Install it: apt-get install git; {again}"),
        GitError::Locked(lock) => {
            let lock = for_the_shell(&lock.display().to_string());
            format!("If no git runs there, remove the file that one left: rm {lock}; {again}")
        }
        GitError::Unfinished(_) => format!("Finish it, or give it up: git -C {dir} status; {again}"),
        GitError::Detached => format!("Go back to a branch: git -C {dir} switch BRANCH; {again}"),
        GitError::NotPushed { remote, .. } => format!(
            "See where it goes: git -C {dir} remote -v; add it where it is missing: git -C {dir} remote add {remote} ADDRESS; {again}"
        ),
        GitError::Failed { .. } | GitError::TooSlow { .. } | GitError::Stopped(_) => format!("See what is wrong: git -C {dir} status; {again}"),
    })
}

fn unwritten(dir: &str, path: &Path, source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("What was written before is whole. Make room: df -h {dir}; then: draftkeep mirror")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => format!(
            "See who may write there: ls -ld {}; the service may write where its unit says: systemctl edit draftkeep, with ReadWritePaths={dir}",
            for_the_shell(&path.display().to_string())
        ),
        _ => format!("See what is there: ls -la {dir}; then: draftkeep mirror"),
    }
}
