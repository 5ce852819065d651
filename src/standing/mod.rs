//! How an account stands: what its next polls promise ([`Outlook`]), and what is wrong with it ([`Trouble`]). Pure: what the
//! archive knows, the configuration and `now` are passed in.

pub mod closing;
mod outlook;
mod trouble;

pub use self::outlook::{Outlook, outlook};
pub use self::trouble::{Spent, Trouble, troubles};
