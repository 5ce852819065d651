//! How far a copy is.

use std::ops::ControlFlow;

use crate::archive::CopyProgress;
use crate::verify;

/// How far a copy is.
#[derive(Clone, Copy, Debug)]
pub enum CopyStep {
    /// Pages of the archive were read.
    Reading(CopyProgress),
    /// Of so many bytes of the archive, so many were packed and written.
    Writing {
        done: u64,
        all: u64,
    },
    /// So many bytes of the archive were read back.
    ReadingBack {
        done: u64,
    },
    Proving(verify::Progress),
}

/// Called between steps; says whether to go on.
pub type OnStep<'a> = &'a mut dyn FnMut(CopyStep) -> ControlFlow<()>;
