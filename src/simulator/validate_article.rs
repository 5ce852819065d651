//! Validates articles that clients send, and fills in what is missing.
//!
//! 官方文档 "新增草稿" and "更新草稿"; where these name no code, it is that of real responses.

use serde_json::{Map, Value, json};

use super::account_handle::AccountHandle;
use super::article::Article;
use super::html_rewrite::rewrite_html;
use super::refusal::Refusal;

/// Fields that a client may send.
const WRITABLE: &[&str] = &[
    "article_type",
    "title",
    "author",
    "digest",
    "content",
    "content_source_url",
    "thumb_media_id",
    "show_cover_pic",
    "need_open_comment",
    "only_fans_can_comment",
    "pic_crop_235_1",
    "pic_crop_1_1",
    "cover_info",
    "image_info",
    "product_info",
];

/// Articles per draft. Not documented; SDKs and users agree on it.
pub(super) const ARTICLES: usize = 8;

/// Pictures per 图片消息.
const PICTURES: usize = 20;

/// Bytes of an article's HTML. The other documented limit, 20,000 characters, is not enforced on real accounts.
const CONTENT: usize = 1 << 20;

/// Characters of a 图片消息's text.
const CAPTION: usize = 1000;

/// Bytes of a link.
const LINK: usize = 1024;

/// Characters of the body that become the digest of an article without one.
const DIGEST: usize = 54;

/// Validates an article and returns it as it is stored. `alone`: it is the only one of its draft.
pub(super) fn validate_article(account: &AccountHandle<'_>, sent: &Value, alone: bool) -> Result<Article, Refusal> {
    let sent = Sent(sent.as_object().ok_or_else(|| Refusal::of(47001))?);
    sent.check_types(account)?;
    sent.check_lengths(account)?;
    sent.check_rights(account)?;
    let mut article = if sent.is_newspic() { picture_message(account, &sent) } else { news(account, &sent, alone) }?;
    alter(&mut article, account);
    Ok(article)
}

/// Changes an article as [`Behavior`](super::Behavior) says.
fn alter(article: &mut Article, account: &AccountHandle<'_>) {
    for field in &account.behavior.drops {
        article.0.remove(field);
    }
    let content = article.text("content").to_owned();
    let replaced = account.behavior.replaces.iter().fold(content, |content, (old, new)| content.replace(old, new));
    article.set("content", replaced);
}

/// What a client sent.
struct Sent<'v>(&'v Map<String, Value>);

impl Sent<'_> {
    fn text(&self, field: &str) -> &str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns 0 or 1; some clients send true or false.
    fn flag(&self, field: &str) -> u8 {
        u8::from(
            matches!(self.0.get(field), Some(Value::Bool(true)))
                || self.0.get(field).and_then(Value::as_i64) == Some(1),
        )
    }

    fn is_newspic(&self) -> bool {
        self.text("article_type") == "newspic"
    }

    fn check_types(&self, account: &AccountHandle<'_>) -> Result<(), Refusal> {
        const TEXTS: [&str; 7] =
            ["article_type", "title", "author", "digest", "content", "content_source_url", "thumb_media_id"];
        let wrong_type = TEXTS.iter().any(|field| self.0.get(*field).is_some_and(|value| !value.is_string()));
        let unknown = self.0.keys().any(|field| !WRITABLE.contains(&field.as_str()));
        let unknown_type = !matches!(self.text("article_type"), "" | "news" | "newspic");
        if wrong_type || unknown_type || (unknown && account.behavior.refuses_read_only_fields) {
            return Err(Refusal::of(47001));
        }
        Ok(())
    }

    fn check_lengths(&self, account: &AccountHandle<'_>) -> Result<(), Refusal> {
        for (field, limit, code) in account.behavior.counting.limits() {
            if account.behavior.counting.length(self.text(field)) > limit {
                return Err(Refusal::of(code));
            }
        }
        match self.text("content") {
            "" => Err(Refusal::of(44004)),
            text if self.is_newspic() && text.chars().count() > CAPTION => Err(Refusal::of(45166)),
            html if html.len() > CONTENT => Err(Refusal::of(45002)),
            _ => Ok(()),
        }
    }

    fn check_rights(&self, account: &AccountHandle<'_>) -> Result<(), Refusal> {
        if self.flag("need_open_comment") == 1 && !account.state.comments {
            return Err(Refusal::of(88000));
        }
        if self.0.contains_key("product_info") && !account.state.goods {
            return Err(Refusal::of(53406));
        }
        match self.text("content_source_url") {
            link if link.len() > LINK => Err(Refusal::of(45005)),
            link if link.is_empty() || is_public(link) => Ok(()),
            _ => Err(Refusal::of(41039)),
        }
    }
}

fn is_public(link: &str) -> bool {
    let host = link.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")).map(|(_, rest)| rest);
    let host = host.and_then(|rest| rest.split(['/', ':', '?', '#']).next()).unwrap_or_default();
    host.contains('.') && !host.starts_with("127.") && !host.starts_with("192.168.") && !host.starts_with("10.")
}

fn news(account: &AccountHandle<'_>, sent: &Sent<'_>, alone: bool) -> Result<Article, Refusal> {
    let thumb_media_id = sent.text("thumb_media_id");
    let thumb_url = cover(account, thumb_media_id)?;
    let content = if account.behavior.rewrites_content {
        rewrite_html(sent.text("content"), account.behavior)
    } else {
        sent.text("content").to_owned()
    };
    let digest = match sent.text("digest") {
        _ if !alone => String::new(),
        "" => plain_text(&content).chars().take(DIGEST).collect(),
        written => written.to_owned(),
    };
    let mut article = Article::news(sent.text("title"), &content)
        .with("author", sent.text("author"))
        .with("digest", digest)
        .with("content_source_url", sent.text("content_source_url"))
        .with("thumb_media_id", thumb_media_id)
        .with("thumb_url", thumb_url);
    common(&mut article, sent);
    Ok(article)
}

fn picture_message(account: &AccountHandle<'_>, sent: &Sent<'_>) -> Result<Article, Refusal> {
    let list = sent.0.get("image_info").and_then(|info| info["image_list"].as_array()).map_or(&[][..], Vec::as_slice);
    if list.len() > PICTURES {
        return Err(Refusal::of(45020));
    }
    let ids: Vec<&str> = list.iter().map(|picture| picture["image_media_id"].as_str().unwrap_or_default()).collect();
    let first = ids.first().ok_or_else(|| Refusal::of(40007))?;
    for id in &ids {
        cover(account, id)?;
    }
    let mut article =
        Article::newspic(sent.text("title"), sent.text("content"), &ids).with("thumb_url", cover(account, first)?);
    common(&mut article, sent);
    Ok(article)
}

fn common(article: &mut Article, sent: &Sent<'_>) {
    for flag in ["need_open_comment", "only_fans_can_comment"] {
        article.set(flag, sent.flag(flag));
    }
    if let Some(goods) = sent.0.get("product_info") {
        article.set("product_info", goods.clone());
    }
}

/// Returns the address of a cover. 40007 unless it is a permanent picture of this account and old enough.
fn cover(account: &AccountHandle<'_>, media_id: &str) -> Result<String, Refusal> {
    let old_enough = |uploaded_at: i64| account.now - uploaded_at >= account.behavior.material_delay;
    let material = account.state.picture(media_id).filter(|material| old_enough(material.uploaded_at));
    material.map(|material| material.url.clone()).ok_or_else(|| Refusal::of(40007))
}

/// Returns whether an article is complete enough for `draft/update`, which otherwise answers 40007.
pub(super) fn is_complete(sent: &Value) -> bool {
    let has = |field: &str| sent[field].as_str().is_some_and(|text| !text.is_empty());
    let cover =
        if sent["article_type"] == json!("newspic") { sent["image_info"].is_object() } else { has("thumb_media_id") };
    sent["title"].is_string() && has("content") && cover
}

/// Returns the visible text, with spaces joined.
fn plain_text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    for (entity, character) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_what_a_reader_sees() {
        assert_eq!(plain_text("<p>一&nbsp;二 &lt;三&gt;</p>\n<p title=\"x\">四<br  />五</p>"), "一 二 <三> 四五");
    }

    #[test]
    fn only_public_links_pass() {
        for (link, public) in [
            ("https://example.com/a", true),
            ("http://example.com:8080", true),
            ("http://localhost/a", false),
            ("http://192.168.1.1/", false),
            ("ftp://example.com", false),
            ("example.com", false),
        ] {
            assert_eq!(is_public(link), public, "{link}");
        }
    }
}
