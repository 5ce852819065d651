//! The pictures that a document needs.

use std::cell::RefCell;
use std::collections::HashSet;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{BufferQueue, StartTag, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use serde_json::{Map, Value};

use crate::canonical::{self, Malformed};

/// The role of a picture in an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImageRole {
    Cover,
    /// Among the pictures of a 图片消息.
    List,
    /// In the text.
    Body,
}

impl ImageRole {
    /// Returns the word that the archive and the JSON output have for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cover => "cover",
            Self::List => "list",
            Self::Body => "body",
        }
    }
}

/// A picture that a draft needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageRef {
    /// Of the article, from 0.
    pub position: usize,
    pub place: ImageRole,
    /// What stays of its address whatever its size and query, by the hash law; where it has no address, its `media_id`, and
    /// where it is at none of WeChat's hosts the whole address.
    pub identity: String,
    /// Its `media_id` in the material library, if known.
    pub media_id: Option<String>,
    /// As received, with entities decoded.
    pub address: Option<String>,
}

impl ImageRef {
    /// Returns whether it is or was at the platform; the platform omits pictures of other sites.
    pub fn is_at_wechat(&self) -> bool {
        self.media_id.is_some()
            || self.address.as_deref().is_some_and(|address| super::address::original(address).is_some())
    }
}

/// Returns the pictures that a document as received needs, in its order; each once for a place of an article.
///
/// # Errors
///
/// As [`canonical::articles`]: the document is no draft.
pub fn image_refs(document: &[u8]) -> Result<Vec<ImageRef>, Malformed> {
    // A draft may hold what no reader of JSON has a value for, such as 1e400; its bodies show their pictures all the same.
    let mut fields = canonical::fields(document).unwrap_or_default().into_iter();
    let mut all = Vec::new();
    for article in canonical::articles(document)? {
        let fields = fields.next().unwrap_or_default();
        let list = list(&fields);
        let cover = cover(&fields).filter(|cover| !list.iter().any(|listed| listed.media_id == cover.media_id));
        let body = in_body(&article.content);
        let mut seen = HashSet::new();
        let of_article = cover.into_iter().chain(list).chain(body);
        let of_article = of_article.map(|needed| ImageRef { position: article.position, ..needed });
        all.extend(of_article.filter(|needed| seen.insert((needed.place, needed.identity.clone()))));
    }
    Ok(all)
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A cover that was set in the web editor has no `media_id`, one of a material has both.
fn cover(fields: &Map<String, Value>) -> Option<ImageRef> {
    let (media_id, address) = (text(fields, "thumb_media_id"), text(fields, "thumb_url"));
    let identity = address.map(canonical::picture_identity).or_else(|| media_id.map(Into::into))?;
    Some(ImageRef {
        position: 0,
        place: ImageRole::Cover,
        identity: identity.into_owned(),
        media_id: media_id.map(str::to_owned),
        address: address.map(str::to_owned),
    })
}

fn list(fields: &Map<String, Value>) -> Vec<ImageRef> {
    let list = fields.get("image_info").and_then(|info| info.get("image_list")).and_then(Value::as_array);
    let media_ids = list.into_iter().flatten().filter_map(|picture| picture.get("image_media_id")?.as_str());
    let needed = |media_id: &str| ImageRef {
        position: 0,
        place: ImageRole::List,
        identity: media_id.to_owned(),
        media_id: Some(media_id.to_owned()),
        address: None,
    };
    media_ids.filter(|media_id| !media_id.is_empty()).map(needed).collect()
}

/// Finds what the hash law finds, and beside it what is spelled with entities, avatars, and what is at other hosts.
fn in_body(content: &str) -> Vec<ImageRef> {
    let by_law = canonical::picture_addresses(content).into_iter();
    let mut found: Vec<ImageRef> = by_law.map(|(address, identity)| body(address, identity)).collect();
    for (name, value) in attributes(content) {
        match &*name {
            "src" | "data-src" | "href" | "xlink:href" | "poster" => found.extend(whole(&value)),
            "style" => found.extend(css_urls(&value).into_iter().filter_map(whole)),
            _ => {}
        }
    }
    found
}

fn body(address: &str, identity: &str) -> ImageRef {
    let address = Some(address.replace("&amp;", "&"));
    ImageRef { position: 0, place: ImageRole::Body, identity: identity.to_owned(), media_id: None, address }
}

/// Takes an address that is one from end to end. Inline pictures (`data:`) are part of the text.
fn whole(address: &str) -> Option<ImageRef> {
    let address = address.trim();
    let is_http = ["http://", "https://", "//"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme)));
    is_http.then(|| body(address, &canonical::picture_identity(address)))
}

/// Returns what stands between the brackets of each `url(…)`, without its quotes.
fn css_urls(style: &str) -> Vec<&str> {
    let urls = style.split("url(").skip(1).filter_map(|rest| rest.split(')').next());
    urls.map(|url| url.trim().trim_matches(['"', '\''])).collect()
}

/// Returns the attributes of a body's pictures and styles, their entities undone.
fn attributes(html: &str) -> Vec<(String, String)> {
    let tokenizer = Tokenizer::new(Attributes::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // The sink never hands a script over, so the tokenizer never stops early.
    while !input.is_empty() {
        drop(tokenizer.feed(&input));
    }
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[derive(Default)]
struct Attributes(RefCell<Vec<(String, String)>>);

impl TokenSink for Attributes {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(Tag { kind: StartTag, name, attrs, .. }) = token {
            // Only `image` of SVG shows what its `href` names; of `a` it is a link.
            let shows = |attribute: &str| match attribute {
                "href" | "xlink:href" => &*name == "image",
                "src" | "data-src" => &*name == "img",
                _ => true,
            };
            let shown = attrs.into_iter().filter(|attribute| shows(&attribute.name.local));
            let pair =
                |attribute: html5ever::Attribute| (attribute.name.local.to_string(), attribute.value.to_string());
            self.0.borrow_mut().extend(shown.map(pair));
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn told(article: &Value) -> Vec<String> {
        let document = json!({ "news_item": [article] }).to_string();
        let told = |needed: ImageRef| format!("{} {}", needed.place.as_str(), needed.identity);
        image_refs(document.as_bytes()).unwrap().into_iter().map(told).collect()
    }

    #[test]
    fn a_number_beyond_all_numbers_hides_no_body() {
        let document = br#"{"news_item": [{"content": "<img src='//mmbiz.qpic.cn/m/A/0'>", "odd": 1e400}]}"#;
        assert_eq!(image_refs(document).unwrap()[0].identity, "A");
    }

    #[test]
    fn pictures_are_found_wherever_they_are_shown() {
        let content = "<p style=\"background: url(&quot;https://mmbiz.qpic.cn/m/A/0&quot;)\">http://mmbiz.qpic.cn/m/X/0</p>\
            <svg><image xlink:href='//mmbiz.qpic.cn/m/B/0'/></svg><img data-src='http://mmbiz.qpic.cn/m/A/640'>\
            <video poster='https://mmbiz.qpic.cn/m/C/0'></video><img src='https:&#47;&#47;mmbiz.qpic.cn/m/D/0'>\
            <img src='https://example.com/e.png'><a href='https://example.com/x'>一</a><img src='data:image/png;base64,A'>\
            <section style=\"background:url('http://example.com/f.png')\"><img data-src='http://wx.qlogo.cn/mmopen/G/64'>";
        insta::assert_debug_snapshot!(told(&json!({"title": "秋", "content": content})), @r#"
        [
            "body A",
            "body B",
            "body C",
            "body D",
            "body https://example.com/e.png",
            "body http://example.com/f.png",
            "body http://wx.qlogo.cn/mmopen/G/64",
        ]
        "#);
    }

    #[test]
    fn a_cover_is_known_by_its_address_and_else_by_its_media_id() {
        let address = "http://mmbiz.qpic.cn/mmbiz_jpg/Cov/0?wx_fmt=jpeg";
        assert_eq!(told(&json!({"thumb_url": address, "thumb_media_id": "Qm7x"})), ["cover Cov"]);
        assert_eq!(told(&json!({"thumb_url": "", "thumb_media_id": "Qm7x"})), ["cover Qm7x"]);
        assert_eq!(told(&json!({"thumb_url": null})), [""; 0]);
    }

    #[test]
    fn the_first_picture_of_a_list_is_its_cover() {
        let list = json!({"image_list": [{"image_media_id": "A"}, {"image_media_id": "B"}, {"image_media_id": "A"}]});
        assert_eq!(told(&json!({"thumb_media_id": "A", "image_info": list})), ["list A", "list B"]);
    }

    proptest! {
        #[test]
        fn what_the_hash_law_sees_is_needed(content in "(<img |>|'|\"|&amp;| src=|//mmbiz.qpic.cn/m/[ab]/[0-9]|https:|x){0,30}") {
            let told = told(&json!({"content": content}));
            for identity in canonical::pictures(&content) {
                prop_assert!(told.contains(&format!("body {identity}")), "{identity} of {content} in {told:?}");
            }
        }
    }
}
