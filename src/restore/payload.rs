//! Articles as they are sent: only the fields that `draft/add` accepts (官方文档 新增草稿). Other fields of the answer are read-only,
//! and some accounts refuse them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::content::{self, NormalizedBody, UnsupportedMarkup};
use crate::archive::{Upload, VersionPicture};
use crate::canonical::{self, Malformed};
use crate::model::{Article, ArticleType};
use crate::picture::{ImageChange, ImageRef, ImageRole};

/// The operator's options for a restore.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RestoreOptions {
    /// Other covers: an article's position, and the media_id of a permanent picture.
    pub covers: Vec<(usize, String)>,
    /// Fields that are left out.
    pub without: Vec<OptionalField>,
    /// Whether it is a drill, whose draft is deleted again.
    #[serde(rename = "drill", skip_serializing_if = "std::ops::Not::not")]
    pub is_drill: bool,
}

impl RestoreOptions {
    /// Returns them as stored in the archive.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads them from the archive; a restore by an older version of the program has `{}`.
    ///
    /// # Errors
    ///
    /// If they cannot be read: a restore without them would do something else than asked for.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// An optional field, which can be omitted if the platform refuses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OptionalField {
    /// 作者
    Author,
    /// 摘要; the platform fills in the beginning of the text.
    Digest,
    /// 阅读原文
    Link,
    /// 留言
    Comments,
    /// 商品
    Product,
}

impl OptionalField {
    /// Returns the platform's names for it.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Author => &["author"],
            Self::Digest => &["digest"],
            Self::Link => &["content_source_url"],
            Self::Comments => &["need_open_comment", "only_fans_can_comment"],
            Self::Product => &["product_info"],
        }
    }
}

/// An article that is ready to be sent.
#[derive(Clone, Debug)]
pub struct ArticlePayload {
    /// The article as people read it; its content is what is sent.
    pub article: Article,
    /// What is sent, with the platform's field names.
    pub fields: Map<String, Value>,
    pub undone: NormalizedBody,
    pub losses: UnsupportedMarkup,
    /// The cards among them, by their kind.
    pub cards: Vec<(&'static str, usize)>,
    /// The media_ids of a 图片消息's pictures.
    pub pictures: Vec<String>,
    /// The pictures of the archived article, without a cover that was replaced.
    pub needed: Vec<VersionPicture>,
    /// The address of the cover that is sent; `None` if not known.
    pub cover_address: Option<String>,
    /// Whether its cover was cropped by hand, which the API does not report.
    pub loses_crop: bool,
    /// How its pictures were converted for the upload.
    pub(super) conversions: Vec<ImageChange>,
    /// Uploads that an interrupted restore may have sent instead of the original pictures.
    pub(super) uncertain_uploads: Vec<(ImageRef, Upload)>,
}

impl ArticlePayload {
    /// Returns the text of a field that is sent; empty if it is not sent.
    pub fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns whether its cover is archived.
    pub fn holds_cover(&self) -> bool {
        self.needed.iter().any(|picture| picture.needed.place == ImageRole::Cover && picture.is_held())
    }

    /// Returns what was really sent, judging by what was read back: of the uploads that may have been sent, those that are
    /// there.
    pub(super) fn resolve_uncertain_uploads(&self, got: &Map<String, Value>) -> Self {
        let mut sent = self.clone();
        let text = |name: &str| got.get(name).and_then(Value::as_str).unwrap_or_default();
        let (shown, listed) = (canonical::pictures(text("content")), pictures(got));
        for (needed, upload) in std::mem::take(&mut sent.uncertain_uploads) {
            let media_id = upload.media_id.unwrap_or_default();
            let identity = canonical::picture_identity(&upload.address);
            match needed.place {
                ImageRole::Cover if !media_id.is_empty() && text("thumb_media_id") == media_id => {
                    sent.fields.insert("thumb_media_id".to_owned(), media_id.into());
                    sent.cover_address = Some(upload.address);
                }
                ImageRole::List if listed.contains(&media_id) => {
                    let of = |id: &String| if *id == needed.identity { media_id.clone() } else { id.clone() };
                    sent.set_pictures(sent.pictures.iter().map(of).collect());
                }
                ImageRole::Body if shown.iter().any(|shown| *shown == identity) => {
                    let new = |identity: &str| (identity == needed.identity).then(|| upload.address.clone());
                    sent.set_body(canonical::replace_pictures(sent.text("content"), new));
                }
                _ => {}
            }
        }
        sent
    }

    /// Replaces the body.
    pub(super) fn set_body(&mut self, body: String) {
        self.fields.insert("content".to_owned(), body.as_str().into());
        self.article.content = body;
    }

    /// Replaces the pictures of a 图片消息.
    pub(super) fn set_pictures(&mut self, media_ids: Vec<String>) {
        let list: Vec<Value> = media_ids.iter().map(|id| json!({ "image_media_id": id })).collect();
        self.fields.insert("image_info".to_owned(), json!({ "image_list": list }));
        self.pictures = media_ids;
    }
}

/// Returns the articles of a document as received, ready to be sent.
///
/// # Errors
///
/// If the document is not a draft.
pub(crate) fn articles(
    document: &[u8],
    pictures: &[VersionPicture],
    choices: &RestoreOptions,
) -> Result<Vec<ArticlePayload>, Malformed> {
    let articles = canonical::articles(document)?.into_iter().zip(canonical::fields(document)?);
    let one = |(article, received): (Article, _)| {
        let position = article.position;
        let is_chosen = choices.covers.iter().any(|(chosen, _)| *chosen == position);
        let is_needed = |picture: &&VersionPicture| {
            picture.needed.position == position && !(is_chosen && picture.needed.place == ImageRole::Cover)
        };
        ArticlePayload {
            needed: pictures.iter().filter(is_needed).cloned().collect(),
            ..one(article, &received, choices)
        }
    };
    Ok(articles.map(one).collect())
}

fn one(mut article: Article, received: &Map<String, Value>, choices: &RestoreOptions) -> ArticlePayload {
    let is_newspic = article.article_type == ArticleType::Newspic;
    let (body, undone) =
        if is_newspic { (article.content.clone(), NormalizedBody::default()) } else { content::undo(&article.content) };
    let (losses, cards) = (content::losses(&article.content), content::cards(&article.content));
    article.content = body;
    let pictures = if is_newspic { pictures(received) } else { Vec::new() };
    let mut fields = Map::new();
    fields.insert("article_type".to_owned(), article.article_type.as_str().into());
    fields.insert("title".to_owned(), article.title.as_str().into());
    fields.insert("content".to_owned(), article.content.as_str().into());
    if is_newspic {
        let list: Vec<Value> = pictures.iter().map(|id| json!({ "image_media_id": id })).collect();
        fields.insert("image_info".to_owned(), json!({ "image_list": list }));
    } else {
        news(&article, received, choices, &mut fields);
    }
    for flag in ["need_open_comment", "only_fans_can_comment"] {
        fields.insert(flag.to_owned(), u8::from(received.get(flag).is_some_and(parse_flag)).into());
    }
    // The platform accepts these, but does not answer them today. If an answer has them, they must not be lost.
    for field in ["pic_crop_235_1", "pic_crop_1_1", "cover_info", "product_info"] {
        if let Some(value) = received.get(field).filter(|value| !is_absent(value)) {
            fields.insert(field.to_owned(), value.clone());
        }
    }
    for name in choices.without.iter().flat_map(|field| field.names()) {
        fields.remove(*name);
    }
    let is_chosen = choices.covers.iter().any(|(chosen, _)| *chosen == article.position);
    let cover_address = Some(article.cover.clone()).filter(|address| !address.is_empty() && !is_chosen);
    let loses_crop = !is_chosen && loses_crop(&article, &fields, received);
    ArticlePayload {
        article,
        fields,
        undone,
        losses,
        cards,
        pictures,
        needed: Vec::new(),
        cover_address,
        loses_crop,
        conversions: Vec::new(),
        uncertain_uploads: Vec::new(),
    }
}

/// If a person crops or sets a cover in the platform's editor, the answer has no media_id any more. Of the crop, the answer
/// only has the resulting picture.
fn loses_crop(article: &Article, fields: &Map<String, Value>, received: &Map<String, Value>) -> bool {
    let tells_crop = fields.keys().any(|name| name.contains("crop") || name == "cover_info");
    let media_id = received.get("thumb_media_id").and_then(Value::as_str).unwrap_or_default();
    article.article_type == ArticleType::News && !article.cover.is_empty() && media_id.is_empty() && !tells_crop
}

/// Adds what only a 图文消息 has.
fn news(article: &Article, received: &Map<String, Value>, choices: &RestoreOptions, fields: &mut Map<String, Value>) {
    let chosen = choices.covers.iter().rev().find(|(position, _)| *position == article.position);
    let cover = match chosen {
        Some((_, media_id)) => media_id.as_str(),
        None => received.get("thumb_media_id").and_then(Value::as_str).unwrap_or_default(),
    };
    let texts = [
        ("author", article.author.as_str()),
        ("digest", &article.digest),
        ("content_source_url", &article.content_source_url),
        ("thumb_media_id", cover),
    ];
    for (name, value) in texts.into_iter().filter(|(_, value)| !value.is_empty()) {
        fields.insert(name.to_owned(), value.into());
    }
}

fn pictures(received: &Map<String, Value>) -> Vec<String> {
    let list = received.get("image_info").and_then(|info| info["image_list"].as_array());
    let id = |picture: &Value| picture["image_media_id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    list.into_iter().flatten().filter_map(id).collect()
}

/// Reads a flag, which comes as 0 and 1, as text, or as true and false.
pub(super) fn parse_flag(value: &Value) -> bool {
    match value {
        Value::Bool(on) => *on,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !matches!(text.as_str(), "" | "0"),
        _ => false,
    }
}

fn is_absent(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}
