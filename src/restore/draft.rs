//! To a draft box: what would be sent, and what is to be expected of it.

use serde_json::Value;

use super::Source;
use super::limits::{self, Finding, Weight};
use super::sent::{self, Choices, Sent};
use crate::canonical::Malformed;
use crate::model::{AccountName, ArticleType};

/// A new draft that is to be made.
#[derive(Debug)]
pub struct DraftPlan {
    /// Whose draft box it goes into.
    pub target: AccountName,
    pub articles: Vec<Sent>,
    pub findings: Vec<Finding>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The document cannot be made into something to send.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A cover was chosen for an article that there is not.
    #[error("there is no article {position} to give a cover to; the version has {count}, counted from 0")]
    NoSuchArticle { position: usize, count: usize },
    /// A cover was chosen for a 图片消息.
    #[error("article {0} is a 图片消息, whose first picture is its cover")]
    NoCover(usize),
}

impl DraftPlan {
    /// Plans a new draft in the box of `target`. Asks nobody.
    ///
    /// # Errors
    ///
    /// See [`PlanError`].
    pub fn new(source: &Source, target: &AccountName, choices: &Choices) -> Result<Self, PlanError> {
        let count = source.articles.len();
        if let Some(&(position, _)) = choices.covers.iter().find(|(position, _)| *position >= count) {
            return Err(PlanError::NoSuchArticle { position, count });
        }
        let is_newspic =
            |(position, _): &&(usize, String)| source.articles[*position].article_type == ArticleType::Newspic;
        if let Some(&(position, _)) = choices.covers.iter().find(is_newspic) {
            return Err(PlanError::NoCover(position));
        }
        let articles = sent::articles(&source.document, choices)?;
        let mut findings = limits::look(&articles);
        if target.as_str() != source.draft.account {
            findings.extend(articles.iter().filter_map(|sent| foreign_pictures(sent, source, target, choices)));
        }
        Ok(Self { target: target.clone(), articles, findings })
    }

    /// Returns whether the platform is sure to refuse it.
    pub fn is_stopped(&self) -> bool {
        self.findings.iter().any(|finding| finding.weight == Weight::Stop)
    }

    /// Returns the articles as `draft/add` takes them.
    pub(super) fn body(&self) -> Value {
        self.articles.iter().map(|sent| Value::Object(sent.fields.clone())).collect()
    }
}

/// A media_id is good in the account that it came from, and in no other.
fn foreign_pictures(sent: &Sent, source: &Source, target: &AccountName, choices: &Choices) -> Option<Finding> {
    let position = sent.article.position;
    let what = match sent.article.article_type {
        ArticleType::Newspic if !sent.pictures.is_empty() => "its pictures belong",
        ArticleType::News if choices.covers.iter().any(|(chosen, _)| *chosen == position) => return None,
        ArticleType::News if !sent.text("thumb_media_id").is_empty() => "its cover belongs",
        _ => return None,
    };
    let way_out = match sent.article.article_type {
        ArticleType::News => format!("; give it one of {target}: --cover {position}=MEDIA_ID"),
        ArticleType::Newspic => String::new(),
    };
    let message = format!("{what} to the account {}, whose media_ids no other may use{way_out}", source.draft.account);
    Some(Finding { weight: Weight::Stop, position: Some(position), message })
}
