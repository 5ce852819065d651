//! Serves pictures: uploaded ones, and for every other address one that is generated from its id.

use std::collections::{HashMap, HashSet};
use std::io;

use image::ImageFormat;
use image::imageops::FilterType;

use super::ids;
use super::random::Random;
use super::request::{ApiRequest, ApiResponse};
use super::test_image;

/// The host in addresses; clients of the simulator replace it by the simulator's own.
const HOST: &str = "http://mmbiz.qpic.cn";

/// Width of an original; `/640` means: at most 640 wide.
const WIDTH: usize = 960;

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// `image/jpeg`
    Jpeg,
    /// `image/png`
    Png,
    /// `image/gif`
    Gif,
    /// `image/bmp`
    Bmp,
}

impl Format {
    /// Detects the format by the first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        const MAGIC: [(&[u8], Format); 4] = [
            (b"\xff\xd8\xff", Format::Jpeg),
            (b"\x89PNG\r\n", Format::Png),
            (b"GIF8", Format::Gif),
            (b"BM", Format::Bmp),
        ];
        MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| *format)
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
        }
    }

    /// Returns the first part of the path and the value of `wx_fmt`.
    fn address(self) -> (&'static str, &'static str) {
        match self {
            Self::Jpeg => ("mmbiz_jpg", "jpeg"),
            Self::Png => ("mmbiz_png", "png"),
            Self::Gif => ("mmbiz_gif", "gif"),
            Self::Bmp => ("mmbiz", "other"),
        }
    }
}

/// The pictures of all accounts.
#[derive(Clone, Default)]
pub(super) struct PictureStore {
    uploaded: HashMap<String, (Format, Vec<u8>)>,
    deleted: HashSet<String>,
}

impl PictureStore {
    /// Stores a picture and returns its address.
    pub(super) fn store(&mut self, format: Format, bytes: Vec<u8>, random: &mut Random) -> String {
        let id = ids::picture_id(random);
        let address = address(format, &id);
        self.uploaded.insert(id, (format, bytes));
        address
    }

    /// Deletes a picture: its address answers 404 from now on.
    pub(super) fn delete(&mut self, id: &str) {
        self.deleted.insert(id.to_owned());
    }

    /// Answers a request for a picture; `None` if the path is not that of a picture.
    pub(super) fn respond(&self, request: &ApiRequest, hotlink_protection: bool) -> Option<ApiResponse> {
        let (bucket, id, size) = parse_path(&request.path)?;
        if hotlink_protection && request.referer.as_deref().is_some_and(is_foreign) {
            return Some(ApiResponse::new(
                "image/png",
                test_image::png(&mut Random::of("此图片来自微信公众平台 未经允许不可引用"), 200, 200),
            ));
        }
        if self.deleted.contains(id) {
            return Some(ApiResponse::html(404));
        }
        Some(match self.uploaded.get(id) {
            Some((format, bytes)) => ApiResponse::new(format.content_type(), resized(*format, bytes, size)),
            None => generate(bucket, id, size, request.query.get("wx_fmt").map_or("", String::as_str)),
        })
    }
}

/// Returns a new address. Its picture is generated when it is requested.
pub(super) fn new_address(random: &mut Random) -> String {
    address(Format::Jpeg, &ids::picture_id(random))
}

fn address(format: Format, id: &str) -> String {
    let (bucket, wx_fmt) = format.address();
    format!("{HOST}/{bucket}/{id}/0?wx_fmt={wx_fmt}")
}

/// Splits `/mmbiz_jpg/ID/640`; some addresses end after the id's slash.
fn parse_path(path: &str) -> Option<(&str, &str, &str)> {
    let (bucket, rest) = path.strip_prefix('/')?.split_once('/')?;
    let (id, size) = rest.split_once('/').unwrap_or((rest, "0"));
    (bucket.trim_start_matches("sz_").starts_with("mmbiz") && !id.is_empty()).then_some((bucket, id, size))
}

/// Returns whether a referer is a page of another site.
fn is_foreign(referer: &str) -> bool {
    let host = referer.split("://").last().unwrap_or_default().split(['/', ':', '?']).next().unwrap_or_default();
    !["weixin.qq.com", "qpic.cn"].iter().any(|home| host == *home || host.ends_with(&format!(".{home}")))
}

/// Returns an uploaded picture in the size that the address names. Animations, and what cannot be decoded, are unchanged.
fn resized(format: Format, bytes: &[u8], size: &str) -> Vec<u8> {
    let scaled = || {
        let width: u32 = size.parse().ok().filter(|width| *width > 0)?;
        let format = match format {
            Format::Jpeg => ImageFormat::Jpeg,
            Format::Png => ImageFormat::Png,
            Format::Gif | Format::Bmp => return None,
        };
        let picture = image::load_from_memory_with_format(bytes, format).ok().filter(|it| it.width() > width)?;
        let mut out = io::Cursor::new(Vec::new());
        picture.resize(width, u32::MAX, FilterType::Triangle).write_to(&mut out, format).ok()?;
        Some(out.into_inner())
    };
    scaled().unwrap_or_else(|| bytes.to_vec())
}

fn generate(bucket: &str, id: &str, size: &str, wx_fmt: &str) -> ApiResponse {
    let width = size.parse().ok().filter(|width| (1..WIDTH).contains(width)).unwrap_or(WIDTH);
    let mut random = Random::of(id);
    match wx_fmt {
        "png" => ApiResponse::new("image/png", test_image::png(&mut random, width, width * 5 / 8)),
        "gif" => ApiResponse::new("image/gif", test_image::gif(&mut random)),
        "" if bucket.ends_with("png") => {
            ApiResponse::new("image/png", test_image::png(&mut random, width, width * 5 / 8))
        }
        "" if bucket.ends_with("gif") => ApiResponse::new("image/gif", test_image::gif(&mut random)),
        _ => ApiResponse::new("image/jpeg", test_image::jpeg(&mut random, width, width * 5 / 8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        assert_eq!(parse_path("/mmbiz_jpg/abc/640"), Some(("mmbiz_jpg", "abc", "640")));
        assert_eq!(parse_path("/sz_mmbiz_png/abc/"), Some(("sz_mmbiz_png", "abc", "")));
        assert_eq!(parse_path("/mmbiz/abc"), Some(("mmbiz", "abc", "0")));
        assert_eq!(parse_path("/favicon.ico"), None);
    }

    #[test]
    fn only_the_platforms_own_pages_may_embed_pictures() {
        for (referer, foreign) in [
            ("https://mp.weixin.qq.com/", false),
            ("https://mp.weixin.qq.com:443/s?x=1", false),
            ("https://example.com/weixin.qq.com", true),
            ("http://127.0.0.1:8080/", true),
            ("https://notweixin.qq.com.example.com", true),
        ] {
            assert_eq!(is_foreign(referer), foreign, "{referer}");
        }
    }

    #[test]
    fn an_uploaded_picture_is_as_wide_as_its_address_says() {
        let original = test_image::jpeg(&mut Random::new(1), 960, 600);
        let width = |size| {
            let bytes = resized(Format::Jpeg, &original, size);
            image::load_from_memory(&bytes).unwrap().width()
        };
        assert_eq!(["640", "300", "960", "2000"].map(width), [640, 300, 960, 960]);
        assert_eq!(resized(Format::Jpeg, &original, "0"), original);
        assert_eq!(resized(Format::Png, b"no picture", "640"), b"no picture");
    }

    #[test]
    fn what_is_drawn_is_what_its_type_says() {
        for (wx_fmt, format) in
            [("jpeg", Format::Jpeg), ("png", Format::Png), ("gif", Format::Gif), ("other", Format::Jpeg)]
        {
            let answer = generate("mmbiz", "abc", "0", wx_fmt);
            assert_eq!(Format::of(&answer.body), Some(format));
            assert_eq!(answer.content_type, format.content_type());
        }
    }
}
