//! The daemon: polls every account on schedule until it is stopped.
//!
//! Start reading at [`run`]. The `scheduler` knows when the next account is due, the `ticker` waits until then, and the
//! account's [`worker`] polls, in a task that exists only for that. [`Command`]s arrive on a channel: the command line sends one
//! for each signal, tests and the demo send their own.

mod asset_task;
mod condition_checks;
mod context;
mod copier;
mod daily_prune;
mod driller;
mod failure_log;
mod keep_writing;
mod lasting_error;
mod mirrorer;
mod notifier;
mod outcome;
mod pinger;
mod problem_report;
mod prover;
mod reload;
mod reported_missing;
mod requests;
mod running;
mod scheduler;
mod search_index;
mod service_conditions;
mod session;
mod start;
mod status_line;
mod step;
mod step_log;
mod systemd;
mod ticker;
pub mod worker;

pub use self::running::Command;
pub use self::service_conditions::ServiceConditions;
pub use self::start::run;
pub use self::systemd::Systemd;
