//! Where log lines go and what they look like: for people, as JSON, or into the systemd journal.

mod completing;
mod fields;
mod journal;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use chrono::Local;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{FilterExt, ParseError, Targets, filter_fn};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{MakeWriter, layer};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry};

use self::completing::CompletingWriter;
use self::fields::SafeFields;
use self::journal::Journal;
use crate::clock::Clock;
use crate::invocation::Invocation;
use crate::model::rfc3339;

/// What log lines look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// journald for a service of systemd, else human
    Auto,
    /// For people, in local time
    Human,
    /// One JSON object a line, in UTC
    Json,
    /// Into the systemd journal, each field by its name
    Journald,
}

/// Log lines as they are wanted.
#[derive(Clone, Debug)]
pub struct Logging<'a> {
    pub form: LogFormat,
    /// Which lines: a level, or levels for modules (`draftkeep=debug,hyper=warn`), as in `RUST_LOG`.
    pub filter: &'a str,
    /// Whether lines for people are in colour.
    pub painted: bool,
    /// Whether lines for people begin with the time.
    pub timed: bool,
    /// Completes the commands in messages and errors.
    pub invocation: Arc<Invocation>,
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("{filter:?} does not say which log lines are wanted: {source}")]
    Filter { filter: String, source: ParseError },
    #[error("RUST_LOG is {0:?}, which is no text")]
    NotText(OsString),
    #[error("the systemd journal cannot be written to: {0}")]
    Journald(io::Error),
    #[error("log lines go elsewhere already: {0}")]
    Taken(#[from] TryInitError),
}

impl Logging<'_> {
    /// Sends the program's log lines to stderr, or to the journal, from now on.
    pub fn start(self) -> Result<(), LogError> {
        Ok(self.subscriber(io::stderr)?.try_init()?)
    }

    /// Returns what [`Logging::start`] installs, with another end than stderr.
    pub fn subscriber<W>(self, writer: W) -> Result<impl Subscriber + Send + Sync, LogError>
    where
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        // An empty part would be read as the level `error`, for all that no other part names.
        let parts: Vec<&str> = self.filter.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
        let targets = if parts.is_empty() { Ok(Targets::new()) } else { parts.join(",").parse::<Targets>() };
        let targets = targets.map_err(|source| LogError::Filter { filter: self.filter.to_owned(), source })?;
        let others = targets.default_level().unwrap_or(LevelFilter::WARN);
        let filter = targets.with_default(others);
        let lines = self.lines(writer)?;
        // It allows every level, but has to say so: else libraries that log each step of their work, such as a parser of HTML,
        // have every line made and thrown away.
        let discreet = filter_fn(is_discreet).with_max_level_hint(LevelFilter::TRACE);
        Ok(Registry::default().with(lines.with_filter(filter.and(discreet))))
    }

    fn lines<S, W>(self, writer: W) -> Result<Box<dyn Layer<S> + Send + Sync>, LogError>
    where
        S: Subscriber + for<'s> LookupSpan<'s>,
        W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    {
        let fields = SafeFields(Arc::clone(&self.invocation));
        let of_people = fields.clone();
        let human =
            |writer| layer().with_writer(writer).with_target(false).with_ansi(self.painted).fmt_fields(of_people);
        Ok(match self.form.chosen() {
            LogFormat::Json => {
                let writer = CompletingWriter { writer, invocation: self.invocation };
                layer().with_writer(writer).json().flatten_event(true).with_timer(Utc).boxed()
            }
            LogFormat::Journald => Journal::connect(fields).map_err(LogError::Journald)?.boxed(),
            LogFormat::Human | LogFormat::Auto if self.timed => human(writer).with_timer(LocalTime).boxed(),
            LogFormat::Human | LogFormat::Auto => human(writer).without_time().boxed(),
        })
    }
}

impl LogFormat {
    fn chosen(self) -> Self {
        let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
        match self {
            Self::Auto if is_stream(&stream, io::stderr().as_fd()) => Self::Journald,
            Self::Auto => Self::Human,
            form => form,
        }
    }
}

/// Returns whether `$JOURNAL_STREAM`, `device:inode`, names this file: then systemd has connected it to the journal.
/// Merely being set says nothing, for programs that a service starts inherit it (man systemd.exec).
fn is_stream(stream: &str, file: BorrowedFd<'_>) -> bool {
    let Some((device, inode)) = stream.split_once(':') else { return false };
    let metadata = file.try_clone_to_owned().and_then(|file| std::fs::File::from(file).metadata());
    metadata.is_ok_and(|it| device.parse() == Ok(it.dev()) && inode.parse() == Ok(it.ino()))
}

/// Lets only our own lines through below a warning, whatever the filter says: those of the HTTP libraries hold URLs,
/// and the platform's tokens ride in query strings.
fn is_discreet(line: &Metadata<'_>) -> bool {
    let ours = line.target() == "draftkeep" || line.target().starts_with("draftkeep::");
    ours || *line.level() <= Level::WARN
}

/// The reader's own time, to the second.
struct LocalTime;

impl FormatTime for LocalTime {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        write!(line, "{}", Clock::system().now().with_timezone(&Local).format("%Y-%m-%d %H:%M:%S"))
    }
}

/// RFC 3339 with milliseconds.
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, line: &mut Writer<'_>) -> fmt::Result {
        line.write_str(&rfc3339(Clock::system().now()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn the_journal_is_known_by_device_and_inode() {
        let file = File::open("/dev/null").unwrap();
        let it = file.metadata().unwrap();
        assert!(is_stream(&format!("{}:{}", it.dev(), it.ino()), file.as_fd()));
        for other in [format!("{}:{}", it.dev(), it.ino() + 1), format!("{}", it.dev()), String::new(), "a:b".into()] {
            assert!(!is_stream(&other, file.as_fd()), "{other}");
        }
    }

    #[test]
    fn no_line_is_made_that_nobody_wants() {
        for (filter, expected) in [
            ("info", LevelFilter::INFO),
            ("warn,draftkeep=debug", LevelFilter::DEBUG),
            ("", LevelFilter::WARN),
            ("trace", LevelFilter::TRACE),
        ] {
            let subscriber = Logging { filter, ..human() }.subscriber(io::sink).unwrap();
            assert_eq!(subscriber.max_level_hint(), Some(expected), "{filter}");
        }
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(logging: Logging<'_>, tell: impl FnOnce()) -> String {
        let lines = Lines::default();
        let end = lines.clone();
        tracing::subscriber::with_default(logging.subscriber(move || end.clone()).unwrap(), tell);
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    fn human() -> Logging<'static> {
        let invocation = Invocation::new("", Some(std::path::Path::new("/trial.toml")), None).into();
        Logging { form: LogFormat::Human, filter: "info", painted: false, timed: false, invocation }
    }

    #[test]
    fn a_line_for_people_and_one_for_programs() {
        let tell = || tracing::info!(account = "mag", seen = 3, "polled");
        insta::assert_snapshot!(logged(human(), tell), @r#" INFO polled account="mag" seen=3"#);
        let line = logged(Logging { form: LogFormat::Json, ..human() }, tell);
        let mut line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let time = line["timestamp"].take();
        assert!(time.as_str().is_some_and(|time| time.ends_with('Z') && time.len() == 24), "{time}");
        insta::assert_snapshot!(line, @r#"{"account":"mag","level":"INFO","message":"polled","seen":3,"target":"draftkeep::cli::logging::tests","timestamp":null}"#);
    }

    #[test]
    fn a_command_in_a_message_works_as_it_is_typed() {
        let tell =
            || tracing::warn!(error = %"see: draftkeep verify", title = "draftkeep list", "next: draftkeep poll mag");
        insta::assert_snapshot!(logged(human(), tell), @r#" WARN next: draftkeep --config /trial.toml poll mag error=see: draftkeep --config /trial.toml verify title="draftkeep list""#);
        let line = logged(Logging { form: LogFormat::Json, ..human() }, tell);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["message"], "next: draftkeep --config /trial.toml poll mag");
        assert_eq!(line["error"], "see: draftkeep --config /trial.toml verify");
        assert_eq!(line["title"], "draftkeep list");
    }

    #[test]
    fn nobody_can_forge_a_line_or_steer_the_terminal() {
        let forged = "M\u{1b}[2J\n2026-09-01 ERROR all is lost\u{202e}";
        let tell = || {
            tracing::warn!(media_id = %forged, title = forged, error = ?Some(forged), "the platform: {forged}");
            tracing::info!(title = "秋 \"新\" 👨‍👩‍👧", "new version");
        };
        let told = logged(human(), tell);
        insta::assert_snapshot!(told, @r#"
         WARN the platform: M␛[2J
            2026-09-01 ERROR all is lost<U+202E> media_id=M␛[2J␊2026-09-01 ERROR all is lost<U+202E> title="M␛[2J␊2026-09-01 ERROR all is lost<U+202E>" error=Some("M\u{1b}[2J\n2026-09-01 ERROR all is lost\u{202e}")
         INFO new version title="秋 \"新\" 👨‍👩‍👧"
        "#);
        let painted = logged(Logging { painted: true, ..human() }, tell);
        assert!(!painted.contains("\u{1b}[2J") && painted.contains("\u{1b}["), "{painted:?}");
    }

    #[test]
    fn other_crates_are_silent_below_a_warning_even_when_they_are_asked_for() {
        let told = logged(Logging { filter: "trace,reqwest::connect=trace,hyper=debug", ..human() }, || {
            tracing::trace!("ours");
            tracing::trace!(target: "reqwest::connect", "https://api/?access_token=T");
            tracing::info!(target: "tokio_cron_scheduler::job_scheduler", "noise");
            tracing::debug!(target: "draftkeeper", "a stranger");
            tracing::warn!(target: "hyper", "trouble");
        });
        insta::assert_snapshot!(told, @r"
        TRACE ours
         WARN trouble
        ");
    }

    #[test]
    fn an_empty_part_of_a_filter_says_nothing() {
        let lines = |filter| {
            logged(Logging { filter, ..human() }, || {
                tracing::warn!("warning");
                tracing::info!("information");
            })
        };
        assert_eq!(lines("info,"), lines("info"));
        assert_eq!(lines("draftkeep=info, "), lines("draftkeep=info"));
        assert_eq!(lines(""), lines("warn"));
        assert!(lines("").contains("warning") && lines("info,").contains("information"));
    }

    #[test]
    fn a_filter_that_says_nothing_is_refused() {
        let error = Logging { filter: "draftkeep=loud", ..human() }.subscriber(io::sink).err().unwrap();
        assert!(error.to_string().contains("\"draftkeep=loud\""), "{error}");
    }
}
