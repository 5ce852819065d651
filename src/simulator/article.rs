//! One article, with all fields that were received, known or not.

use serde_json::{Map, Value, json};

/// An article of a draft, as the platform's JSON has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Article(pub(super) Map<String, Value>);

impl Article {
    /// A 图文消息 as the web editor saves it: no cover, no author, nothing but a title and HTML.
    pub fn news(title: &str, content: &str) -> Self {
        Self::of(&json!({
            "article_type": "news", "title": title, "author": "", "digest": "", "content": content, "content_source_url": "",
            "thumb_media_id": "", "thumb_url": "", "show_cover_pic": 0, "need_open_comment": 0, "only_fans_can_comment": 0,
        }))
    }

    /// A 图片消息: a title, plain text, and the media_ids of its pictures.
    pub fn newspic(title: &str, content: &str, pictures: &[&str]) -> Self {
        let list: Vec<Value> = pictures.iter().map(|id| json!({"image_media_id": id})).collect();
        Self::of(&json!({
            "article_type": "newspic", "title": title, "content": content, "thumb_media_id": pictures.first().unwrap_or(&""),
            "thumb_url": "", "need_open_comment": 0, "only_fans_can_comment": 0, "image_info": {"image_list": list},
        }))
    }

    /// An article as the web editor saves it: these fields, and the editor's defaults for the others.
    pub(super) fn saved(fields: Map<String, Value>) -> Self {
        let mut article =
            if Self(fields.clone()).is_newspic() { Self::newspic("", "", &[]) } else { Self::news("", "") };
        article.0.extend(fields);
        article
    }

    fn of(value: &Value) -> Self {
        Self(value.as_object().cloned().unwrap_or_default())
    }

    /// Returns the text of a field, empty where there is none.
    pub fn text(&self, field: &str) -> &str {
        self.0.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// Returns a field.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.0.get(field)
    }

    /// Returns all fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Sets a field.
    pub fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.0.insert(field.to_owned(), value.into());
    }

    /// Returns the article with this field set.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.set(field, value);
        self
    }

    /// Returns whether it is a 图片消息. Without `article_type`, its list of pictures decides.
    pub fn is_newspic(&self) -> bool {
        match self.text("article_type") {
            "" => self.0.contains_key("image_info"),
            stated => stated == "newspic",
        }
    }
}
