//! The program `gpg`, which is given bytes on its stdin and gives others on its stdout.

use std::fs::Permissions;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};

use tempfile::TempDir;

use crate::copies::error::CopyError;

const PROGRAM: &str = "gpg";

/// How much is kept of what it says, in bytes: the cause comes first.
const LONGEST_TEXT: u64 = 400;

/// Encrypts what is written to it.
pub struct GpgWriter<W> {
    program: Program,
    /// `None` once it has ended.
    to: Option<JoinHandle<io::Result<W>>>,
    stdin: Option<ChildStdin>,
    /// A home without keys, options and agents: whose key it is says a file.
    _home: TempDir,
}

impl<W: Write + Send + 'static> GpgWriter<W> {
    pub(super) fn new(keys: &[PathBuf], mut to: W) -> io::Result<Self> {
        let home = tempfile::Builder::new().permissions(Permissions::from_mode(0o700)).tempdir()?;
        let mut command = Command::new(PROGRAM);
        command.args(["--batch", "--no-tty", "--quiet", "--no-options", "--trust-model", "always", "--homedir"]);
        // The copy is compressed already.
        command.arg(home.path()).args(["--compress-algo", "none", "--encrypt"]);
        for key in keys {
            command.arg("--recipient-file").arg(key);
        }
        let (program, stdin, mut stdout) = Program::start(&mut command)?;
        let to = Some(thread::spawn(move || io::copy(&mut stdout, &mut to).map(|_| to)));
        Ok(Self { program, to, stdin: Some(stdin), _home: home })
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        self.stdin = None;
        self.end()
    }
}

impl<W> GpgWriter<W> {
    /// Waits until it has ended. What could not be written is the cause of all else, then comes what it says itself.
    fn end(&mut self) -> io::Result<W> {
        let to = self.to.take().map(joined).transpose()?;
        self.program.end()?;
        to.ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl<W> Write for GpgWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stdin) = &mut self.stdin else { return Err(io::ErrorKind::BrokenPipe.into()) };
        match stdin.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.stdin = None;
                Err(self.end().err().unwrap_or(error))
            }
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stdin.as_mut().map_or(Ok(()), Write::flush)
    }
}

/// Decrypts what is read from it.
pub(super) struct GpgReader {
    program: Program,
    stdout: ChildStdout,
    from: Option<JoinHandle<io::Result<()>>>,
}

impl GpgReader {
    pub(super) fn new(mut from: impl Read + Send + 'static) -> io::Result<Self> {
        let (program, mut stdin, stdout) = Program::start(Command::new(PROGRAM).args(["--quiet", "--decrypt"]))?;
        let from = thread::spawn(move || match io::copy(&mut from, &mut stdin) {
            // It ended early, and says why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            copied => copied.map(drop),
        });
        Ok(Self { program, stdout, from: Some(from) })
    }
}

impl Read for GpgReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stdout.read(buffer)?;
        if read == 0 && !buffer.is_empty() {
            if let Some(from) = self.from.take() {
                joined(from)?;
            }
            self.program.end()?;
        }
        Ok(read)
    }
}

/// The program while it runs. Dropped, it is ended.
struct Program {
    child: Child,
    said: Option<JoinHandle<io::Result<String>>>,
}

impl Program {
    fn start(command: &mut Command) -> io::Result<(Self, ChildStdin, ChildStdout)> {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => failed(&"the program is not installed (its package is gnupg)"),
            _ => failed(&error),
        })?;
        match (child.stdin.take(), child.stdout.take(), child.stderr.take()) {
            (Some(stdin), Some(stdout), Some(stderr)) => {
                let said = Some(thread::spawn(move || text(stderr)));
                Ok((Self { child, said }, stdin, stdout))
            }
            _ => Err(failed(&"it was started without its pipes")),
        }
    }

    /// Waits until it has ended.
    ///
    /// # Errors
    ///
    /// What it says, where it did not do its work.
    fn end(&mut self) -> io::Result<()> {
        let status = self.child.wait()?;
        let said = self.said.take().map(joined).transpose()?.unwrap_or_default();
        match status.success() {
            true => Ok(()),
            false if said.is_empty() => Err(failed(&status)),
            false => Err(failed(&said)),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // One that has ended cannot be killed, and has been waited for.
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            tracing::debug!(%error, "gpg was not ended");
        }
    }
}

/// Returns what it says, in one line; reads the rest, so that the program does not wait for a reader.
fn text(mut from: ChildStderr) -> io::Result<String> {
    let mut start = Vec::new();
    from.by_ref().take(LONGEST_TEXT).read_to_end(&mut start)?;
    io::copy(&mut from, &mut io::sink())?;
    let text = String::from_utf8_lossy(&start);
    let lines = text.lines().map(|line| line.trim().trim_start_matches("gpg: ")).filter(|line| !line.is_empty());
    Ok(lines.collect::<Vec<_>>().join("; "))
}

fn failed(reason: &dyn ToString) -> io::Error {
    io::Error::other(CopyError::Gpg(reason.to_string()))
}

fn joined<T>(thread: JoinHandle<io::Result<T>>) -> io::Result<T> {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
