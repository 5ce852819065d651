//! How an account stands: what its next polls promise ([`Forecast`]), whether that is kept ([`Freshness`]), and what is wrong
//! with it ([`Problem`]). Pure: what the
//! archive knows, the configuration and `now` are passed in.

mod forecast;
mod freshness;
mod problem;

pub use self::forecast::{Forecast, forecast};
pub use self::freshness::{Freshness, freshness};
pub use self::problem::{Problem, QuotaExhausted, block_kind, is_problem, problems};
