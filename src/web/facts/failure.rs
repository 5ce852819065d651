//! What a failure of a restore says beside its kind: numbers, names, the platform's words.

use serde::{Deserialize, Serialize};

use super::super::texts::Texts;
use super::issue;
use crate::model::{FailureKind, Language};
use crate::restore::{Issue, MissingPicture, RestoreError, ShapeMismatch};
use crate::wechat::{self, failure_sentence};

/// What of a failure can be told in any language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum FailureFact {
    /// What failed, and the platform's code and words.
    Answer {
        /// The word of its [`FailureKind`]; `None` where an older program recorded it.
        #[serde(default)]
        failure: Option<String>,
        code: i64,
        message: String,
    },
    Issues(Vec<Issue>),
    MadeBefore {
        media_id: String,
    },
    NotThere {
        media_id: String,
    },
    /// Version numbers.
    Changed {
        planned: u64,
        now: u64,
    },
    Partly {
        written: usize,
        of: usize,
    },
    /// The picture is nowhere; the article's number is from 1.
    NoPicture {
        is_cover: bool,
        number: usize,
    },
    /// How many articles the version and the draft have.
    OtherCount {
        version: usize,
        draft: usize,
    },
    OtherType {
        number: usize,
        version: String,
        draft: String,
    },
}

impl FailureFact {
    /// Returns what is to be told of an error; `None` where its kind says everything, or it is a matter for the operator.
    pub(in super::super) fn of(error: &RestoreError) -> Option<Self> {
        match error {
            RestoreError::NotMade(error) | RestoreError::NotSearched(error) | RestoreError::NoClient(error) => {
                Self::answer(error)
            }
            RestoreError::Unknown { error, .. } => Self::answer(error),
            RestoreError::Partly { written, of, .. } => Some(Self::Partly { written: *written, of: *of }),
            RestoreError::Stopped(issues) => Some(Self::Issues(issues.clone())),
            RestoreError::MadeBefore(made) => Some(Self::MadeBefore { media_id: made.media_id.to_string() }),
            RestoreError::NotThere(media_id) => Some(Self::NotThere { media_id: media_id.to_string() }),
            RestoreError::Changed { planned, now } => Some(Self::Changed { planned: *planned, now: *now }),
            RestoreError::NoPicture(MissingPicture::Gone { is_cover, number }) => {
                Some(Self::NoPicture { is_cover: *is_cover, number: *number })
            }
            RestoreError::OtherShape(ShapeMismatch::Count { version, draft }) => {
                Some(Self::OtherCount { version: *version, draft: *draft })
            }
            RestoreError::OtherShape(ShapeMismatch::Type { number, version, draft }) => {
                let [version, draft] = [version, draft].map(|article_type| article_type.as_str().to_owned());
                Some(Self::OtherType { number: *number, version, draft })
            }
            RestoreError::NoPicture(MissingPicture::Unusable(_))
            | RestoreError::OtherShape(ShapeMismatch::Unreadable(_))
            | RestoreError::NoPlan(_)
            | RestoreError::Unsettled { .. }
            | RestoreError::OtherPurpose { .. }
            | RestoreError::Edited(_)
            | RestoreError::Record { .. }
            | RestoreError::Plan(_)
            | RestoreError::Archive(_)
            | RestoreError::NotWritten { .. } => None,
        }
    }

    fn answer(error: &wechat::Error) -> Option<Self> {
        let failure = Some(error.kind.failure_kind().as_str().to_owned());
        error.code.map(|code| Self::Answer { failure, code, message: error.message.clone() })
    }
}

/// Says it in Chinese. In English, the error has said it.
pub(in super::super) fn failure(fact: &FailureFact, texts: &Texts) -> String {
    match fact {
        FailureFact::Answer { failure, code, message } => answer(failure.as_deref(), *code, message),
        FailureFact::Issues(issues) => {
            issues.iter().map(|found| issue(&found.kind, texts)).collect::<Vec<_>>().join("；")
        }
        FailureFact::MadeBefore { media_id } => format!("那篇草稿的 media_id 是 {media_id}"),
        FailureFact::NotThere { media_id } => format!("没找到的草稿的 media_id 是 {media_id}"),
        FailureFact::Changed { planned, now } => {
            format!("确认的时候是第 {planned} 版，现在的内容已存为第 {now} 版")
        }
        FailureFact::Partly { written, of } => format!("写好了 {of} 篇里的 {written} 篇"),
        FailureFact::NoPicture { is_cover, number } => {
            let picture = if *is_cover { "封面" } else { "一张图片" };
            format!("第 {number} 篇的{picture}已经不在素材库里，存档里也没有")
        }
        FailureFact::OtherCount { version, draft } => {
            format!("这一版有 {version} 篇文章，草稿现在有 {draft} 篇；接口不能增减文章")
        }
        FailureFact::OtherType { number, version, draft } => {
            let [version, draft] = [version, draft].map(|value| texts.value("type", value));
            format!("第 {number} 篇在这一版里是{version}，在草稿里是{draft}")
        }
    }
}

/// Says what the platform answered: what it means, and its own words.
fn answer(failure: Option<&str>, code: i64, message: &str) -> String {
    match failure.and_then(FailureKind::find) {
        Some(kind) => {
            format!("{}。微信的原话：{message}", failure_sentence(kind, Some(code), Language::Chinese))
        }
        None => format!("微信的答复：{code}（{message}）"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::{IssueKind, Severity};
    use crate::web::facts::tests::is_in_both_languages;

    #[test]
    fn every_fact_of_a_failure_is_told() {
        let id = || "id".to_owned();
        let issue = Issue { weight: Severity::Stop, position: None, kind: IssueKind::NoArticle };
        for fact in [
            FailureFact::Answer { failure: Some("invalid-request".to_owned()), code: 40_007, message: id() },
            FailureFact::Answer { failure: None, code: 40_007, message: id() },
            FailureFact::Issues(vec![issue]),
            FailureFact::MadeBefore { media_id: id() },
            FailureFact::NotThere { media_id: id() },
            FailureFact::Changed { planned: 1, now: 2 },
            FailureFact::Partly { written: 1, of: 2 },
            FailureFact::NoPicture { is_cover: true, number: 1 },
            FailureFact::NoPicture { is_cover: false, number: 1 },
            FailureFact::OtherCount { version: 1, draft: 2 },
            FailureFact::OtherType { number: 1, version: "news".to_owned(), draft: "newspic".to_owned() },
        ] {
            is_in_both_languages(&failure(&fact, Language::Chinese.texts()), "the error");
            let written = serde_json::to_string(&fact).unwrap();
            assert_eq!(serde_json::from_str::<FailureFact>(&written).unwrap(), fact, "as the archive keeps it");
        }
    }
}
