//! Whether a version can be restored through the API, known in advance.
//!
//! Computed from the document and the archived pictures each time, so it is never out of date.

use super::issue::{Issue, Severity};
use super::new_draft_plan;
use super::payload::{self, RestoreOptions};
use crate::archive::{Draft, Error, Reader, VersionPicture};
use crate::canonical::Malformed;
use crate::model::article_number;
use crate::picture::Conversion;

/// How much can be restored, and why not everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restorability {
    pub level: RestoreLevel,
    /// What is lost or prevents it.
    pub issues: Vec<Issue>,
    /// How many articles the version has.
    pub articles: usize,
}

impl Restorability {
    /// Says what is lost or prevents it; each a sentence without a full stop.
    pub fn reasons(&self) -> Vec<String> {
        self.issues.iter().map(|issue| self.reason(issue)).collect()
    }

    /// Says the same in Chinese, in the same order.
    pub fn reasons_in_chinese(&self) -> Vec<String> {
        let reason = |issue: &Issue| match self.number(issue) {
            Some(number) => format!("第 {number} 篇：{}", issue.kind.in_chinese()),
            None => issue.kind.in_chinese(),
        };
        self.issues.iter().map(reason).collect()
    }

    fn reason(&self, issue: &Issue) -> String {
        match self.number(issue) {
            Some(number) => format!("article {number}: {}", issue.kind),
            None => issue.kind.to_string(),
        }
    }

    /// Returns the number of the article that an issue is about, where there are several.
    pub fn number(&self, issue: &Issue) -> Option<usize> {
        issue.position.filter(|_| self.articles > 1).map(article_number)
    }
}

/// How much of a version can be restored through the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreLevel {
    /// Everything.
    Fully,
    /// Not everything, or the platform may refuse it.
    WithLosses,
    /// Nothing; it must be pasted by hand.
    NotByApi,
}

impl RestoreLevel {
    /// Returns the word that the JSON output has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fully => "fully",
            Self::WithLosses => "with-losses",
            Self::NotByApi => "not-by-api",
        }
    }
}

/// Judges a version's document with its archived pictures; `None` if the document holds something that cannot be sent, such as
/// a number that no float can represent.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn judge(reader: &Reader, draft: &Draft, document: &[u8]) -> Result<Option<Restorability>, Error> {
    let pictures = reader.pictures(draft, document)?;
    Ok(restorability(document, &pictures).ok())
}

/// Judges a document as received, with the pictures that it needs.
///
/// # Errors
///
/// If it is not a draft.
pub fn restorability(document: &[u8], pictures: &[VersionPicture]) -> Result<Restorability, Malformed> {
    let articles = payload::articles(document, pictures, &RestoreOptions::default())?;
    let findings = new_draft_plan::findings(&articles, Conversion::is_loss);
    let level = match () {
        () if findings.iter().any(|finding| finding.weight == Severity::Stop) => RestoreLevel::NotByApi,
        () if findings.is_empty() => RestoreLevel::Fully,
        () => RestoreLevel::WithLosses,
    };
    // If something prevents the restore, only that is listed.
    let is_listed = |issue: &Issue| level != RestoreLevel::NotByApi || issue.weight == Severity::Stop;
    let issues = findings.into_iter().filter(is_listed).collect();
    Ok(Restorability { level, issues, articles: articles.len() })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::picture;

    /// Judges an article of which every picture is held, or none.
    fn judged(article: &Value, is_held: bool) -> String {
        judged_with(article, is_held, ("image/png", 1))
    }

    /// Judges it with pictures of this type and length.
    fn judged_with(article: &Value, is_held: bool, (kind, bytes): (&str, u64)) -> String {
        let document = json!({ "news_item": [article] }).to_string();
        let asset = crate::archive::AssetInfo {
            sha256: crate::model::Hash::of(b"x"),
            kind: kind.to_owned(),
            width: None,
            height: None,
            bytes,
        };
        let held = |needed| VersionPicture {
            needed,
            asset: is_held.then(|| asset.clone()),
            trouble: (!is_held).then(|| "HTTP 404".to_owned()),
        };
        let pictures: Vec<_> = picture::image_refs(document.as_bytes()).unwrap().into_iter().map(held).collect();
        let judged = restorability(document.as_bytes(), &pictures).unwrap();
        format!("{}: {}", judged.level.as_str(), judged.reasons().join("; "))
    }

    #[test]
    fn every_reason_is_told() {
        let news = |body: &str| json!({"title": "秋", "content": body, "thumb_media_id": "Qm7x", "thumb_url": "http://mmbiz.qpic.cn/m/Cov/0"});
        let changed = |field: &str, value: Value| {
            let mut article = news("<p>一</p>");
            article[field] = value;
            article
        };
        let list = json!({"title": "集", "content": "一", "image_info": {"image_list": [{"image_media_id": "A"}]}});
        let picture = "<img data-src='https://mmbiz.qpic.cn/m/A/0'><img src='https://example.com/b.png'>";
        let shown = "<img data-src='https://mmbiz.qpic.cn/m/A/0'>";
        let cards = "<mpvoice></mpvoice><iframe class='vote_iframe'></iframe><a href='https://example.com'>二</a>";
        let told = [
            judged(&news("<p>一</p>"), true),
            judged(&news(picture), true),
            judged(&news(picture), false),
            judged(&news(cards), true),
            judged(&changed("thumb_media_id", json!("")), true),
            judged(&changed("thumb_media_id", json!("")), false),
            judged(&changed("title", json!("长".repeat(40))), true),
            judged(&changed("title", json!("")), true),
            judged(&changed("content", json!("")), true),
            judged(&list, true),
            judged(&list, false),
            judged(&news("<p style='position:fixed'>一</p><div style='color:red'>二</div>"), true),
            judged_with(&news(shown), true, ("image/gif", 11 << 20)),
            judged_with(&news(shown), true, ("image/jpeg", 11 << 20)),
            judged_with(&news(shown), true, ("image/svg+xml", 1)),
            judged_with(&news(shown), true, ("image/webp", 1)),
        ];
        insta::assert_debug_snapshot!(told, @r#"
        [
            "fully: ",
            "with-losses: 1 picture of other sites, which the platform leaves out",
            "with-losses: 1 picture of other sites, which the platform leaves out; 2 pictures not held as bytes, which come through only while the platform has them",
            "with-losses: 1 link in the text: the platform keeps the words and drops the addresses; 1 audio clip, 1 vote, which only the platform's own editor inserts",
            "with-losses: the crop of its cover, which the API does not tell",
            "not-by-api: the platform takes no article without a cover, and this one's has no media_id and is not held; give it one: --cover 1=MEDIA_ID",
            "with-losses: its title has 40 characters and 120 bytes; the limit is 32 characters",
            "fully: ",
            "not-by-api: it has no text, which the platform does not take",
            "fully: ",
            "with-losses: 1 picture not held as bytes: the 图片消息 goes back only while the platform has it",
            "with-losses: 1 style with position or -webkit-overflow-scrolling, which the platform removes; some styles of 1 <div>: the platform makes paragraphs of them",
            "with-losses: if the platform lost a picture, uploading it again would stop the animation of 2 GIFs over 10 MB",
            "with-losses: if the platform lost a picture, uploading it again would compress or scale down 2 pictures over its limit",
            "with-losses: if the platform lost a picture, uploading it again is impossible for 2 pictures: it takes no such format",
            "fully: ",
        ]
        "#);
    }
}
