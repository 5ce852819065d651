//! Why copies at a place fail: as the archive keeps it, and in words of both languages.

use std::fmt;

use serde_json::{Value, json};

use crate::model::Language;

/// Why copies at a place fail, by what somebody has to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyFaultKind {
    /// The place is the directory of the archive.
    OwnDirectory,
    /// What was copied is damaged: the archive is.
    ArchiveDamaged,
    /// There is no room beside the archive for what is sent.
    ArchiveDiskFull,
    /// The archive cannot be read.
    ArchiveFails,
    /// The keys of the bucket cannot be used.
    KeysUnusable,
    /// The place is not mounted, was never made, or went away.
    NotThere,
    /// The place may not be written or read.
    Refused,
    /// The bucket is in another region.
    OtherRegion,
    /// The place is full.
    Full,
    /// A file that is not ours has the name of the copy.
    NameTaken,
    /// What came back is not what was written.
    Changed,
    /// What came back is no copy.
    NotACopy,
    /// The copy could not be encrypted or decrypted.
    EncryptionFails,
    /// Anything else.
    Other,
}

/// Why copies at a place fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFault {
    pub kind: CopyFaultKind,
    /// What the operating system, the store or the program said: in English, for the operator. May be empty.
    pub said: String,
}

/// A place whose copies fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceFault {
    pub place: String,
    pub fault: CopyFault,
}

/// As the archive keeps it for a place: `refused: Permission denied`.
impl fmt::Display for CopyFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind.as_str())?;
        if self.said.is_empty() { Ok(()) } else { write!(formatter, ": {}", self.said) }
    }
}

impl CopyFault {
    pub fn new(kind: CopyFaultKind, said: impl Into<String>) -> Self {
        Self { kind, said: said.into() }
    }

    /// Reads what the archive keeps for a place. An older program kept a sentence.
    pub fn read(kept: &str) -> Self {
        let (word, said) = kept.split_once(": ").unwrap_or((kept, ""));
        match CopyFaultKind::of_word(word) {
            Some(kind) => Self::new(kind, said),
            None => Self::new(CopyFaultKind::Other, kept),
        }
    }
}

impl PlaceFault {
    /// Says what is wrong, without the words of others.
    pub fn sentence(&self, language: Language) -> String {
        let Self { place, fault } = self;
        match language {
            Language::English => fault.kind.row()[1].replace("{place}", place),
            Language::Chinese => fault.kind.row()[2].replace("{place}", place),
        }
    }

    /// Says what is wrong in English, with what the operating system, the store or the program said.
    pub fn text(&self) -> String {
        let sentence = self.sentence(Language::English);
        if self.fault.said.is_empty() { sentence } else { format!("{sentence}: {}", self.fault.said) }
    }

    /// Returns it for programs.
    pub fn json(&self) -> Value {
        json!({ "place": self.place, "fault": self.fault.kind.as_str(), "said": self.fault.said })
    }

    fn of_json(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key)?.as_str();
        let fault = CopyFault::new(CopyFaultKind::of_word(text("fault")?)?, text("said")?);
        Some(Self { place: text("place")?.to_owned(), fault })
    }

    /// Writes what an event keeps of all places.
    pub fn write_all(places: &[Self]) -> String {
        Value::from_iter(places.iter().map(Self::json)).to_string()
    }

    /// Reads what an event keeps of all places; `None` for the sentence of an older program.
    pub fn read_all(kept: &str) -> Option<Vec<Self>> {
        let Ok(Value::Array(places)) = serde_json::from_str(kept) else { return None };
        places.iter().map(Self::of_json).collect()
    }
}

impl CopyFaultKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::OwnDirectory,
        Self::ArchiveDamaged,
        Self::ArchiveDiskFull,
        Self::ArchiveFails,
        Self::KeysUnusable,
        Self::NotThere,
        Self::Refused,
        Self::OtherRegion,
        Self::Full,
        Self::NameTaken,
        Self::Changed,
        Self::NotACopy,
        Self::EncryptionFails,
        Self::Other,
    ];

    /// Returns the word for programs.
    pub fn as_str(self) -> &'static str {
        self.row()[0]
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The word for programs, English and Chinese.
    fn row(self) -> [&'static str; 3] {
        match self {
            Self::OwnDirectory => [
                "own_directory",
                "{place} is the directory of the archive itself; what destroys one destroys the other",
                "{place} 就是存档自己所在的目录，存档没了副本也会跟着没了",
            ],
            Self::ArchiveDamaged => [
                "archive_damaged",
                "the archive is damaged, so no new copy stays at {place}, and no older one was removed",
                "存档本身已损坏：{place} 没有留下新副本，原有副本都还在",
            ],
            Self::ArchiveDiskFull => [
                "archive_disk_full",
                "the archive's disk has no room to make the copy for {place}",
                "存档所在的磁盘空间不足，无法制作 {place} 的副本",
            ],
            Self::ArchiveFails => [
                "archive_fails",
                "the archive cannot be read for the copy at {place}",
                "读取存档时出错，无法制作 {place} 的副本",
            ],
            Self::KeysUnusable => ["keys_unusable", "the keys of {place} cannot be used", "{place} 的密钥无法使用"],
            Self::NotThere => ["not_there", "{place} is not there", "{place} 不存在，或没有挂载"],
            Self::Refused => ["refused", "{place} refuses it", "{place} 拒绝读写，请检查权限"],
            Self::OtherRegion => ["other_region", "{place} is in another region", "{place} 不在所填的地域"],
            Self::Full => ["full", "{place} is full", "{place} 空间已满"],
            Self::NameTaken => [
                "name_taken",
                "{place} has a file of that name already, which is not touched",
                "{place} 里已有同名文件，程序不会覆盖它",
            ],
            Self::Changed => [
                "changed",
                "the copy did not come back from {place} as it was written",
                "从 {place} 读回的副本与写入的不一致",
            ],
            Self::NotACopy => {
                ["not_a_copy", "what came back from {place} is no copy of an archive", "从 {place} 读回的不是存档副本"]
            }
            Self::EncryptionFails => [
                "encryption_fails",
                "the copy for {place} cannot be encrypted or decrypted",
                "{place} 的副本无法加密或解密",
            ],
            Self::Other => ["other", "{place} fails", "读写 {place} 时出错"],
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for kind in CopyFaultKind::ALL {
            for said in ["", "Permission denied (os error 13)", "a: b"] {
                let fault = CopyFault::new(kind, said);
                assert_eq!(CopyFault::read(&fault.to_string()), fault);
                let places = ["/mnt/a: b", "s3://drafts/\"wx\""]
                    .map(|place| PlaceFault { place: place.to_owned(), fault: fault.clone() });
                assert_eq!(PlaceFault::read_all(&PlaceFault::write_all(&places)).as_deref(), Some(&places[..]));
            }
        }
    }

    #[test]
    fn what_an_older_program_kept_is_shown_as_it_is() {
        for kept in ["/mnt/nas is full", "/mnt/nas is not there: no such file", ""] {
            assert_eq!(CopyFault::read(kept), CopyFault::new(CopyFaultKind::Other, kept));
            assert_eq!(PlaceFault::read_all(kept), None);
        }
        for kept in ["[1]", "{}", r#"[{"place":"/mnt"}]"#, r#"[{"place":"/mnt","fault":"strange","said":""}]"#] {
            assert_eq!(PlaceFault::read_all(kept), None, "{kept}");
        }
    }

    #[test]
    fn every_kind_names_its_place_in_both_languages() {
        let words: HashSet<_> = CopyFaultKind::ALL.iter().flat_map(|kind| kind.row()).collect();
        assert_eq!(words.len(), 3 * CopyFaultKind::ALL.len());
        for kind in CopyFaultKind::ALL {
            let fault = PlaceFault { place: "/mnt/nas".to_owned(), fault: CopyFault::new(kind, "no") };
            assert!(fault.text().contains("/mnt/nas") && fault.text().ends_with(": no"), "{}", fault.text());
            let chinese = fault.sentence(Language::Chinese);
            assert!(chinese.contains("/mnt/nas") && !chinese.contains("no"), "{chinese}");
        }
    }
}
