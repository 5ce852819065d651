//! How an account stands: what its next polls promise ([`Outlook`]), whether that is kept ([`Freshness`]), and what is wrong
//! with it ([`Trouble`]). Pure: what the
//! archive knows, the configuration and `now` are passed in.

pub mod closing;
mod freshness;
mod outlook;
mod trouble;

pub use self::freshness::{Freshness, freshness};
pub use self::outlook::{Outlook, outlook};
pub use self::trouble::{Spent, Trouble, troubles};
