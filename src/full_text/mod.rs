//! The search: the index is brought up to the archive, and what it finds is told with what the archive knows of it.

mod catch_up;
mod error;
mod find;
mod paragraphs;
mod prove;
mod searcher;
mod shared;
mod when;

pub use self::catch_up::OnProgress;
pub use self::error::SearchError;
pub use self::find::{Found, Hit, Presence, SearchRequest};
pub use self::prove::prove;
pub use self::searcher::{SearchNote, Searcher};
pub use self::shared::{SearchTurn, SharedSearcher};
pub use self::when::{Appearance, Appearances, when};
