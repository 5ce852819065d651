//! Detects what bytes are, by their first bytes and header. The server's content type is ignored.

use imagesize::ImageType;
use serde::{Deserialize, Serialize};

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageFormat {
    Jpeg,
    Png,
    Gif,
    Webp,
    Bmp,
    Svg,
    Avif,
    Heic,
}

impl ImageFormat {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Jpeg, Self::Png, Self::Gif, Self::Webp, Self::Bmp, Self::Svg, Self::Avif, Self::Heic];

    /// Returns its MIME type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Svg => "image/svg+xml",
            Self::Avif => "image/avif",
            Self::Heic => "image/heic",
        }
    }

    /// Returns its file extension.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Gif => "gif",
            Self::Webp => "webp",
            Self::Bmp => "bmp",
            Self::Svg => "svg",
            Self::Avif => "avif",
            Self::Heic => "heic",
        }
    }

    /// Returns its name for people.
    pub fn name(self) -> String {
        self.extension().to_uppercase()
    }

    /// Returns the format of a MIME type.
    pub fn of(media_type: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == media_type)
    }
}

/// Format and size of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageInfo {
    pub kind: ImageFormat,
    /// In pixels; `None` if the header does not have it.
    pub width: Option<u32>,
    pub height: Option<u32>,
}

/// Why bytes are not a picture, or not a usable one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    #[error("an empty file came")]
    Empty,
    #[error("a page of HTML came in its place")]
    Html,
    #[error("what came is no picture that is known")]
    Unknown,
    /// In words.
    #[error("{0}")]
    Refused(String),
}

/// Inspects bytes without decoding pixels, so that a picture that would need too much memory does no harm.
///
/// # Errors
///
/// If they are not a picture.
pub fn inspect(bytes: &[u8]) -> Result<ImageInfo, ImageError> {
    if bytes.is_empty() {
        return Err(ImageError::Empty);
    }
    if let Some(kind) = by_magic(bytes) {
        let size = imagesize::blob_size(bytes).ok();
        let side = |side: usize| u32::try_from(side).ok().filter(|&side| side > 0);
        let (width, height) = (size.and_then(|size| side(size.width)), size.and_then(|size| side(size.height)));
        return Ok(ImageInfo { kind, width, height });
    }
    match markup(bytes) {
        Some("svg") => Ok(ImageInfo { kind: ImageFormat::Svg, width: None, height: None }),
        Some(_) => Err(ImageError::Html),
        None => Err(ImageError::Unknown),
    }
}

fn by_magic(bytes: &[u8]) -> Option<ImageFormat> {
    use imagesize::Compression;
    Some(match imagesize::image_type(bytes).ok()? {
        ImageType::Jpeg => ImageFormat::Jpeg,
        ImageType::Png => ImageFormat::Png,
        ImageType::Gif => ImageFormat::Gif,
        ImageType::Webp => ImageFormat::Webp,
        ImageType::Bmp => ImageFormat::Bmp,
        ImageType::Heif(Compression::Av1) => ImageFormat::Avif,
        ImageType::Heif(_) => ImageFormat::Heic,
        _ => return None,
    })
}

/// Returns the name of the first element of a text in XML or HTML; a name that is none for a doctype of HTML.
fn markup(bytes: &[u8]) -> Option<&str> {
    const ENOUGH: usize = 4096;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let head = &bytes[..bytes.len().min(ENOUGH)];
    let mut rest = match str::from_utf8(head) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
    };
    loop {
        rest = rest.trim_start();
        let (skipped, end) = match rest {
            _ if rest.starts_with("<!--") => (4, "-->"),
            _ if rest.starts_with("<?") || rest.get(..9).is_some_and(|it| it.eq_ignore_ascii_case("<!doctype")) => {
                (2, ">")
            }
            _ => break,
        };
        rest = rest[skipped..].split_once(end)?.1;
    }
    let name = rest.strip_prefix('<')?;
    let length = name.find(|letter: char| !letter.is_ascii_alphanumeric()).unwrap_or(name.len());
    Some(&name[..length])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bytes_are_believed_and_nothing_else() {
        let gif = b"GIF89a\x02\x00\x03\x00\x80\x00\x00";
        assert_eq!(inspect(gif), Ok(ImageInfo { kind: ImageFormat::Gif, width: Some(2), height: Some(3) }));
        for (bytes, expected) in [
            (&b""[..], Err(ImageError::Empty)),
            (b"<!DOCTYPE html><html></html>", Err(ImageError::Html)),
            (b"  <html><body>", Err(ImageError::Html)),
            (b"{\"errcode\":40001}", Err(ImageError::Unknown)),
            (b"\xff\xfe\x00", Err(ImageError::Unknown)),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<!-- a --><svg xmlns=\"x\"/>", Ok(ImageFormat::Svg)),
            (b"<svg width='1'><script>alert(1)</script></svg>", Ok(ImageFormat::Svg)),
            (b"RIFF\x00\x00\x00\x00WEBPVP8 ", Ok(ImageFormat::Webp)),
        ] {
            assert_eq!(inspect(bytes).map(|examined| examined.kind), expected, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn a_kind_is_known_by_its_media_type() {
        for kind in ImageFormat::ALL {
            assert_eq!(ImageFormat::of(kind.as_str()), Some(kind));
        }
        assert_eq!(ImageFormat::of("text/html"), None);
    }

    proptest! {
        #[test]
        fn garbage_is_examined_without_harm(head in 0_usize..10, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let heads: [&[u8]; 10] = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBP", b"BM", b"<svg",
                b"\0\0\0\x20ftypavif", b"\0\0\0\x20ftypheic", b"<!--"];
            drop(inspect(&[heads[head], &bytes].concat()));
        }
    }
}
