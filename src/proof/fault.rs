//! What a proof found to be wrong: as the archive keeps it, and in words of both languages.

use serde_json::{Value, json};

use crate::archive::{Error, ProofFinding, ProofKind};
use crate::model::Language;

/// What is wrong, by what somebody has to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProofFaultKind {
    VersionDamaged,
    PictureDamaged,
    /// A version does not come back as files.
    NotRestored,
    /// No version can be restored to files: the temporary directory cannot be used.
    NoTemporaryFiles,
    /// The archive as a whole is damaged.
    ArchiveDamaged,
    /// The archive cannot be read.
    ArchiveFails,
    /// No version can be restored as a new draft of the account.
    NothingToRestore,
    /// The new draft was not made, or nobody knows whether it was.
    DraftNotMade,
    /// The new draft could not be read back.
    DraftNotRead,
    /// The new draft is not what was sent.
    DraftDiffers,
    /// The new draft is in the box still.
    DraftNotDeleted,
    /// Anything else.
    Other,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFault {
    pub kind: ProofFaultKind,
    /// The version (`ACCOUNT/DRAFT@N`), the picture (its number), or the account of a drill. Empty where it is about none.
    pub about: String,
    /// How many others there are of which the same is to be said.
    pub more: u64,
    /// What was found, or what the operating system or the platform said: in English, for the operator. May be empty.
    pub said: String,
}

/// A proof that failed, as an event keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedProof {
    pub kind: ProofKind,
    pub fault: ProofFault,
}

impl ProofFault {
    pub fn new(kind: ProofFaultKind, about: impl Into<String>, said: impl Into<String>) -> Self {
        Self { kind, about: about.into(), more: 0, said: said.into() }
    }

    /// Says what is wrong with a version or a picture. The finding begins with its name.
    pub fn of_finding(kind: ProofFaultKind, finding: &ProofFinding) -> Self {
        let (about, said) = finding.reason.split_once(": ").unwrap_or(("", &finding.reason));
        Self::new(kind, about.strip_prefix("picture ").unwrap_or(about), said)
    }

    /// Writes what the archive keeps.
    pub fn write(&self) -> String {
        self.json().to_string()
    }

    /// Reads what the archive keeps. An older program kept a sentence.
    pub fn read(kept: &str) -> Self {
        let read = serde_json::from_str(kept).ok().and_then(|value: Value| Self::of_json(&value));
        read.unwrap_or_else(|| Self::new(ProofFaultKind::Other, "", kept))
    }

    /// Says what is wrong, without the words of others.
    pub fn sentence(&self, language: Language) -> String {
        let more = match (self.more, language) {
            (0, _) => String::new(),
            (more, Language::English) => format!(" (and {more} more)"),
            (more, Language::Chinese) => format!("（另有 {more} 个）"),
        };
        let template = match language {
            Language::English => self.kind.row()[1],
            Language::Chinese => self.kind.row()[2],
        };
        template.replace("{about}", &self.about) + &more
    }

    /// Says what is wrong in English, with what was found or said.
    pub fn text(&self) -> String {
        let sentence = self.sentence(Language::English);
        if self.said.is_empty() { sentence } else { format!("{sentence}: {}", self.said) }
    }

    /// Returns it for programs.
    pub fn json(&self) -> Value {
        json!({"fault": self.kind.as_str(), "about": self.about, "more": self.more, "said": self.said})
    }

    fn of_json(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key)?.as_str();
        let fault = Self::new(ProofFaultKind::of_word(text("fault")?)?, text("about")?, text("said")?);
        Some(Self { more: value.get("more")?.as_u64()?, ..fault })
    }
}

/// The archive failed as a whole.
impl From<&Error> for ProofFault {
    fn from(error: &Error) -> Self {
        let kind = match error {
            Error::Damaged(_) | Error::NotADatabase(_) => ProofFaultKind::ArchiveDamaged,
            _ => ProofFaultKind::ArchiveFails,
        };
        Self::new(kind, "", error.to_string())
    }
}

impl From<Error> for ProofFault {
    fn from(error: Error) -> Self {
        (&error).into()
    }
}

impl FailedProof {
    /// Returns it for programs.
    pub fn json(&self) -> Value {
        let mut value = self.fault.json();
        value["proof"] = self.kind.as_str().into();
        value
    }

    fn of_json(value: &Value) -> Option<Self> {
        let kind = value.get("proof")?.as_str()?.parse().ok()?;
        Some(Self { kind, fault: ProofFault::of_json(value)? })
    }

    /// Writes what an event keeps of all proofs that failed.
    pub fn write_all(failed: &[Self]) -> String {
        Value::from_iter(failed.iter().map(Self::json)).to_string()
    }

    /// Reads what an event keeps of all proofs that failed; `None` for the sentence of an older program.
    pub fn read_all(kept: &str) -> Option<Vec<Self>> {
        let Ok(Value::Array(failed)) = serde_json::from_str(kept) else { return None };
        failed.iter().map(Self::of_json).collect()
    }
}

impl ProofFaultKind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::VersionDamaged,
        Self::PictureDamaged,
        Self::NotRestored,
        Self::NoTemporaryFiles,
        Self::ArchiveDamaged,
        Self::ArchiveFails,
        Self::NothingToRestore,
        Self::DraftNotMade,
        Self::DraftNotRead,
        Self::DraftDiffers,
        Self::DraftNotDeleted,
        Self::Other,
    ];

    /// Returns the word for programs.
    pub fn as_str(self) -> &'static str {
        self.row()[0]
    }

    /// Returns whether something of the archive is damaged; else the proof could not be made, or the platform does not take a version.
    pub fn is_damage(self) -> bool {
        matches!(self, Self::VersionDamaged | Self::PictureDamaged | Self::NotRestored | Self::ArchiveDamaged)
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word for programs, English and Chinese.
    fn row(self) -> [&'static str; 3] {
        match self {
            Self::VersionDamaged => ["version_damaged", "version {about} is damaged", "版本 {about} 已损坏"],
            Self::PictureDamaged => ["picture_damaged", "picture {about} is damaged", "图片 {about} 已损坏"],
            Self::NotRestored => {
                ["not_restored", "version {about} does not come back as files", "版本 {about} 不能完整恢复成文件"]
            }
            Self::NoTemporaryFiles => [
                "no_temporary_files",
                "no version can be restored to the temporary directory",
                "临时目录无法使用，不能试着恢复成文件",
            ],
            Self::ArchiveDamaged => ["archive_damaged", "the archive is damaged", "存档已损坏"],
            Self::ArchiveFails => ["archive_fails", "the archive cannot be read", "读取存档时出错"],
            Self::NothingToRestore => [
                "nothing_to_restore",
                "no version was found that can be restored as a new draft of {about}",
                "没有能恢复到 {about} 草稿箱的版本",
            ],
            Self::DraftNotMade => [
                "draft_not_made",
                "no version could be restored as a new draft of {about}",
                "没能在 {about} 的草稿箱里新建草稿",
            ],
            Self::DraftNotRead => [
                "draft_not_read",
                "the draft that the drill made at {about} could not be read back",
                "{about} 的演练草稿没能读回",
            ],
            Self::DraftDiffers => [
                "draft_differs",
                "a version came back different from {about}",
                "从 {about} 读回的演练草稿与发出的不一致",
            ],
            Self::DraftNotDeleted => [
                "draft_not_deleted",
                "the draft that the drill made at {about} was not deleted",
                "{about} 的演练草稿没能删除，还在草稿箱里",
            ],
            Self::Other => ["other", "the proof failed", "校验没有通过"],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for kind in ProofFaultKind::ALL {
            for said in ["", "No space left on device (os error 28)", "a: \"b\""] {
                let fault = ProofFault { more: 3, ..ProofFault::new(kind, "mag/3@2", said) };
                assert_eq!(ProofFault::read(&fault.write()), fault);
                let failed =
                    [ProofKind::Versions, ProofKind::Drill].map(|kind| FailedProof { kind, fault: fault.clone() });
                assert_eq!(FailedProof::read_all(&FailedProof::write_all(&failed)).as_deref(), Some(&failed[..]));
            }
        }
    }

    #[test]
    fn what_an_older_program_kept_is_shown_as_it_is() {
        for kept in ["mag/3@2: it is gone", "", "{}", r#"{"fault":"strange","about":"","more":0,"said":""}"#] {
            assert_eq!(ProofFault::read(kept), ProofFault::new(ProofFaultKind::Other, "", kept));
            assert_eq!(FailedProof::read_all(kept), None);
        }
        assert_eq!(FailedProof::read_all(r#"[{"proof":"versions"}]"#), None);
    }

    #[test]
    fn every_kind_has_words_of_its_own_in_both_languages() {
        let words: HashSet<_> = ProofFaultKind::ALL.iter().flat_map(|kind| kind.row()).collect();
        assert_eq!(words.len(), 3 * ProofFaultKind::ALL.len());
        for kind in ProofFaultKind::ALL {
            let fault = ProofFault { more: 2, ..ProofFault::new(kind, "#7", "no") };
            let (english, chinese) = (fault.text(), fault.sentence(Language::Chinese));
            assert!(english.ends_with(" (and 2 more): no"), "{english}");
            assert!(chinese.ends_with("（另有 2 个）") && !chinese.contains("no"), "{chinese}");
            assert_eq!(english.contains("#7"), chinese.contains("#7"), "{english}");
        }
    }
}
