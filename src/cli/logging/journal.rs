//! Lines into the systemd journal, by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).
//!
//! The crate for this, tracing-journald, hands over the bare message: `journalctl` would show "polled" and not of what. Here
//! the message is the whole line as a terminal has it, and each fact is a field as well: `journalctl ACCOUNT=mag`.

use std::fmt::{self, Write as _};
use std::io;
use std::os::unix::net::UnixDatagram;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::layer::Context;

use super::fields::SafeFields;

const SOCKET: &str = "/run/systemd/journal/socket";

/// A datagram larger than the socket's buffer would be refused; a file with a thousand mistakes may come near it.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// Sends every line to the journal.
#[derive(Debug)]
pub(super) struct Journal {
    socket: UnixDatagram,
    fields: SafeFields,
}

impl Journal {
    pub(super) fn connect(fields: SafeFields) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(SOCKET)?;
        Ok(Self { socket, fields })
    }
}

impl<S: Subscriber> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        // A journal that is gone cannot be told so; the daemon goes on.
        let _nobody_to_tell = self.socket.send(&entry(event, &self.fields));
    }
}

/// Writes an entry.
fn entry(event: &Event<'_>, fields: &SafeFields) -> Vec<u8> {
    let (metadata, mut entry) = (event.metadata(), Entry(Vec::new()));
    entry.put("PRIORITY", priority(metadata.level()));
    entry.put("SYSLOG_IDENTIFIER", "draftkeep");
    entry.put("TARGET", metadata.target());
    let mut message = String::new();
    if fields.format_fields(Writer::new(&mut message), event).is_err() {
        message.push_str("(a line that cannot be written)");
    }
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    entry.put("MESSAGE", &message);
    event.record(&mut entry);
    entry.0
}

/// As in syslog(3). What goes well is a notice, so that it stands out from what is told for the sake of a search.
fn priority(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "3",
        Level::WARN => "4",
        Level::INFO => "5",
        Level::DEBUG => "6",
        Level::TRACE => "7",
    }
}

struct Entry(Vec<u8>);

impl Entry {
    fn put(&mut self, name: &str, value: &str) {
        self.0.extend(name.as_bytes());
        if value.contains('\n') {
            self.0.push(b'\n');
            self.0.extend((value.len() as u64).to_le_bytes());
        } else {
            self.0.push(b'=');
        }
        self.0.extend(value.as_bytes());
        self.0.push(b'\n');
    }
}

impl Visit for Entry {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() != "message" {
            self.put(&named(field.name()), value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        if write!(text, "{value:?}").is_ok() {
            self.record_str(field, &text);
        }
    }
}

/// Fields have names of A-Z, 0-9 and _, and begin with a letter; what begins with _ is the journal's own.
fn named(name: &str) -> String {
    let upper = name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' });
    upper.skip_while(|c| !c.is_ascii_alphabetic()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl<S: Subscriber> Layer<S> for Kept {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            *self.0.lock().unwrap() = entry(event, &SafeFields(Arc::default()));
        }
    }

    fn told(tell: impl FnOnce()) -> Vec<u8> {
        let kept = Arc::<Mutex<Vec<u8>>>::default();
        tracing::subscriber::with_default(Registry::default().with(Kept(kept.clone())), tell);
        kept.lock().unwrap().clone()
    }

    #[test]
    fn the_message_says_it_all_and_each_fact_is_a_field() {
        let account = "mag";
        let entry =
            told(|| tracing::warn!(%account, seen = 3, rid = Some("r-1"), title = "秋", none = None::<u8>, "polled"));
        insta::assert_snapshot!(String::from_utf8(entry).unwrap(), @r#"
        PRIORITY=4
        SYSLOG_IDENTIFIER=draftkeep
        TARGET=draftkeep::cli::logging::journal::tests
        MESSAGE=polled account=mag seen=3 rid="r-1" title="秋"
        ACCOUNT=mag
        SEEN=3
        RID=r-1
        TITLE=秋
        "#);
    }

    #[test]
    fn a_value_of_several_lines_is_told_by_its_length() {
        let entry = told(|| tracing::error!("two\nlines"));
        let framed = b"MESSAGE\n\x0d\0\0\0\0\0\0\0two\n    lines\n";
        assert!(entry.windows(framed.len()).any(|part| part == framed), "{entry:?}");
    }

    #[test]
    fn nobody_can_forge_a_field() {
        let entry = told(|| tracing::info!(title = "a\n_UID=0", "new version"));
        let text = String::from_utf8_lossy(&entry).into_owned();
        // Whatever holds a line end is framed by its length, and the message shows it as a character.
        assert!(text.contains("TITLE\n\u{8}\0\0\0\0\0\0\0a\n_UID=0\n"), "{text:?}");
        assert!(text.contains(r#"title="a␊_UID=0""#), "{text:?}");
    }

    #[test]
    fn names_are_the_journals() {
        for (name, expected) in [("media_id", "MEDIA_ID"), ("log.target", "LOG_TARGET"), ("_uid", "UID"), ("9a", "A")] {
            assert_eq!(named(name), expected);
        }
    }
}
