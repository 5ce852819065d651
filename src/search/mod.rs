//! The index for the search: a file of its own beside the archive, made from it, which can be deleted and is made again.
//!
//! It holds the different paragraphs of each draft, with the versions that each stood in, and a full-text table over their
//! tokens. It knows nothing of the archive: [`crate::full_text`] brings the texts and answers questions.

mod answer;
mod block;
mod checksum;
mod content;
mod error;
mod fault;
mod field;
mod index;
mod normalize;
mod phrase;
mod query;
mod snippet;
mod spans;
mod tokens;
mod traditional;
mod update;
mod versions;

pub use self::answer::{Answer, DraftHit, Passage, Scope};
pub use self::content::DraftContent;
pub use self::error::IndexError;
pub use self::field::Field;
pub use self::index::{Index, IndexState};
pub use self::phrase::Phrase;
pub use self::query::{ForeignSyntax, Query, QueryError};
pub use self::snippet::Snippet;
pub use self::spans::Paragraph;
pub use self::update::{DraftUpdate, VersionText};
pub use self::versions::VersionSet;

#[cfg(test)]
mod tests;
