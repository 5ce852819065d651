//! Prepares pictures for an upload: what the platform would refuse is converted or scaled, everything else is unchanged.

use std::borrow::Cow;
use std::io::Cursor;

use image::DynamicImage;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;

use super::conversion::UploadTarget;
use super::decode::{Decoded, Profile, decode};
use super::image_change::ImageChange;
use super::inspect::{ImageError, ImageFormat, inspect};

/// The first size of scaled pictures: wider than any screen that articles are read on.
const FIRST_SIDE: u32 = 2_560;

/// The quality of JPEGs, of 100: visually like the original.
const QUALITY: u8 = 88;

/// A picture that the platform accepts.
#[derive(Clone, Debug)]
pub struct PreparedImage<'a> {
    pub bytes: Cow<'a, [u8]>,
    pub kind: ImageFormat,
    /// How it was converted; `None` if it is unchanged.
    pub changed: Option<ImageChange>,
}

/// Prepares a picture for an endpoint.
///
/// # Errors
///
/// If it cannot be decoded, or would need too much memory.
pub fn prepare(bytes: &[u8], endpoint: UploadTarget) -> Result<PreparedImage<'_>, ImageError> {
    let kind = inspect(bytes)?.kind;
    if endpoint.takes(kind, bytes.len()) {
        return Ok(PreparedImage { bytes: Cow::Borrowed(bytes), kind, changed: None });
    }
    let Decoded { picture: decoded, profile } = decode(bytes, kind)?;
    let own_side = decoded.width().max(decoded.height());
    let smaller = (0..5).map(|halvings| FIRST_SIDE >> halvings).filter(|side| *side < own_side);
    for side in std::iter::once(own_side).chain(smaller) {
        let scaled = scaled(&decoded, side);
        let (bytes, as_kind) = encode(&scaled, &profile)?;
        if endpoint.takes(as_kind, bytes.len()) {
            let (scaled, loses_profile) = (sizes(&decoded, &scaled), profile.is_lost());
            let changed = Some(ImageChange { from: kind, to: as_kind, scaled, loses_profile });
            return Ok(PreparedImage { bytes: Cow::Owned(bytes), kind: as_kind, changed });
        }
    }
    Err(ImageError::Refused("it stays too large for the platform, however much it is scaled".to_owned()))
}

fn scaled(picture: &DynamicImage, side: u32) -> Cow<'_, DynamicImage> {
    if picture.width().max(picture.height()) <= side {
        return Cow::Borrowed(picture);
    }
    Cow::Owned(picture.resize(side, side, FilterType::CatmullRom))
}

/// What is transparent stays so, in a PNG; everything else becomes a JPEG.
fn encode(picture: &DynamicImage, profile: &Profile) -> Result<(Vec<u8>, ImageFormat), ImageError> {
    let mut bytes = Cursor::new(Vec::new());
    let is_transparent = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255);
    let (written, kind) = if is_transparent {
        let mut encoder = PngEncoder::new(&mut bytes);
        let given = profile.give_to(&mut encoder);
        (given.and_then(|()| picture.to_rgba8().write_with_encoder(encoder)), ImageFormat::Png)
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        let given = profile.give_to(&mut encoder);
        (given.and_then(|()| picture.to_rgb8().write_with_encoder(encoder)), ImageFormat::Jpeg)
    };
    written.map_err(|error| ImageError::Refused(format!("it cannot be encoded: {error}")))?;
    Ok((bytes.into_inner(), kind))
}

/// Returns the sizes of a picture before and after, if it was scaled.
fn sizes(before: &DynamicImage, after: &DynamicImage) -> Option<[(u32, u32); 2]> {
    let size = |picture: &DynamicImage| (picture.width(), picture.height());
    (before.width() != after.width()).then(|| [size(before), size(after)])
}

#[cfg(test)]
mod tests {
    use image::{ImageDecoder, ImageEncoder, ImageReader};
    use proptest::prelude::*;

    use super::*;

    fn noise(width: u32, height: u32, alpha: u8) -> DynamicImage {
        let pixel = |x: u32, y: u32| {
            let mixed = x.wrapping_mul(0x9e37_79b9) ^ y.wrapping_mul(0x85eb_ca6b);
            let mixed = mixed ^ (mixed >> 13).wrapping_mul(0xc2b2_ae35);
            image::Rgba([mixed as u8, (mixed >> 8) as u8, (mixed >> 16) as u8, alpha])
        };
        DynamicImage::ImageRgba8(image::RgbaImage::from_fn(width, height, pixel))
    }

    fn written(picture: &DynamicImage, format: image::ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = if format == image::ImageFormat::Jpeg {
            DynamicImage::ImageRgb8(picture.to_rgb8())
        } else {
            picture.clone()
        };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn what_the_platform_takes_goes_as_it_is() {
        for (format, endpoint) in [
            (image::ImageFormat::Jpeg, UploadTarget::Body),
            (image::ImageFormat::Png, UploadTarget::Body),
            (image::ImageFormat::Gif, UploadTarget::Material),
            (image::ImageFormat::Bmp, UploadTarget::Material),
        ] {
            let bytes = written(&noise(8, 8, 255), format);
            let prepared = prepare(&bytes, endpoint).unwrap();
            assert_eq!((&*prepared.bytes, prepared.changed), (&*bytes, None), "{format:?}");
        }
    }

    #[test]
    fn what_it_does_not_take_is_converted_and_told() {
        for (picture, format, endpoint, expected) in [
            (noise(8, 8, 255), image::ImageFormat::WebP, UploadTarget::Body, "a WEBP became a JPG"),
            (noise(8, 8, 9), image::ImageFormat::WebP, UploadTarget::Material, "a WEBP became a PNG"),
            (
                noise(8, 8, 255),
                image::ImageFormat::Gif,
                UploadTarget::Body,
                "a GIF became a JPG, its first picture alone",
            ),
            (noise(600, 500, 255), image::ImageFormat::Png, UploadTarget::Body, "a PNG became a JPG"),
            (
                noise(600, 500, 9),
                image::ImageFormat::Png,
                UploadTarget::Body,
                "a PNG became a PNG, scaled from 600 × 500 to 320 × 267",
            ),
        ] {
            let bytes = written(&picture, format);
            let prepared = prepare(&bytes, endpoint).unwrap();
            assert_eq!(prepared.changed.unwrap().to_string(), expected);
            assert_eq!(inspect(&prepared.bytes).unwrap().kind, prepared.kind);
            assert!(endpoint.takes(prepared.kind, prepared.bytes.len()));
        }
    }

    /// A JPEG of which the left half is dark, and whose EXIF data say that it is to be turned to the right.
    fn lying(width: u32, height: u32) -> Vec<u8> {
        let mut picture = noise(width, height, 255).to_rgb8();
        for (x, _, pixel) in picture.enumerate_pixels_mut() {
            pixel.0 = pixel.0.map(|value| if x < width / 2 { value / 16 } else { 160 + value / 4 });
        }
        // TIFF, one entry: orientation (0x112), a short, 6.
        let exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 100);
        encoder.set_exif_metadata(exif.to_vec()).unwrap();
        picture.write_with_encoder(encoder).unwrap();
        bytes
    }

    #[test]
    fn a_photo_that_is_encoded_anew_stays_upright() {
        let bytes = lying(1_000, 500);
        assert!(!UploadTarget::Body.takes(ImageFormat::Jpeg, bytes.len()), "{} bytes", bytes.len());
        let prepared = prepare(&bytes, UploadTarget::Body).unwrap();
        let shown = image::load_from_memory(&prepared.bytes).unwrap().to_rgb8();
        let (width, height) = shown.dimensions();
        assert_eq!(width * 2, height);
        let value = |y: u32| shown.get_pixel(width / 2, y).0[0];
        assert!(value(height / 4) < 90 && value(height * 3 / 4) > 90, "the dark half is above");
    }

    /// A picture too large for a body, in a file whose profile has this colour space.
    fn with_profile(alpha: u8, space: &[u8; 4]) -> Vec<u8> {
        let mut profile = vec![7; 128];
        profile[16..20].copy_from_slice(space);
        let mut bytes = Vec::new();
        let mut encoder = PngEncoder::new(&mut bytes);
        encoder.set_icc_profile(profile).unwrap();
        noise(600, 500, alpha).write_with_encoder(encoder).unwrap();
        bytes
    }

    #[test]
    fn colours_keep_their_profile_or_its_loss_is_told() {
        for (alpha, space, kept) in
            [(255, b"RGB ", true), (9, b"RGB ", true), (255, b"CMYK", false), (255, b"GRAY", false)]
        {
            let bytes = with_profile(alpha, space);
            let prepared = prepare(&bytes, UploadTarget::Body).unwrap();
            let format =
                if prepared.kind == ImageFormat::Png { image::ImageFormat::Png } else { image::ImageFormat::Jpeg };
            let mut reader = ImageReader::with_format(Cursor::new(&prepared.bytes), format).into_decoder().unwrap();
            let profile = reader.icc_profile().unwrap();
            assert_eq!(profile.as_deref().map(|icc| &icc[16..20]), kept.then_some(&space[..]), "{space:?}");
            let changed = prepared.changed.unwrap().to_string();
            assert_eq!(changed.ends_with(", without its colour profile"), !kept, "{changed}");
        }
    }

    #[test]
    fn a_picture_that_bursts_is_refused_before_it_does() {
        // A GIF that says to be 65,535 pixels wide and high.
        let bomb = b"GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02D\x01\x00;";
        assert!(matches!(prepare(bomb, UploadTarget::Body), Err(ImageError::Refused(_))));
        assert!(prepare(b"<svg><script>alert(1)</script></svg>", UploadTarget::Material).is_err());
    }

    proptest! {
        #[test]
        fn garbage_is_refused_without_harm(head in 0_usize..6, bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let heads: [&[u8]; 6] = [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ", b"BM"];
            let bytes = [heads[head], &bytes].concat();
            if let Ok(prepared) = prepare(&bytes, UploadTarget::Body) {
                prop_assert!(UploadTarget::Body.takes(prepared.kind, prepared.bytes.len()));
            }
        }
    }
}
