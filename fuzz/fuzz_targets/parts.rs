//! Inputs of several parts: the byte 0xFF, which stands in no UTF-8 text, separates them.

use draftkeep::model::{Article, ArticleType};

/// Returns so many parts; those that are missing are empty, and the last one has the rest.
pub fn parts<const N: usize>(data: &[u8]) -> [&[u8]; N] {
    let mut parts = data.splitn(N, |byte| *byte == 0xff);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Returns the parts that are text; `None` if one of them is none.
pub fn texts<const N: usize>(data: &[u8]) -> Option<[&str; N]> {
    let mut texts = [""; N];
    for (text, part) in texts.iter_mut().zip(parts::<N>(data)) {
        *text = std::str::from_utf8(part).ok()?;
    }
    Some(texts)
}

/// Replaces `@@`, by which an input says where a secret stands.
pub fn with_secret(bytes: &[u8], secret: &str) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(2).position(|two| two == b"@@") {
        replaced.extend_from_slice(&rest[..at]);
        replaced.extend_from_slice(secret.as_bytes());
        rest = &rest[at + 2..];
    }
    replaced.extend_from_slice(rest);
    replaced
}

/// An article with this body; one that begins with a `~` is a 图片消息.
pub fn article(body: &str) -> Article {
    let (article_type, content) = match body.strip_prefix('~') {
        Some(body) => (ArticleType::Newspic, body),
        None => (ArticleType::News, body),
    };
    Article {
        position: 0,
        article_type,
        title: content.chars().take(20).collect(),
        author: String::new(),
        digest: String::new(),
        content_source_url: String::new(),
        cover: String::new(),
        content: content.to_owned(),
    }
}
