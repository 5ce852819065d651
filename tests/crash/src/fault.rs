//! What the file system does wrong while the program runs.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::operation::{Class, Operation};

/// How an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The program is killed before it.
    Stop,
    NoSpace,
    InputOutput,
    /// A write takes the first bytes only.
    Short,
}

impl Failure {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::NoSpace => "no space",
            Self::InputOutput => "I/O error",
            Self::Short => "short write",
        }
    }
}

/// A failure of the `number`th operation of a class (of any if there is none), from 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fault {
    pub(crate) class: Option<Class>,
    pub(crate) number: usize,
    pub(crate) failure: Failure,
    /// All of the class fail from then on.
    pub(crate) lasts: bool,
}

/// Counts operations, and tells which ones fail.
#[derive(Debug, Default)]
pub(crate) struct FaultCounter {
    fault: Option<Fault>,
    seen: usize,
    /// Whether the fault has come.
    pub(crate) came: bool,
    stopped: bool,
    process: Option<i32>,
}

impl FaultCounter {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { fault, ..Self::default() }
    }

    /// Tells which process to stop.
    pub(crate) fn set_process(&mut self, process: u32) {
        self.process = Some(process as i32);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Returns how an operation that is about to be done fails, if it does.
    pub(crate) fn next(&mut self, operation: &Operation) -> Option<Failure> {
        if self.stopped {
            return Some(Failure::Stop);
        }
        let (fault, class) = (self.fault?, operation.class()?);
        if fault.class.is_some_and(|wanted| wanted != class) {
            return None;
        }
        let number = self.seen;
        self.seen += 1;
        let fails = number == fault.number || fault.lasts && number > fault.number;
        if !fails {
            return None;
        }
        self.came = true;
        if fault.failure == Failure::Stop {
            self.stop();
        }
        Some(fault.failure)
    }

    /// The process executes nothing more: it is inside this call of the file system, and dies as it returns from it.
    fn stop(&mut self) {
        self.stopped = true;
        if let Some(process) = self.process
            && let Err(error) = kill(Pid::from_raw(process), Signal::SIGKILL)
        {
            eprintln!("cannot stop process {process}: {error}");
        }
    }
}
