//! What the operator can do if `draft/add` is refused: the platform's codes do not say which article they concern, and 40007
//! speaks of a media_id but means a cover.

use super::issue::TextSize;
use super::new_draft_plan::NewDraftPlan;
use super::payload::ArticlePayload;
use super::validate::SHORT;
use crate::model::{ArticleType, article_number, counted};
use crate::wechat::{Error, ErrorKind};

/// Returns what the operator can do about a refusal, as whole sentences; empty if the error itself says it.
pub fn hints_for(error: &Error, plan: &NewDraftPlan) -> Vec<String> {
    let is_of_content =
        matches!(error.kind, ErrorKind::ContentRejected | ErrorKind::InvalidRequest | ErrorKind::Unknown);
    let advice = match error.code {
        Some(40_007) => pictures(plan),
        Some(45_003) => lengths(plan, "title"),
        Some(45_110 | 40_192) => with(lengths(plan, "author"), "Leave it out: --without author"),
        Some(45_004) => with(lengths(plan, "digest"), "Leave it out: --without digest"),
        Some(45_002 | 45_166) => lengths(plan, "content"),
        Some(45_005 | 41_039) => with(lengths(plan, "content_source_url"), "Leave the link out: --without link"),
        Some(45_008) => vec![format!("Drafts of up to 8 articles are known to pass; it has {}.", plan.articles.len())],
        Some(88_000) => vec!["The account may not have comments; leave them out: --without comments".to_owned()],
        Some(53_404..=53_406) => {
            vec!["The account may not show the product; leave it out: --without product".to_owned()]
        }
        Some(53_402) => vec!["Cropping the cover failed twice; it often passes a little later.".to_owned()],
        Some(_) if is_of_content => Vec::new(),
        _ => return Vec::new(),
    };
    let by_hand = "Or restore it to files, and paste it by hand at mp.weixin.qq.com: --to DIR";
    with(advice, by_hand)
}

fn with(mut advice: Vec<String>, further: &str) -> Vec<String> {
    advice.push(further.to_owned());
    advice
}

/// A cover or picture that was deleted from the library, or is another account's.
fn pictures(plan: &NewDraftPlan) -> Vec<String> {
    let one = |sent: &ArticlePayload| {
        let number = article_number(sent.article.position);
        match sent.article.article_type {
            ArticleType::Newspic => format!(
                "Article {number} is made of {} that the library (素材库) of {} must still hold.",
                counted(sent.pictures.len(), "picture"),
                plan.target
            ),
            ArticleType::News => format!(
                "The cover of article {number}, {}, must still be in the library (素材库) of {}; else give it another \
                 permanent picture: --cover {number}=MEDIA_ID",
                sent.text("thumb_media_id"),
                plan.target
            ),
        }
    };
    plan.articles.iter().map(one).collect()
}

/// Tells how long a field is where it is over a limit, both ways that the platform has been seen to count; where it is over
/// none, how long the longest is.
fn lengths(plan: &NewDraftPlan, field: &str) -> Vec<String> {
    let name = if field == "content_source_url" { "link" } else { field };
    let limit = SHORT.iter().find(|(short, ..)| *short == field);
    let said = limit.map_or(String::new(), |(_, characters, bytes)| {
        format!("; the limit is {characters} characters, on some accounts {bytes} bytes")
    });
    let is_over = |sent: &&ArticlePayload| {
        let text = sent.text(field);
        limit.is_some_and(|(_, characters, bytes)| text.chars().count() > *characters || text.len() > *bytes)
    };
    let mut articles: Vec<&ArticlePayload> = plan.articles.iter().filter(is_over).collect();
    if articles.is_empty() {
        articles.extend(plan.articles.iter().max_by_key(|sent| sent.text(field).len()));
    }
    let one = |sent: &ArticlePayload| {
        format!(
            "The {name} of article {} has {}{said}.",
            article_number(sent.article.position),
            TextSize::of(sent.text(field))
        )
    };
    articles.into_iter().map(one).collect()
}
