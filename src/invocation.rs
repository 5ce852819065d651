//! Completes draftkeep commands in messages, so that they work as typed.
//!
//! A message contains a plain command: `draftkeep list`. When it is printed, [`Invocation::complete`] adds the `--config`,
//! `--archive` and `sudo` of this call. So no message can forget them, and a message that is stored in the archive is right for
//! every reader.

use std::borrow::Cow;
use std::path::Path;

/// The commands that bring what is whole of a damaged archive into a new one, in its place. The repair ends with 3 where something is lost,
/// hence the `;`.
pub const NEW_ARCHIVE: &str = "draftkeep repair --to NEW; draftkeep import-backup NEW";

/// The commands that read a configuration or an archive, and whether each accepts `--archive`.
pub const COMMANDS: [(&str, bool); 30] = [
    ("assets", true),
    ("compact", true),
    ("config", false),
    ("copy", true),
    ("diff", true),
    ("drill", false),
    ("export", true),
    ("gate", false),
    ("import", true),
    ("import-backup", true),
    ("init", true),
    ("list", true),
    ("log", true),
    ("mcp", true),
    ("mirror", false),
    ("notify", false),
    ("pin", true),
    ("poll", false),
    ("prune", true),
    ("repair", true),
    ("restore", true),
    ("run", false),
    ("search", true),
    ("show", true),
    ("sql", true),
    ("status", true),
    ("undo", false),
    ("verify", true),
    ("web", false),
    ("when", true),
];

/// The options of `restore` that need an account of the configuration, so that `--archive` is refused.
pub const OF_CONFIGURATION: [&str; 4] = ["--as-new", "--in-place", "--undo", "--resume"];

const PROGRAM: &str = "draftkeep";

/// The JSON keys and log fields with our own text. Everything else is data and stays unchanged.
const OWN_TEXT_KEYS: [&str; 6] = ["error", "hint", "message", "next", "rule", "trouble"];

/// What a further command needs to use the same archive. Empty if the defaults are enough.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// Before the program: `sudo `.
    prefix: String,
    /// After the program: ` --config PATH`.
    config: String,
    /// After the command: ` --archive PATH`.
    archive: String,
    /// The whole call with `sudo` before it; `None` if root made the call.
    as_root: Option<String>,
}

impl Invocation {
    /// Commands get this prefix and these options.
    pub fn new(prefix: &str, config: Option<&Path>, archive: Option<&Path>) -> Self {
        let option = |name: &str, path: Option<&Path>| {
            path.map_or_else(String::new, |path| format!(" {name} {}", for_the_shell(&path.to_string_lossy())))
        };
        Self {
            prefix: prefix.to_owned(),
            config: option("--config", config),
            archive: option("--archive", archive),
            as_root: None,
        }
    }

    /// Stores the call of a user who is not root.
    #[must_use]
    pub fn with_typed_command<'w>(mut self, words: impl Iterator<Item = Cow<'w, str>>) -> Self {
        let words: Vec<_> = words.map(|word| for_the_shell(&word)).collect();
        self.as_root = Some(format!("sudo {PROGRAM} {}", words.join(" ")));
        self
    }

    /// Returns the same call for root, if it was not made by root.
    pub fn sudo_command(&self) -> Option<&str> {
        self.as_root.as_deref()
    }

    /// For people who read the log or the health of a daemon with this configuration.
    pub fn of_daemon(config: &Path, default: &Path) -> Self {
        let config = std::path::absolute(config).unwrap_or_else(|_| config.to_owned());
        Self::new("", Some(&*config).filter(|config| *config != default), None)
    }

    /// Returns the same, escaped for use inside a JSON string.
    fn in_json(&self) -> Self {
        let escaped = |text: &str| {
            let quoted = serde_json::Value::from(text).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        Self {
            prefix: self.prefix.clone(),
            config: escaped(&self.config),
            archive: escaped(&self.archive),
            as_root: None,
        }
    }

    /// Returns whether commands need no completion.
    pub fn is_plain(&self) -> bool {
        self.prefix.is_empty() && self.config.is_empty() && self.archive.is_empty()
    }

    /// Completes each command in a text. A command with its own `--config` or `--archive` keeps it.
    pub fn complete<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_plain() {
            return text.into();
        }
        let (mut completed, mut rest) = (String::new(), text);
        while let Some(at) = rest.find(PROGRAM) {
            let (before, behind) = (&rest[..at], &rest[at + PROGRAM.len()..]);
            completed.push_str(before);
            rest = match command(behind).filter(|_| begins_a_word(before)) {
                Some((name, takes_archive)) => {
                    let arguments = &behind[1 + name.len()..];
                    completed.push_str(self.prefix(before));
                    let config = if takes_archive { &self.config } else { self.config_of_archive() };
                    completed.push_str(&format!("{PROGRAM}{} {name}", unless_named(config, arguments)));
                    if takes_archive {
                        completed.push_str(unless_named(&self.archive, arguments));
                    }
                    arguments
                }
                None => {
                    completed.push_str(PROGRAM);
                    behind
                }
            };
        }
        completed.push_str(rest);
        completed.into()
    }

    /// Completes each command in compact JSON, in the values of the keys with our own text.
    pub fn complete_json<'a>(&self, json: &'a str) -> Cow<'a, str> {
        if self.is_plain() {
            return json.into();
        }
        const BETWEEN: &str = "\":\"";
        let (escaped, mut completed, mut rest) = (self.in_json(), String::new(), json);
        while let Some(at) = rest.find(BETWEEN) {
            let (before, value) = rest.split_at(at + BETWEEN.len());
            let (value, behind) = value.split_at(end_of_string(value));
            let key = rest[..at].rsplit('"').next().unwrap_or_default();
            completed.push_str(before);
            completed.push_str(&if OWN_TEXT_KEYS.contains(&key) { escaped.complete(value) } else { value.into() });
            rest = behind;
        }
        completed.push_str(rest);
        completed.into()
    }

    /// Returns the `--config` option for a command without `--archive`. If the call only named an archive, the person must fill
    /// in the path.
    fn config_of_archive(&self) -> &str {
        if self.config.is_empty() && !self.archive.is_empty() { " --config PATH" } else { &self.config }
    }

    /// A command after another program, as in `systemd-run draftkeep list`, gets no prefix.
    fn prefix(&self, before: &str) -> &str {
        let is_argument = before.trim_end_matches(' ').ends_with(|c: char| c.is_alphanumeric() || c == '\'');
        if is_argument { "" } else { &self.prefix }
    }
}

/// Returns the command after the program's name.
fn command(behind: &str) -> Option<(&str, bool)> {
    let words = behind.strip_prefix(' ')?;
    let end = words.find(|c: char| !c.is_ascii_lowercase() && c != '-').unwrap_or(words.len());
    let (name, takes_archive) = COMMANDS.into_iter().find(|(name, _)| *name == &words[..end])?;
    let needs_configuration = OF_CONFIGURATION.iter().any(|option| names(&words[end..], option));
    Some((name, takes_archive && !needs_configuration))
}

/// Returns where the JSON string ends; `text` begins after its first quote.
fn end_of_string(text: &str) -> usize {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| match byte {
        _ if std::mem::take(&mut is_escaped) => false,
        b'\\' => {
            is_escaped = true;
            false
        }
        byte => byte == b'"',
    });
    end.unwrap_or(text.len())
}

fn begins_a_word(before: &str) -> bool {
    !before.ends_with(|c: char| c.is_alphanumeric() || "-_/.".contains(c))
}

/// Returns an option, unless the arguments already have it.
fn unless_named<'o>(option: &'o str, arguments: &str) -> &'o str {
    let name = option.split(' ').nth(1).unwrap_or_default();
    if names(arguments, name) { "" } else { option }
}

/// Returns whether the arguments of a command have an option.
fn names(arguments: &str, option: &str) -> bool {
    let end = arguments.find([';', '&', '|', '\n']).unwrap_or(arguments.len());
    arguments[..end].split(' ').any(|word| word == option)
}

/// Quotes a word for the shell, if needed.
pub fn for_the_shell(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.@=,:+".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation() -> Invocation {
        Invocation::new("", Some(Path::new("/my trial/config.toml")), None)
    }

    #[test]
    fn a_command_gets_what_the_call_was_given() {
        let completed = |text: &str| invocation().complete(text).into_owned();
        assert_eq!(completed("See: draftkeep list"), "See: draftkeep --config '/my trial/config.toml' list");
        assert_eq!(
            completed("To look: draftkeep log mag/1. To check: draftkeep verify"),
            "To look: draftkeep --config '/my trial/config.toml' log mag/1. \
             To check: draftkeep --config '/my trial/config.toml' verify"
        );
        assert_eq!(
            completed("`draftkeep status`, then systemctl restart draftkeep"),
            "`draftkeep --config '/my trial/config.toml' status`, then systemctl restart draftkeep"
        );
    }

    #[test]
    fn what_is_no_command_of_this_archive_stays_as_it_is() {
        for text in [
            "another draftkeep daemon is running",
            "systemctl stop draftkeep && cp a b",
            "draftkeep demo --keep tour",
            "draftkeep --config tour/config.toml list",
            "draftkeep init --config PATH",
            "/usr/bin/draftkeep list",
            "my-draftkeep list",
            "draftkeep listing",
            "draftkeep",
            "",
        ] {
            assert_eq!(invocation().complete(text), text);
        }
    }

    #[test]
    fn an_archive_goes_to_the_commands_that_take_one() {
        let of_copy = Invocation::new("", None, Some(Path::new("/mnt/it's.db")));
        assert_eq!(
            of_copy.complete(
                "draftkeep repair --to NEW; draftkeep import DIR --archive NEW && draftkeep import-backup NEW"
            ),
            r"draftkeep repair --archive '/mnt/it'\''s.db' --to NEW; draftkeep import DIR --archive NEW && draftkeep import-backup --archive '/mnt/it'\''s.db' NEW"
        );
    }

    #[test]
    fn a_command_that_takes_no_archive_needs_its_configuration() {
        let of_copy = Invocation::new("", None, Some(Path::new("/mnt/copy.db")));
        assert_eq!(of_copy.complete("draftkeep poll mag"), "draftkeep --config PATH poll mag");
        let both = Invocation::new("", Some(Path::new("c.toml")), Some(Path::new("/mnt/copy.db")));
        assert_eq!(both.complete("draftkeep poll mag"), "draftkeep --config c.toml poll mag");
        for (hint, expected) in [
            ("draftkeep restore --resume mag/8", "draftkeep --config PATH restore --resume mag/8"),
            ("draftkeep restore 3 --to DIR", "draftkeep restore --archive /mnt/copy.db 3 --to DIR"),
        ] {
            assert_eq!(of_copy.complete(hint), expected);
        }
    }

    #[test]
    fn a_command_of_root_is_typed_with_sudo() {
        let by_sudo = Invocation::new("sudo ", None, None);
        assert_eq!(
            by_sudo.complete("See: draftkeep list, and draftkeep.service"),
            "See: sudo draftkeep list, and draftkeep.service"
        );
        for text in ["systemd-run --pipe draftkeep config check", "sudo draftkeep list"] {
            assert_eq!(by_sudo.complete(text), text);
        }
    }

    #[test]
    fn in_json_our_own_words_are_completed_and_data_is_not() {
        let quoted = Invocation::new("", Some(Path::new("/a \"b\"/c.toml")), None);
        let before = serde_json::json!({
            "message": "\"see\": draftkeep list",
            "title": "\"message\":\"draftkeep list",
            "next": null,
            "hint": "draftkeep verify",
        });
        let line: serde_json::Value = serde_json::from_str(&quoted.complete_json(&before.to_string())).unwrap();
        assert_eq!(line["message"], "\"see\": draftkeep --config '/a \"b\"/c.toml' list");
        assert_eq!(line["title"], before["title"]);
        assert_eq!(line["hint"], "draftkeep --config '/a \"b\"/c.toml' verify");
    }
}
