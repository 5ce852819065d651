//! The health of an account: what its next polls will be like ([`Forecast`]), whether its drafts were read as recently as promised
//! ([`Freshness`]), what is wrong ([`Problem`]), and which conditions hold that somebody may have to be told of ([`conditions`]). Pure: the archive's statistics, the configuration and `now` are arguments.

mod condition;
mod condition_reason;
mod copy_problem;
mod forecast;
mod freshness;
mod mirror_problem;
mod problem;
mod problem_text;
mod proof_problem;
mod status;
mod target_problem;

pub use self::condition::{conditions, disk_conditions};
pub use self::condition_reason::{condition_reason, copy_faults, copy_faults_json, failed_proofs, failed_proofs_json};
pub use self::copy_problem::{CopyProblem, copy_conditions, copy_problems};
pub use self::forecast::{Forecast, forecast};
pub use self::freshness::{Freshness, freshness};
pub use self::mirror_problem::{MirrorProblem, mirror_problem};
pub use self::problem::{Problem, QuotaExhausted, block_kind, is_problem, problems};
pub use self::proof_problem::{ProofProblem, proof_conditions, proof_problems};
pub use self::status::{AccountStatus, status, status_without_config};
pub use self::target_problem::{TargetProblem, TargetProblemKind, target_conditions, target_problems};
