//! Log lines as JSON, with the commands in them completed.

use std::io;
use std::sync::Arc;

use tracing_subscriber::fmt::MakeWriter;

use crate::invocation::Invocation;

/// Makes writers that complete the commands in what goes through.
#[derive(Debug)]
pub(super) struct CompletingWriter<W> {
    pub(super) writer: W,
    pub(super) invocation: Arc<Invocation>,
}

impl<'w, W: MakeWriter<'w>> MakeWriter<'w> for CompletingWriter<W> {
    type Writer = Lines<W::Writer>;

    fn make_writer(&'w self) -> Self::Writer {
        Lines { end: self.writer.make_writer(), invocation: Arc::clone(&self.invocation) }
    }
}

/// Takes a whole line at a time, as tracing-subscriber writes them.
#[derive(Debug)]
pub(super) struct Lines<E> {
    end: E,
    invocation: Arc<Invocation>,
}

impl<E: io::Write> io::Write for Lines<E> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match str::from_utf8(line) {
            Ok(text) => self.end.write_all(self.invocation.complete_json(text).as_bytes())?,
            Err(_) => self.end.write_all(line)?,
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.end.flush()
    }
}
