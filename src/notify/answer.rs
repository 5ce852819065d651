//! What became of a send, and why.

use std::fmt;
use std::time::Duration;

use super::meaning::Meaning;
use super::text::{cut, one_line};
use crate::model::Language;
use crate::secret::hide;

/// The longest text of a target that is kept, in bytes.
const LONGEST: usize = 300;

/// What became of a send, by what the caller can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The target has the message.
    Delivered,
    /// Some of the people have the message; the reason says who does not. It is not to be sent again.
    Partly { reason: Reason },
    /// The target has not got the message and may take it later, not before `wait`.
    Later { wait: Duration, reason: Reason },
    /// The request was sent, and no answer came. The target may have the message.
    Uncertain { reason: Reason },
    /// The target takes no message until somebody corrects something.
    Parked { reason: Reason },
    /// The target refuses this message, and perhaps takes others.
    Rejected { reason: Reason },
}

/// Why a send did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub meaning: Meaning,
    /// The target's own code, an HTTP status or an exit code.
    pub code: Option<i64>,
    /// The target's own words: one line, no credentials, at most 300 bytes. May be empty.
    pub said: String,
}

/// As the archive keeps it: `robot_unknown 93000: invalid webhook url`. The words follow from it, in the language of whoever reads.
impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.meaning.as_str())?;
        if let Some(code) = self.code {
            write!(formatter, " {code}")?;
        }
        if self.said.is_empty() { Ok(()) } else { write!(formatter, ": {}", self.said) }
    }
}

impl Reason {
    pub(super) fn new(meaning: Meaning) -> Self {
        Self { meaning, code: None, said: String::new() }
    }

    /// A reason that is not of the target.
    pub(crate) fn of_ours(meaning: Meaning, said: &str) -> Self {
        Self { said: cut(&one_line(said), LONGEST).into_owned(), ..Self::new(meaning) }
    }

    /// Reads a reason as the archive keeps it; `None` if it is none.
    pub fn read(kept: &str) -> Option<Self> {
        let (known, said) = kept.split_once(": ").unwrap_or((kept, ""));
        let (word, code) = match known.split_once(' ') {
            Some((word, code)) => (word, Some(code.parse().ok()?)),
            None => (known, None),
        };
        Some(Self { meaning: Meaning::of_word(word)?, code, said: said.to_owned() })
    }

    /// Says in words what the archive keeps; what an older program has kept is in words already.
    pub fn in_words(kept: &str, language: Language) -> String {
        Self::read(kept).map_or_else(|| kept.to_owned(), |reason| reason.text(language))
    }

    /// Says what happened and what to do, with the target's own words.
    pub fn text(&self, language: Language) -> String {
        let words = self.meaning.words(language);
        self.own_words().map_or_else(|| words.to_owned(), |own| format!("{words} [{own}]"))
    }

    /// Returns the target's own code and words; `None` if it gave none.
    pub fn own_words(&self) -> Option<String> {
        match (self.code, self.said.as_str()) {
            (None, "") => None,
            (Some(code), "") => Some(code.to_string()),
            (None, said) => Some(said.to_owned()),
            (Some(code), said) => Some(format!("{code}: {said}")),
        }
    }
}

impl Answer {
    pub(super) fn partly(meaning: Meaning) -> Self {
        Self::Partly { reason: Reason::new(meaning) }
    }

    pub(super) fn later(wait: Duration, meaning: Meaning) -> Self {
        Self::Later { wait, reason: Reason::new(meaning) }
    }

    pub(super) fn uncertain(meaning: Meaning) -> Self {
        Self::Uncertain { reason: Reason::new(meaning) }
    }

    pub(super) fn parked(meaning: Meaning) -> Self {
        Self::Parked { reason: Reason::new(meaning) }
    }

    pub(super) fn rejected(meaning: Meaning) -> Self {
        Self::Rejected { reason: Reason::new(meaning) }
    }

    /// Returns why the message was not delivered to all.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Delivered => None,
            Self::Partly { reason }
            | Self::Later { reason, .. }
            | Self::Uncertain { reason }
            | Self::Parked { reason }
            | Self::Rejected { reason } => Some(reason),
        }
    }

    fn reason_mut(&mut self) -> Option<&mut Reason> {
        match self {
            Self::Delivered => None,
            Self::Partly { reason }
            | Self::Later { reason, .. }
            | Self::Uncertain { reason }
            | Self::Parked { reason }
            | Self::Rejected { reason } => Some(reason),
        }
    }

    /// Adds the target's code.
    pub(super) fn code(mut self, code: i64) -> Self {
        if let Some(reason) = self.reason_mut() {
            reason.code = Some(code);
        }
        self
    }

    /// Adds the target's own words.
    pub(super) fn said(mut self, said: impl Into<String>) -> Self {
        if let Some(reason) = self.reason_mut() {
            reason.said = said.into();
        }
        self
    }

    /// Makes the target's words safe to show: hides `secrets`, plain and percent-encoded.
    pub(super) fn cleaned(mut self, secrets: &[String]) -> Self {
        if let Some(reason) = self.reason_mut() {
            // A credential may be broken by a control character, so those go first.
            let mut said = one_line(&reason.said);
            for secret in secrets {
                said = hide(&said, secret);
            }
            reason.said = cut(&said, LONGEST).into_owned();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_targets_words_are_cleaned() {
        let said = format!("no key=a b/c or a%20b%2Fc\u{1b}[31m\nhere {}", "稿".repeat(200));
        let answer =
            Answer::parked(Meaning::RobotUnknown).code(93000).said(said).cleaned(&["a b/c".to_owned(), String::new()]);
        let said = &answer.reason().unwrap().said;
        assert!(said.starts_with("no key=[REDACTED] or [REDACTED][31m here 稿"), "{said}");
        assert!(said.len() <= LONGEST && said.ends_with('…'));
    }

    #[test]
    fn a_reason_is_told_in_words() {
        let answer = Answer::parked(Meaning::KeywordMissing).code(19024).said("Key Words Not Found");
        let reason = answer.reason().unwrap();
        let (english, chinese) = (reason.text(Language::English), reason.text(Language::Chinese));
        assert!(english.contains("keyword") && english.ends_with("[19024: Key Words Not Found]"), "{english}");
        assert!(chinese.contains("关键词"), "{chinese}");
    }

    #[test]
    fn a_reason_is_kept_and_read_again() {
        for meaning in Meaning::ALL {
            for (code, said) in [(None, ""), (Some(-1), ""), (None, "12: no"), (Some(93000), "invalid: [x]")] {
                let reason = Reason { meaning, code, said: said.to_owned() };
                assert_eq!(Reason::read(&reason.to_string()), Some(reason));
            }
        }
        let kept = "robot_unknown 93000: invalid webhook url";
        assert!(Reason::in_words(kept, Language::Chinese).ends_with("[93000: invalid webhook url]"));
        for other in ["", "the key is wrong", "address_wrong x", "strange"] {
            assert_eq!((Reason::read(other), Reason::in_words(other, Language::English)), (None, other.to_owned()));
        }
    }
}
