//! The pure modules of the program, and of others the files that decide: what mutants are tried of. Built in seconds, which the whole
//! program is not.

#![allow(dead_code, unused_imports, unreachable_pub)]

pub mod canonical;
#[cfg(feature = "diff")]
pub mod diff;
pub mod model;
pub mod quota;
#[cfg(feature = "diff")]
pub mod render;
pub mod retention;
#[cfg(feature = "diff")]
pub mod sanitize;
pub mod schedule;

pub mod outbox {
    mod retry;
    pub use self::retry::*;
}

pub mod archive {
    pub mod delta;
    mod decode;
    mod held_back;
    mod observation;
    mod quota_report;

    /// Nothing here looks into it.
    mod failure {
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Failure;
    }

    pub use self::held_back::HeldBack;
    pub use self::observation::*;
    pub use self::quota_report::*;
}

mod poll {
    mod absence;
    mod backoff;
}
