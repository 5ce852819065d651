//! What the platform takes of pictures, and what would become of one that it does not take.

use serde::{Deserialize, Serialize};

use super::inspect::ImageFormat;
use crate::model::counted;

/// The least size that is refused in a body (官方文档 上传图文消息内的图片: 1MB以下).
const BODY_LIMIT: usize = 1 << 20;

/// The largest size of a material (官方文档 新增永久素材).
const MATERIAL_LIMIT: usize = 10 << 20;

/// The endpoint that a picture is uploaded to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UploadTarget {
    /// `media/uploadimg`: jpg and png below 1 MB.
    Body,
    /// `material/add_material`: bmp, png, jpeg and gif up to 10 MB.
    Material,
}

impl UploadTarget {
    /// Returns the word that the archive has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Material => "material",
        }
    }

    /// Returns whether a picture of this format and length is taken unchanged.
    pub(super) fn takes(self, kind: ImageFormat, length: usize) -> bool {
        match self {
            Self::Body => matches!(kind, ImageFormat::Jpeg | ImageFormat::Png) && length < BODY_LIMIT,
            Self::Material => {
                matches!(kind, ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::Bmp)
                    && length <= MATERIAL_LIMIT
            }
        }
    }
}

/// The conversion of a picture that no endpoint accepts unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conversion {
    /// Another format, which looks the same.
    Converted,
    /// Only the first picture of an animation is kept.
    Still,
    /// It is compressed again, and scaled if that is not enough.
    Smaller,
    /// It cannot be converted.
    Refused,
}

impl Conversion {
    pub const ALL: [Self; 4] = [Self::Converted, Self::Still, Self::Smaller, Self::Refused];

    /// Returns the conversion for a picture of this format and size, without decoding it; `None` if an endpoint accepts it
    /// unchanged.
    pub fn of(kind: ImageFormat, length: usize, endpoints: &[UploadTarget]) -> Option<Self> {
        if endpoints.iter().any(|endpoint| endpoint.takes(kind, length)) {
            return None;
        }
        let limit = if endpoints.contains(&UploadTarget::Body) { BODY_LIMIT } else { MATERIAL_LIMIT };
        Some(match kind {
            ImageFormat::Svg | ImageFormat::Avif | ImageFormat::Heic => Self::Refused,
            ImageFormat::Gif => Self::Still,
            _ if length >= limit => Self::Smaller,
            _ => Self::Converted,
        })
    }

    /// Returns whether readers see the difference.
    pub fn is_loss(self) -> bool {
        self != Self::Converted
    }

    /// Describes what happens to this many pictures when they are uploaded.
    pub fn in_words(self, count: usize) -> String {
        let pictures = counted(count, "picture");
        match self {
            Self::Converted => format!("would convert {pictures} to JPG or PNG"),
            Self::Still => format!("would stop the animation of {} over 10 MB", counted(count, "GIF")),
            Self::Smaller => format!("would compress or scale down {pictures} over its limit"),
            Self::Refused => format!("is impossible for {pictures}: it takes no such format"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_must_be_done_is_known_before() {
        let body = &[UploadTarget::Body, UploadTarget::Material][..];
        let (small, large) = (BODY_LIMIT, MATERIAL_LIMIT + 1);
        for (kind, length, endpoints, expected) in [
            (ImageFormat::Jpeg, small, body, None),
            (ImageFormat::Jpeg, large, body, Some(Conversion::Smaller)),
            (ImageFormat::Gif, small, body, None),
            (ImageFormat::Gif, large, body, Some(Conversion::Still)),
            (ImageFormat::Webp, small - 1, body, Some(Conversion::Converted)),
            (ImageFormat::Webp, small, body, Some(Conversion::Smaller)),
            (ImageFormat::Webp, small, &[UploadTarget::Material], Some(Conversion::Converted)),
            (ImageFormat::Heic, small, &[UploadTarget::Material], Some(Conversion::Refused)),
        ] {
            assert_eq!(Conversion::of(kind, length, endpoints), expected, "{kind:?} of {length} bytes");
        }
    }
}
