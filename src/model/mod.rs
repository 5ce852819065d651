//! The vocabulary as types. Imports nothing of ours.

mod account;
mod draft;
mod endpoint;
mod hash;
mod text;
mod time;

pub use self::account::AccountName;
pub use self::draft::{Article, ArticleType, DraftState, LARGEST_DOCUMENT, MediaId, article_number};
pub use self::endpoint::{ApiUsage, Endpoint, ListOrder};
pub use self::hash::Hash;
pub use self::text::{counted, shortened};
pub use self::time::{CLOCK_TOLERANCE, LONGEST_POLL, Timestamp, quota_day, quota_day_began, rfc3339};
