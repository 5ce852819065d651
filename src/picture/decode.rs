//! Decodes a picture to its pixels, upright, within a limit of memory.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageEncoder, ImageReader, ImageResult, Limits};

use super::inspect::{ImageError, ImageFormat};

/// The memory limit for decoding a picture, whatever size its header says: 64 megapixels of four bytes.
const MOST_MEMORY: u64 = 256 << 20;

/// The longest side of a picture that is decoded; a header may say anything.
const LONGEST_SIDE: u32 = 20_000;

/// Larger colour profiles are dropped, because they would leave no room for the picture. Profiles of screens and cameras have a
/// few kilobytes.
const LARGEST_PROFILE: usize = 64 << 10;

/// A picture without the file that it was in.
pub(super) struct Decoded {
    pub(super) picture: DynamicImage,
    pub(super) profile: Profile,
}

/// What the numbers of a picture's colours mean (ICC); without one, they are taken for sRGB.
pub(super) enum Profile {
    None,
    Kept(Vec<u8>),
    /// It is too large, or of other colours than those that are written: red, green and blue.
    Lost,
}

impl Profile {
    fn of(profile: Option<Vec<u8>>) -> Self {
        match profile {
            None => Self::None,
            // The colour space stands in the header (ICC.1, 7.2.6).
            Some(icc) if icc.len() <= LARGEST_PROFILE && icc.get(16..20) == Some(b"RGB ") => Self::Kept(icc),
            Some(_) => Self::Lost,
        }
    }

    pub(super) fn give_to(&self, encoder: &mut impl ImageEncoder) -> ImageResult<()> {
        match self {
            Self::Kept(icc) => encoder.set_icc_profile(icc.clone()).map_err(image::ImageError::Unsupported),
            Self::None | Self::Lost => Ok(()),
        }
    }

    /// Returns whether it cannot be kept.
    pub(super) fn is_lost(&self) -> bool {
        matches!(self, Self::Lost)
    }
}

/// Decodes a picture of this format.
///
/// # Errors
///
/// If it is no such picture, cannot be converted, or would need too much memory.
pub(super) fn decode(bytes: &[u8], kind: ImageFormat) -> Result<Decoded, ImageError> {
    let format = match kind {
        ImageFormat::Jpeg => image::ImageFormat::Jpeg,
        ImageFormat::Png => image::ImageFormat::Png,
        ImageFormat::Gif => image::ImageFormat::Gif,
        ImageFormat::Webp => image::ImageFormat::WebP,
        ImageFormat::Bmp => image::ImageFormat::Bmp,
        ImageFormat::Svg | ImageFormat::Avif | ImageFormat::Heic => {
            let reason = format!("the platform takes no {}, and it cannot be converted here", kind.as_str());
            return Err(ImageError::Refused(reason));
        }
    };
    upright(bytes, format).map_err(|error| ImageError::Refused(format!("it cannot be decoded: {error}")))
}

/// Decodes the pixels as a viewer shows them. A camera saves them as its sensor lies and writes into the EXIF data how to turn
/// them; what is encoded anew has no EXIF data.
fn upright(bytes: &[u8], format: image::ImageFormat) -> ImageResult<Decoded> {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    (limits.max_image_width, limits.max_image_height) = (Some(LONGEST_SIDE), Some(LONGEST_SIDE));
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation()?;
    // A profile that cannot be read is none to any viewer either.
    let profile = Profile::of(decoder.icc_profile().unwrap_or_default());
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(Decoded { picture, profile })
}
