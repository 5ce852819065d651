//! The plan of a new draft: what would be sent, and what may be lost or refused.

use super::issue::{Issue, IssueKind, Severity};
use super::payload::{self, ArticlePayload, RestoreOptions};
use super::source::Source;
use super::validate;
use crate::archive::VersionPicture;
use crate::canonical::Malformed;
use crate::model::{AccountName, ArticleType, article_number, counted};
use crate::picture::{Conversion, ImageFormat, ImageRole, UploadTarget};

/// The plan of a new draft.
#[derive(Debug)]
pub struct NewDraftPlan {
    /// Whose draft box it goes into.
    pub target: AccountName,
    pub articles: Vec<ArticlePayload>,
    pub findings: Vec<Issue>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The document cannot be converted for sending.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A cover was chosen for an article that does not exist.
    #[error("there is no article {} to give a cover to; the version has {}", article_number(*position), counted(*count, "article"))]
    NoSuchArticle { position: usize, count: usize },
    /// A cover was chosen for a 图片消息.
    #[error("article {} is a 图片消息, whose first picture is its cover", article_number(*.0))]
    NoCover(usize),
}

impl NewDraftPlan {
    /// Plans a new draft in the box of `target`. Calls nothing.
    ///
    /// # Errors
    ///
    /// See [`PlanError`].
    pub fn new(source: &Source, target: &AccountName, options: &RestoreOptions) -> Result<Self, PlanError> {
        let count = source.articles.len();
        if let Some(&(position, _)) = options.covers.iter().find(|(position, _)| *position >= count) {
            return Err(PlanError::NoSuchArticle { position, count });
        }
        let is_newspic =
            |(position, _): &&(usize, String)| source.articles[*position].article_type == ArticleType::Newspic;
        if let Some(&(position, _)) = options.covers.iter().find(is_newspic) {
            return Err(PlanError::NoCover(position));
        }
        let articles = payload::articles(&source.document, &source.pictures, options)?;
        let mut findings = findings(&articles, |_| true);
        if target.as_str() != source.draft.account {
            findings.extend(articles.iter().filter_map(|sent| foreign_pictures(sent, source, target)));
        }
        Ok(Self { target: target.clone(), articles, findings })
    }

    /// Returns whether the platform is sure to refuse it.
    pub fn is_stopped(&self) -> bool {
        self.stops().next().is_some()
    }

    /// Returns the issues for which the platform is sure to refuse it.
    pub fn stops(&self) -> impl Iterator<Item = &Issue> {
        self.findings.iter().filter(|finding| finding.weight == Severity::Stop)
    }

    /// Returns how many pictures it needs, and how many of them are archived: these are uploaded if the platform no longer has
    /// them.
    pub fn pictures(&self) -> (usize, usize) {
        let needed = || self.articles.iter().flat_map(|sent| &sent.needed);
        (needed().count(), needed().filter(|picture| picture.is_held()).count())
    }
}

/// A media_id is valid only in its own account; for another account, the archived bytes are needed.
fn foreign_pictures(sent: &ArticlePayload, source: &Source, target: &AccountName) -> Option<Issue> {
    let position = sent.article.position;
    let is_lost = |picture: &&VersionPicture| picture.needed.place != ImageRole::Body && !picture.is_held();
    let place = sent.needed.iter().find(is_lost)?.needed.place;
    let owner = source.draft.account.clone();
    let kind = match place {
        ImageRole::Cover => {
            IssueKind::OthersCover { owner, target: target.to_string(), number: article_number(position) }
        }
        _ => IssueKind::OthersPictures { owner },
    };
    Some(Issue { weight: Severity::Stop, position: Some(position), kind })
}

/// Returns the issues that are known without calling the platform, for any target account. Of pictures that must be converted
/// for an upload, only those that `is_reported` selects.
pub(super) fn findings(articles: &[ArticlePayload], is_reported: impl Fn(Conversion) -> bool) -> Vec<Issue> {
    let mut findings = validate::validate(articles);
    findings.extend(articles.iter().filter_map(not_held));
    findings.extend(articles.iter().flat_map(|sent| conversions(sent, &is_reported)));
    findings
}

/// Reports pictures that can only be restored while the platform still has them. That a download failed proves nothing: the
/// account may not have been allowed to read its library.
fn not_held(sent: &ArticlePayload) -> Option<Issue> {
    let pictures = sent.needed.iter().filter(|picture| !picture.is_held() && picture.needed.is_at_wechat()).count();
    // A 图片消息 without pictures is refused.
    let kind = IssueKind::NotHeld { pictures, is_newspic: sent.article.article_type == ArticleType::Newspic };
    (pictures > 0).then_some(Issue { weight: Severity::Risk, position: Some(sent.article.position), kind })
}

/// Reports pictures that must be converted if they have to be uploaded again, those that `is_reported` selects.
fn conversions(sent: &ArticlePayload, is_reported: impl Fn(Conversion) -> bool) -> Vec<Issue> {
    let conversion = |picture: &VersionPicture| {
        let asset = picture.asset.as_ref()?;
        let endpoints = if picture.needed.place == ImageRole::Body {
            &[UploadTarget::Body, UploadTarget::Material][..]
        } else {
            &[UploadTarget::Material]
        };
        Conversion::of(ImageFormat::of(&asset.kind)?, usize::try_from(asset.bytes).unwrap_or(usize::MAX), endpoints)
    };
    let all: Vec<_> = sent.needed.iter().filter_map(conversion).filter(|conversion| is_reported(*conversion)).collect();
    let finding = |conversion: &Conversion| {
        let pictures = all.iter().filter(|one| *one == conversion).count();
        let kind = IssueKind::Conversion { conversion: *conversion, pictures };
        (pictures > 0).then_some(Issue { weight: Severity::Risk, position: Some(sent.article.position), kind })
    };
    Conversion::ALL.iter().filter_map(finding).collect()
}
