//! `draftkeep man`: a manual page for each command, made from the same definitions as its help.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use clap::Command;
use clap::builder::Resettable;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};
use serde_json::json;

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use crate::model::counted;

/// Write one manual page per command into a directory
#[derive(Debug, clap::Args)]
#[command(
    name = "man",
    after_help = "\
Examples:
  draftkeep man /usr/local/share/man/man1
  draftkeep man pages && man -l pages/draftkeep-log.1"
)]
pub(super) struct ManPages {
    /// The directory; it is created if needed, and existing pages are replaced
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

impl ManPages {
    pub(super) fn run(self, grammar: &clap::Command, context: &CommandContext) -> Result<Exit, CommandError> {
        let pages = pages(grammar)?;
        self.write(&pages).map_err(|error| {
            let message = format!("the manual pages cannot be written into {}", self.directory.display());
            CommandError::new(Exit::Failed, message)
                .because(&error)
                .hint("Name a directory that you may write to: draftkeep man ~/.local/share/man/man1")
        })?;
        if context.ui.json {
            let names: Vec<_> = pages.iter().map(|page| &page.name).collect();
            context.ui.document(&json!({"directory": self.directory, "pages": names}))?;
        } else {
            let written = counted(pages.len() as u64, "manual page");
            context.ui.status(&format!("{written} in {}", self.directory.display()));
        }
        Ok(Exit::Done)
    }

    fn write(&self, pages: &[Page]) -> io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        pages.iter().try_for_each(|page| replace(&self.directory.join(&page.name), &page.roff))
    }
}

/// Puts a whole file in the place of what is there: readers find the one or the other.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// A manual page and the name of its file.
struct Page {
    name: String,
    roff: Vec<u8>,
}

/// Returns the pages of a command and of all below it. They are the same each time: they hold the version, and no date.
fn pages(command: &Command) -> io::Result<Vec<Page>> {
    fn collect(command: &Command, source: &str, pages: &mut Vec<Page>) -> io::Result<()> {
        pages.push(page(command, source)?);
        command.get_subcommands().try_for_each(|below| collect(below, source, pages))
    }
    let mut command = command.clone().disable_help_subcommand(true);
    command.build();
    let source = format!("draftkeep {}", env!("CARGO_PKG_VERSION"));
    let mut pages = Vec::new();
    collect(&command, &source, &mut pages)?;
    Ok(pages)
}

fn page(command: &Command, source: &str) -> io::Result<Page> {
    let behind = command.get_after_long_help().or(command.get_after_help()).map(ToString::to_string);
    let usage = command.clone().render_usage().to_string();
    let bare = command.clone().after_help(Resettable::Reset).after_long_help(Resettable::Reset);
    // Left to itself, the synopsis is all options in the order of their letters, without their values.
    let bare = bare.override_usage(usage.trim_start_matches("Usage: ").to_owned());
    // An empty date would be no word for roff, and the words after it would move up.
    let man = Man::new(bare).date(" ").source(source).manual("draftkeep");
    let mut roff = Vec::new();
    man.render(&mut roff)?;
    sections(&behind.unwrap_or_default()).to_writer(&mut roff)?;
    Ok(Page { name: man.get_filename(), roff })
}

/// Makes a section of each part of the help that has a heading. Its lines stand as they are.
fn sections(help: &str) -> Roff {
    let mut roff = Roff::new();
    for part in help.split("\n\n") {
        let mut lines = part.lines().peekable();
        match lines.next_if(|line| line.ends_with(':')) {
            Some(heading) => roff.control("SH", [heading.trim_end_matches(':').to_uppercase().as_str()]),
            None => roff.control("PP", []),
        };
        roff.control("nf", []);
        for line in lines {
            roff.text([roman(line)]);
        }
        roff.control("fi", []);
    }
    roff
}
