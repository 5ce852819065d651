//! The vocabulary as types. Imports nothing of ours.
//!
//! | word | meaning |
//! | --- | --- |
//! | account | an official account that is watched; its appid is its identity |
//! | draft | an item of an account's draft box, named by its `media_id`; has one or more articles |
//! | document | the platform's response for one draft, byte for byte as received |
//! | version | the content of a draft as first seen; numbered from 1, named by its hash |
//! | canonical form | the bytes that are hashed; equal for equal content; `hash_version` numbers their rules |
//! | asset | the stored bytes of a picture |
//! | poll | one pass over an account: with a configured list, the whole box, or step by step in adaptive mode |
//! | adaptive mode | the planner (`quota`) decides when to make which call |
//! | endpoint | one path of the platform's API, with a daily limit of its own |
//! | quota | the platform's daily limits; usage is the count of calls against them |
//! | endpoint block | an endpoint of an account that is not called until a time |
//! | refusal | an error that the platform answers, with an `errcode` and a `rid` |
//! | event | a fact that somebody may have to be told of, such as a draft that was emptied |
//! | condition | what is wrong for a while, such as credentials that are refused; its begin and its end are events |
//! | restore | writing a version back: to files, to a new draft, or over the current draft |

mod account;
mod condition;
mod draft;
mod endpoint;
mod event;
mod failure;
mod gate_action;
mod hash;
mod language;
mod retry_delay;
mod severity;
mod shrunk_share;
mod strategy;
mod text;
mod time;

pub use self::account::AccountName;
pub use self::condition::{ActiveCondition, Condition, ConditionDetails, ConditionKey, ConditionReport};
pub use self::draft::{Article, ArticleType, DraftState, LARGEST_DOCUMENT, MediaId, article_number};
pub use self::endpoint::{ApiUsage, Endpoint, ListOrder};
pub use self::event::{ContentSize, EventKind};
pub use self::failure::FailureKind;
pub use self::gate_action::GateAction;
pub use self::hash::Hash;
pub use self::language::Language;
pub use self::retry_delay::retry_delay;
pub use self::severity::Severity;
pub use self::shrunk_share::ShrunkShare;
pub use self::strategy::Strategy;
pub use self::text::{counted, grouped, root_cause, roughly, shortened};
pub use self::time::{
    CLOCK_TOLERANCE, LONGEST_POLL, SESSION_GAP, Timestamp, WHITELIST_RETRY, quota_day, quota_day_began, rfc3339,
};
