//! Proof as a habit: every night, a part of what the archive holds is shown to be what it was when it was written.
//!
//! A thirtieth of all versions and pictures is read and hashed, those first that were proven longest ago ([`prove_hashes`]). One version is restored
//! to files, which are read back and compared ([`prove_files`]). A few drafts of each box are compared by a poll ([`DraftsProof`](crate::poll::DraftsProof)).
//! What was found is recorded ([`record_hashes`], [`record_files`]), and what is
//! due follows from it ([`next_due`]).

mod due;
mod fault;
mod files;
mod hashes;
mod queue;
mod record;

pub use self::due::{next_due, next_night};
pub use self::fault::{FailedProof, ProofFault, ProofFaultKind};
pub use self::files::{FilesProof, prove_files};
pub use self::hashes::{HashRound, prove_hashes};
pub use self::record::{failed, record_drafts, record_files, record_hashes, record_request};
