//! Export: the whole archive as a tree of files, readable and suitable for git; and import, which builds an archive from it.
//!
//! ```text
//! DIR/draftkeep-export.json                 the mark: this is an export, of this format
//!     @pictures/ab/abcd….png                pictures, each once, by the SHA-256 of its bytes
//!     mag/account.json                      an account: name, appid
//!         秋季新品预告-3/draft.json          draft #3, named by the title of its first version: media_id, state, …
//!                        1/document.json    version 1: the platform's answer, byte for byte
//!                        1/version.json     hash, when it was observed, when it was saved
//!                        1/pictures.json    the pictures it needs
//!                        1/page.html, 1/page.md
//! ```
//!
//! Names never change: a draft that gets another title keeps its directory. Its number makes the name unique, whatever the file
//! system does with capitals and accents. No file contains the time of the export, so a second export of the same archive
//! changes no byte. Existing files are not written again, and foreign files are not touched.
//!
//! A version's directory appears with all its files or not at all, and a draft's own file is written last: if the export is
//! interrupted, for example by a full disk, everything written is complete, and the next export continues. Memory holds two
//! documents, one picture, and the rows of one draft's versions.

mod draft;
mod error;
mod exporter;
mod files;
mod import;
mod outcome;
mod pictures;
mod read;
mod schema;
mod tree;
mod update;
mod verified;
mod write;

use std::path::Path;

pub use self::error::Error;
use self::exporter::Exporter;
pub use self::files::VERSION_FILES;
pub use self::import::{ExportTree, Imported, Renumbered, SkippedItem};
pub use self::outcome::{Count, Exported, Progress};
pub use self::schema::DRAFT as DRAFT_FILE;
use self::tree::Tree;
pub use self::update::{TreeUpdate, pictures_of};
use crate::archive::Reader;
use crate::model::AccountName;

/// Updates the tree in `directory` to the state of the archive, or of the account `only`. The directory is created if needed.
/// `on_progress` is called before each draft.
///
/// # Errors
///
/// If the directory has other content or belongs to another archive, cannot be written, or the archive cannot be read for
/// another reason than damage. Files that were written before stay and are complete.
pub fn export(
    reader: &Reader,
    directory: &Path,
    only: Option<&AccountName>,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<Exported, Error> {
    let tree = Tree::open(directory, false)?;
    let mut exporter = Exporter { reader, tree, only, exported: Exported::default() };
    exporter.accounts()?;
    exporter.drafts(on_progress)?;
    exporter.altered_rows()?;
    exporter.exported.there.pictures = pictures::all(&exporter.tree).count() as u64;
    Ok(exporter.exported)
}
