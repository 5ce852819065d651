//! An environment for the program: a directory, no environment variables, a fixed clock.

use std::fmt;
use std::fs;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use draftkeep::archive::{Observation, SeenDraft, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::invocation::COMMANDS;
use draftkeep::model::{MediaId, Timestamp};
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use serde_json::{Value, json};

/// How large the pages of a new archive are, in bytes.
pub(crate) const PAGE: usize = 1024;

/// The time of every command, unless a test sets another.
pub(crate) const NOW: &str = "2026-09-01T02:00:00Z";

/// An exhaustive test tries one case in so many, and all with `DRAFTKEEP_CASES=all`: unoptimised, all of them take minutes.
pub(crate) fn one_in(count: usize) -> usize {
    if std::env::var("DRAFTKEEP_CASES").is_ok_and(|cases| cases == "all") { 1 } else { count }
}

/// Returns the SQL of the schema's steps with these numbers.
pub(crate) fn schema_steps(numbers: RangeInclusive<usize>) -> String {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/schema");
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|end| end == "sql")).collect();
    files.sort();
    files[numbers.start() - 1..*numbers.end()].iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// Prints why a test is skipped; past the capture of output, so that it is seen.
pub(crate) fn skipped(why: &str) {
    std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).expect("stderr");
}

/// Opens the database of an archive directly, for changes that the program never makes.
pub(crate) fn database(path: impl AsRef<Path>) -> Connection {
    let database = Connection::open(path).unwrap();
    database
        .create_scalar_function("row_checksum", -1, FunctionFlags::SQLITE_UTF8, |call| Ok(row_checksum(call)))
        .unwrap();
    database
}

/// The checksum of a row, written only from the text of `schema/0011_checksum.sql`.
fn row_checksum(call: &Context<'_>) -> u32 {
    let with_length = |letter: &[u8], bytes: &[u8]| [letter, &(bytes.len() as u64).to_be_bytes(), bytes].concat();
    let content = |at| match call.get_raw(at) {
        ValueRef::Null => b"n".to_vec(),
        ValueRef::Integer(number) => [&b"i"[..], &number.to_be_bytes()].concat(),
        ValueRef::Text(bytes) => with_length(b"t", bytes),
        ValueRef::Blob(bytes) => with_length(b"b", bytes),
        ValueRef::Real(_) => panic!("no table has such a column"),
    };
    let mut checksum = flate2::Crc::new();
    checksum.update(&(0..call.len()).flat_map(content).collect::<Vec<_>>());
    checksum.sum()
}

/// A directory, and the program run in it.
pub(crate) struct World {
    directory: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("draftkeep-").tempdir().expect("a temporary directory");
        Self { directory }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The program, with nothing of the caller's environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_draftkeep"));
        command
            .args(args)
            .current_dir(self.directory.path())
            .env_clear()
            .env("HOME", self.directory.path())
            .env("TZ", "Asia/Shanghai")
            .env("COLUMNS", "100")
            .env("DRAFTKEEP_CLOCK", NOW);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.finish(self.command(args))
    }

    /// Runs a command of [`World::command`], changed by the caller, to its end.
    pub(crate) fn finish(&self, mut command: Command) -> Run {
        let output = command.output().expect("the program starts");
        let run = Run { output, directory: self.directory.path().to_owned() };
        run.assert_commands_work_as_typed(&command);
        run
    }

    /// Writes `config.toml`, for accounts of these names, addresses of the API, and drafts (TOML).
    pub(crate) fn configure(&self, accounts: &[(&str, &str, &str)]) {
        let account = |(name, api_base, drafts): &(&str, &str, &str)| {
            let appid = appid(name);
            format!(
                "[[account]]\nname = '{name}'\nappid = '{appid}'\nsecret = {{ command = ['printf', 'hush'] }}\n\
                 drafts = {drafts}\nschedule = '*/5 * * * *'\napi_base = '{api_base}'\nimage_base = '{api_base}'\n"
            )
        };
        let accounts: String = accounts.iter().map(account).collect();
        fs::write(self.path("config.toml"), format!("archive = 'archive.db'\n{accounts}")).expect("a file");
    }

    /// Replaces `from` by `to` in a file; fails if the file does not contain it.
    pub(crate) fn replace(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).expect("a file");
        assert!(text.contains(from), "{from} in {text}");
        fs::write(self.path(file), text.replace(from, to)).expect("a file");
    }

    /// Returns a text with `$TMP` for the directory.
    pub(crate) fn shown(&self, text: &str) -> String {
        shown(text.as_bytes(), self.directory.path())
    }

    /// Records a version of a draft in `archive.db`, like a poll.
    pub(crate) fn keep(&self, account: &str, media_id: &str, observed_at: &str, document: &[u8]) {
        let mut writer = Writer::open(&self.path("archive.db")).expect("an archive");
        keep(&mut writer, account, media_id, observed_at, document);
    }
}

/// Records a version of a draft, like a poll.
pub(crate) fn keep(writer: &mut Writer, account: &str, media_id: &str, observed_at: &str, document: &[u8]) {
    let observed_at: Timestamp = observed_at.parse().expect("RFC 3339");
    let name = account.parse().expect("a name");
    let account = writer.get_or_create_account(&name, &appid(account), observed_at).expect("an account");
    let sighting = Observation {
        media_id: MediaId::new(media_id),
        document: document.to_vec(),
        canonical: canonicalise(document).expect("a draft"),
        update_time: Some(observed_at.timestamp()),
        observed_at,
        expected_previous: None,
        shrunk_share: draftkeep::model::ShrunkShare::default(),
    };
    writer.record(account, &sighting, &[]).expect("a version");
}

/// The appid of an account with this name, in these tests.
pub(crate) fn appid(name: &str) -> String {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    format!("wx{letters:0>16}")
}

/// A document of one article for each title and content.
pub(crate) fn document(articles: &[(&str, &str)]) -> Vec<u8> {
    let article = |(title, content): &(&str, &str)| json!({"title": title, "content": content});
    serde_json::to_vec(&json!({"news_item": articles.iter().map(article).collect::<Vec<_>>()})).expect("JSON")
}

/// The output and exit status of a run. `Display` shows all of it, with the directory as `$TMP`.
#[must_use = "compare what it wrote or how it ended"]
pub(crate) struct Run {
    output: Output,
    directory: PathBuf,
}

impl Run {
    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    pub(crate) fn stdout(&self) -> &[u8] {
        &self.output.stdout
    }

    pub(crate) fn stderr(&self) -> String {
        shown(&self.output.stderr, &self.directory)
    }

    /// Returns the JSON document on stdout: exactly one, with a line end.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code(), Some(0), "{self}");
        assert!(self.stdout().ends_with(b"\n"), "{self}");
        serde_json::from_slice(self.stdout()).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl Run {
    /// Every command of this program that is printed finds the archive of the call that printed it, wherever it is typed.
    fn assert_commands_work_as_typed(&self, command: &Command) {
        let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
        let shows_content =
            ["--help", "completions", "demo", "show", "sql"].iter().any(|word| args.contains(&(*word).into()));
        for option in ["--config", "--archive"] {
            if !args.contains(&option.into()) || shows_content {
                continue;
            }
            let printed = String::from_utf8_lossy(&self.output.stdout).into_owned() + &self.stderr();
            let printed = printed.replace("Usage: draftkeep", "Usage:");
            for (name, _) in COMMANDS.iter().filter(|(_, takes_archive)| *takes_archive || option == "--config") {
                let bare = format!("draftkeep {name}");
                let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '-');
                let mut rests = printed.split(&bare).skip(1).filter(|rest| ends(rest));
                let is_completed =
                    |rest: &str| rest.split(['\n', ';', '&']).next().is_some_and(|command| command.contains(option));
                assert!(rests.all(is_completed), "{bare} has no {option}:\n{self}");
            }
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.output.stdout, &self.directory))?;
        if !self.output.stderr.is_empty() {
            write!(f, "------- stderr -------\n{}", self.stderr())?;
        }
        match self.output.status.code() {
            Some(0) => Ok(()),
            Some(code) => write!(f, "------- exit {code} -------"),
            None => write!(f, "------- {} -------", self.output.status),
        }
    }
}

fn shown(bytes: &[u8], directory: &Path) -> String {
    String::from_utf8_lossy(bytes).replace(&directory.display().to_string(), "$TMP")
}

/// A draft that was read at this time, with unknown times of its own.
pub(crate) fn presence(media_id: &str, at: Timestamp) -> SeenDraft {
    SeenDraft { media_id: MediaId::new(media_id), at, create_time: None, update_time: None, is_read: true }
}
