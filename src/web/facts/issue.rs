//! What should be known before a restore.

use super::super::texts::Texts;
use crate::restore::IssueKind;

/// Says it in a sentence without a full stop.
pub(in super::super) fn issue(kind: &IssueKind, texts: &Texts) -> String {
    if texts.is_chinese() { kind.in_chinese() } else { kind.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Language;
    use crate::picture::Conversion;
    use crate::restore::TextSize;
    use crate::web::facts::tests::is_in_both_languages;

    #[test]
    fn every_issue_is_told_in_both_languages() {
        let size = TextSize { characters: 40, bytes: 120 };
        let mut kinds = vec![
            IssueKind::NoArticle,
            IssueKind::ManyArticles { articles: 9, limit: 8 },
            IssueKind::NoCover { number: 1 },
            IssueKind::NoText,
            IssueKind::NoCaption,
            IssueKind::NoPictures,
            IssueKind::ManyPictures { pictures: 21, limit: 20 },
            IssueKind::LongContent { size },
            IssueKind::LongCaption { size, limit: 1_000 },
            IssueKind::LongLink { size, limit: 1_024 },
            IssueKind::Links(2),
            IssueKind::Cards(vec![("audio clip".into(), 1), ("vote".into(), 2)]),
            IssueKind::OtherSites { pictures: 1 },
            IssueKind::RemovedStyles(1),
            IssueKind::Divs(1),
            IssueKind::Crop,
            IssueKind::NotHeld { pictures: 1, is_newspic: false },
            IssueKind::NotHeld { pictures: 1, is_newspic: true },
            IssueKind::OthersCover { owner: "mag".to_owned(), target: "other".to_owned(), number: 1 },
            IssueKind::OthersPictures { owner: "mag".to_owned() },
            IssueKind::Blocked {
                account: "mag".to_owned(),
                until: "2026-09-01T02:00:00Z".parse().unwrap(),
                message: "api unauthorized".to_owned(),
            },
            IssueKind::NoCallsLeft { account: "mag".to_owned(), endpoint: "draft/add".to_owned() },
        ];
        kinds.extend(["title", "author", "digest"].map(|field| IssueKind::LongField {
            field: field.into(),
            size,
            limit: 32,
        }));
        kinds.extend(Conversion::ALL.map(|conversion| IssueKind::Conversion { conversion, pictures: 2 }));
        for kind in kinds {
            let told = |language: Language| issue(&kind, language.texts());
            is_in_both_languages(&told(Language::Chinese), &told(Language::English));
        }
    }
}
