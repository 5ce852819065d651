//! Validates articles before the platform is called: certain refusals, and limits that may cause one.
//!
//! The limits are documented in 字, but not how these are counted, and accounts differ; archived content was accepted once. So
//! only certain refusals stop a restore, and nothing is shortened automatically.

use super::content::UnsupportedMarkup;
use super::issue::{Issue, IssueKind, Severity, TextSize};
use super::payload::ArticlePayload;
use crate::model::{ArticleType, article_number};

/// Articles of one draft; undocumented, but SDKs and experience agree.
const ARTICLES: usize = 8;
/// Pictures of a 图片消息 (官方文档 新增草稿).
const PICTURES: usize = 20;
/// Characters of a 图片消息's text; from experience.
const CAPTION: usize = 1_000;
/// Characters and bytes of a body (ibid.); 26,843 characters have been seen to pass.
const CONTENT: (usize, usize) = (20_000, 1 << 20);
/// Bytes of 阅读原文 (ibid.).
const LINK: usize = 1 << 10;
/// Characters of the short fields (ibid., autumn 2026), and the bytes at which some accounts were measured to stop.
pub(super) const SHORT: [(&str, usize, usize); 3] = [("title", 32, 64), ("author", 16, 20), ("digest", 120, 120)];

/// Checks articles.
pub(crate) fn validate(articles: &[ArticlePayload]) -> Vec<Issue> {
    let draft = match articles.len() {
        0 => Some((Severity::Stop, IssueKind::NoArticle)),
        1..=ARTICLES => None,
        articles => Some((Severity::Risk, IssueKind::ManyArticles { articles, limit: ARTICLES })),
    };
    let draft = draft.map(|(weight, kind)| Issue { weight, position: None, kind });
    draft.into_iter().chain(articles.iter().flat_map(article)).collect()
}

fn article(sent: &ArticlePayload) -> Vec<Issue> {
    let mut found = Vec::new();
    let mut find = |weight, kind| found.push(Issue { weight, position: Some(sent.article.position), kind });
    match sent.article.article_type {
        ArticleType::Newspic => newspic(sent, &mut find),
        ArticleType::News => news(sent, &mut find),
    }
    for (field, limit, _) in SHORT {
        let size = TextSize::of(sent.text(field));
        if size.characters > limit {
            find(Severity::Risk, IssueKind::LongField { field: field.into(), size, limit });
        }
    }
    losses(sent, |kind| find(Severity::Loss, kind));
    found
}

fn losses(sent: &ArticlePayload, mut find: impl FnMut(IssueKind)) {
    let UnsupportedMarkup { links, foreign_pictures, styles, divs, .. } = sent.losses;
    if links > 0 {
        find(IssueKind::Links(links));
    }
    if !sent.cards.is_empty() {
        find(IssueKind::Cards(sent.cards.iter().map(|(kind, count)| ((*kind).into(), *count)).collect()));
    }
    if foreign_pictures > 0 {
        find(IssueKind::OtherSites { pictures: foreign_pictures });
    }
    if styles > 0 {
        find(IssueKind::RemovedStyles(styles));
    }
    if divs > 0 {
        find(IssueKind::Divs(divs));
    }
    if sent.loses_crop {
        find(IssueKind::Crop);
    }
}

fn news(sent: &ArticlePayload, find: &mut impl FnMut(Severity, IssueKind)) {
    if sent.text("thumb_media_id").is_empty() && !sent.holds_cover() {
        find(Severity::Stop, IssueKind::NoCover { number: article_number(sent.article.position) });
    }
    let size = TextSize::of(sent.text("content"));
    if size.bytes == 0 {
        find(Severity::Stop, IssueKind::NoText);
    }
    if size.bytes > CONTENT.1 || size.characters > CONTENT.0 {
        find(Severity::Risk, IssueKind::LongContent { size });
    }
    let size = TextSize::of(sent.text("content_source_url"));
    if size.bytes > LINK {
        find(Severity::Risk, IssueKind::LongLink { size, limit: LINK });
    }
}

fn newspic(sent: &ArticlePayload, find: &mut impl FnMut(Severity, IssueKind)) {
    match sent.pictures.len() {
        0 => find(Severity::Stop, IssueKind::NoPictures),
        1..=PICTURES => {}
        pictures => find(Severity::Risk, IssueKind::ManyPictures { pictures, limit: PICTURES }),
    }
    let size = TextSize::of(sent.text("content"));
    if size.bytes == 0 {
        find(Severity::Risk, IssueKind::NoCaption);
    }
    if size.characters > CAPTION {
        find(Severity::Risk, IssueKind::LongCaption { size, limit: CAPTION });
    }
}
