//! The health of an account: what its next polls will be like ([`Forecast`]), whether its drafts were read as recently as promised
//! ([`Freshness`]), and what is wrong ([`Problem`]). Pure: the archive's statistics, the configuration and `now` are arguments.

mod forecast;
mod freshness;
mod problem;

pub use self::forecast::{Forecast, forecast};
pub use self::freshness::{Freshness, freshness};
pub use self::problem::{Problem, QuotaExhausted, block_kind, is_problem, problems};
