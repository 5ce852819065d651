//! What to do about a refusal of `draft/add`: the platform's codes do not say which article they are about, and its
//! 40007 speaks of a media_id where it means a cover.

use super::draft::DraftPlan;
use super::limits::{SHORT, measured};
use super::sent::Sent;
use crate::model::ArticleType;
use crate::wechat::Error;

/// Returns what the operator can do about a refusal, in whole sentences; empty where the error itself says it.
pub fn advice(error: &Error, plan: &DraftPlan) -> Vec<String> {
    let advice = match error.code {
        Some(40_007) => pictures(plan),
        Some(45_003) => lengths(plan, "title", "Shorten it by hand"),
        Some(45_110 | 40_192) => lengths(plan, "author", "Leave it out with --without author"),
        Some(45_004) => lengths(plan, "digest", "Leave it out with --without digest"),
        Some(45_002 | 45_166) => lengths(plan, "content", "Paste it by hand"),
        Some(45_005 | 41_039) => lengths(plan, "content_source_url", "Leave the link out with --without link"),
        Some(45_008) => vec![format!("Drafts of up to 8 articles are known to pass; it has {}.", plan.articles.len())],
        Some(88_000) => vec!["The account may not have comments: leave them out with --without comments".to_owned()],
        Some(53_404..=53_406) => {
            vec!["The account may not show the product: leave it out with --without product".to_owned()]
        }
        Some(53_402) => vec!["Cropping the cover failed twice; it often passes a little later.".to_owned()],
        _ => return Vec::new(),
    };
    let by_hand = "To paste it by hand at mp.weixin.qq.com, restore it to files: --to DIR instead of --as-new";
    advice.into_iter().chain([by_hand.to_owned()]).collect()
}

/// A cover or picture that was deleted from the library, or is another account's.
fn pictures(plan: &DraftPlan) -> Vec<String> {
    let one = |sent: &Sent| {
        let position = sent.article.position;
        match sent.article.article_type {
            ArticleType::Newspic => format!(
                "Article {position} is made of {} that the library (素材库) of {} must still hold.",
                pictures_in_words(sent.pictures.len()),
                plan.target
            ),
            ArticleType::News => format!(
                "The cover of article {position}, {}, must still be in the library (素材库) of {}; else give it another \
                 permanent picture: --cover {position}=MEDIA_ID",
                sent.text("thumb_media_id"),
                plan.target
            ),
        }
    };
    plan.articles.iter().map(one).collect()
}

fn pictures_in_words(count: usize) -> String {
    if count == 1 { "a picture".to_owned() } else { format!("{count} pictures") }
}

/// Tells how long a field is in each article that has it, both ways that the platform has been seen to count.
fn lengths(plan: &DraftPlan, field: &str, way_out: &str) -> Vec<String> {
    let limit = SHORT.iter().find(|(name, ..)| *name == field).map_or(String::new(), |(_, characters, bytes)| {
        format!("; the limit is {characters} characters, on some accounts {bytes} bytes")
    });
    let name = if field == "content_source_url" { "link" } else { field };
    let one = |sent: &&Sent| !sent.text(field).is_empty();
    let told = plan.articles.iter().filter(one).map(|sent| {
        format!("The {name} of article {} has {}{limit}.", sent.article.position, measured(sent.text(field)))
    });
    told.chain([format!("{way_out}.")]).collect()
}
