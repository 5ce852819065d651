//! The platform over HTTP: tokens, drafts, errors.
//!
//! A [`Client`] makes typed calls for one account. Below it, each file has one task:
//!
//! | file | task |
//! | --- | --- |
//! | `token` | keeps the access token, renews it, recovers it when it is rejected |
//! | `transport` | sends one request over a client of `http`, repeats it where `retry` says so |
//! | `http_clients` | shares these clients between accounts |
//! | `wire`, `published`, `material`, `quota` | parse the responses |
//! | `pass_through` | passes the calls of other programs on |
//! | `picture_client` | downloads pictures from the picture hosts, which are not part of the API |
//! | `rate_limit` | keeps below the platform's limit per minute |
//! | `usage_counter`, `response_counters` | count calls and their results |
//! | `error`, `errcode`, `error_text` | what a failure means to the caller, and as text |
//! | `failure_words` | what a failure means and what to do, in both languages |

mod block;
mod certificate;
mod client;
mod draft;
mod errcode;
mod errmsg;
mod error;
mod error_kind;
mod error_text;
mod failure_words;
#[cfg(fuzzing)]
pub mod fuzzing;
mod http;
mod http_clients;
mod json_response;
mod listing;
mod material;
mod pass_through;
mod picture_client;
mod platform_clock;
mod proxy;
mod published;
mod quota;
mod rate_limit;
mod redact;
mod request_failure;
mod response_counters;
mod retry;
pub mod rid;
mod secret_source;
mod slow_file;
mod token;
mod transport;
mod usage_counter;
mod wire;

pub use self::client::Client;
pub use self::draft::{DraftListItem, DraftResponse, IncludeContent, PAGE, Page};
pub use self::errmsg::address_in;
pub use self::error::Error;
pub use self::error_kind::ErrorKind;
pub use self::failure_words::{failure_sentence, next_step, what_failed};
pub use self::http_clients::HttpClients;
pub use self::listing::BoxListing;
pub use self::material::{Material, MaterialPage, UploadedMaterial};
pub use self::pass_through::PassedFile;
pub use self::picture_client::{PictureError, Referer};
pub use self::published::{PublishedArticle, PublishedMessage, PublishedPage};
pub use self::quota::QuotaResponse;
pub use self::response_counters::ResponseCount;
pub use self::secret_source::secret as read_secret;
