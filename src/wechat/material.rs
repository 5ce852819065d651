//! Uploads: pictures in the account's library, and pictures for bodies, which are in no library (官方文档 "素材管理").

use serde_json::json;

use super::client::Client;
use super::error::Error;
use super::error_kind::ErrorKind;
use super::json_response::{JsonResponse, value};
use super::transport::Body;
use crate::canonical::json;
use crate::model::Endpoint;

/// A picture that was uploaded to the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedMaterial {
    pub media_id: String,
    /// Its address.
    pub url: String,
}

/// A picture of the library, in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Material {
    pub media_id: String,
    /// Its file name.
    pub name: String,
    /// Its address.
    pub url: String,
    /// When it was uploaded, in Unix seconds; may be missing.
    pub update_time: Option<i64>,
}

/// A page of the library's pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaterialPage {
    /// How many the whole library holds.
    pub total_count: u64,
    /// Newest first.
    pub materials: Vec<Material>,
}

impl Client {
    /// Returns the bytes of a picture of the library, at most `largest` (官方文档 获取永久素材).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] when it is not in the library, [`ErrorKind::Oversize`], and [`ErrorKind::Unexpected`] when it is no picture but
    /// a video or an old 图文素材, which are answered in JSON.
    pub async fn material_get(&self, media_id: &str, largest: usize) -> Result<Vec<u8>, Error> {
        self.post(Endpoint::MaterialGet, &json!({ "media_id": media_id }), |bytes| picture(bytes, largest)).await
    }

    /// Puts a picture into the library: bmp, png, jpeg or gif, up to 10 MB (官方文档 新增永久素材). The end of `name` tells the
    /// platform the type.
    ///
    /// # Errors
    ///
    /// Never repeated by itself once it may have arrived: ask [`Error::has_unknown_effect`] before doing so, and look for its name.
    pub async fn material_add(
        &self,
        name: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<UploadedMaterial, Error> {
        let body = Body::File { name, content_type, bytes: &bytes, kind: Some("image") };
        self.call(Endpoint::MaterialAdd, body, |bytes| {
            let answer = JsonResponse::open(Endpoint::MaterialAdd, &bytes)?;
            Ok(UploadedMaterial { media_id: answer.text("media_id")?, url: answer.text("url")? })
        })
        .await
    }

    /// Returns a page of the library's pictures: up to `count`, 1 to 20, from `offset` (官方文档 获取永久素材列表).
    pub async fn material_list(&self, offset: u64, count: u32) -> Result<MaterialPage, Error> {
        let body = json!({ "type": "image", "offset": offset, "count": count });
        self.post(Endpoint::MaterialBatchget, &body, |bytes| page(&bytes, offset)).await
    }

    /// Uploads a picture for a body, jpg or png below 1 MB, and returns its address (官方文档 上传图文消息内的图片). It is in no
    /// library and counts against none.
    pub async fn image_upload(&self, name: &str, content_type: &str, bytes: Vec<u8>) -> Result<String, Error> {
        let body = Body::File { name, content_type, bytes: &bytes, kind: None };
        let endpoint = Endpoint::ImageUpload;
        self.call(endpoint, body, |bytes| JsonResponse::open(endpoint, &bytes)?.text("url")).await
    }
}

/// Tells a picture from JSON by its first byte: what the answer calls itself is not to be relied on.
fn picture(bytes: Vec<u8>, largest: usize) -> Result<Vec<u8>, Error> {
    let endpoint = Endpoint::MaterialGet;
    if bytes.trim_ascii_start().first() == Some(&b'{') {
        JsonResponse::open(endpoint, &bytes)?;
        return Err(Error::new(endpoint, ErrorKind::Unexpected, "it is no picture"));
    }
    match bytes.len() {
        0 => Err(Error::new(endpoint, ErrorKind::Busy, "an empty answer")),
        length if length > largest => Err(Error::new(endpoint, ErrorKind::Oversize, format!("it has {length} bytes"))),
        _ => Ok(bytes),
    }
}

fn page(bytes: &[u8], offset: u64) -> Result<MaterialPage, Error> {
    // A material without a `media_id` is of no use to anybody.
    let entries = JsonResponse::open(Endpoint::MaterialBatchget, bytes)?.page(offset, |_, item| material(item))?;
    Ok(MaterialPage { total_count: entries.total_count, materials: entries.read })
}

fn material(item: &[u8]) -> Option<Material> {
    let members = json::members(item).ok()?;
    let text = |key| value(&members, key).and_then(json::text).unwrap_or_default().into_owned();
    let media_id = text("media_id");
    let update_time = value(&members, "update_time").and_then(json::integer);
    (!media_id.is_empty()).then(|| Material { media_id, name: text("name"), url: text("url"), update_time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_told_from_an_error() {
        assert_eq!(picture(b"GIF89a".to_vec(), 6), Ok(b"GIF89a".to_vec()));
        for (bytes, kind) in [
            (&br#"{"errcode":40007,"errmsg":"invalid media_id"}"#[..], ErrorKind::NotFound),
            (br#"{"errcode":45009,"errmsg":"reach max api daily quota limit"}"#, ErrorKind::Quota),
            (br#"{"title":"x","down_url":"http://x"}"#, ErrorKind::Unexpected),
            (b"", ErrorKind::Busy),
            (b"GIF89a.", ErrorKind::Oversize),
        ] {
            assert_eq!(picture(bytes.to_vec(), 6).unwrap_err().kind, kind, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
