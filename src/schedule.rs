//! When an account is due.

/// A cron expression in a time zone.
#[derive(Clone, Debug)]
pub struct Schedule {}
