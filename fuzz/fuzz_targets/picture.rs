//! Pictures: headers are read and pictures prepared within a limit of memory; what comes out is what the platform takes.

use draftkeep::picture::{ImageFormat, UploadTarget, inspect, prepare};

/// Larger ones only take longer: thirty bytes may say that they are 64 megapixels, which is the limit.
const MOST_PIXELS: u64 = 1 << 20;

pub fn run(data: &[u8]) {
    let Ok(info) = inspect(data) else { return };
    let side = |side: Option<u32>| side.map_or(1, u64::from);
    if side(info.width) * side(info.height) > MOST_PIXELS {
        return;
    }
    assert!(info.width != Some(0) && info.height != Some(0));
    for (target, limit) in [(UploadTarget::Body, 1 << 20), (UploadTarget::Material, 10 << 20)] {
        let Ok(prepared) = prepare(data, target) else { continue };
        assert!(prepared.bytes.len() <= limit);
        let after = inspect(&prepared.bytes).expect("what is sent is a picture");
        assert_eq!(after.kind, prepared.kind);
        let takes_gif = target == UploadTarget::Material;
        assert!(
            matches!(after.kind, ImageFormat::Jpeg | ImageFormat::Png)
                || takes_gif && matches!(after.kind, ImageFormat::Gif | ImageFormat::Bmp)
        );
        match prepared.changed {
            None => assert_eq!(&*prepared.bytes, data),
            Some(_) => assert!(after.width.is_some() && after.height.is_some(), "it was encoded with a size"),
        }
    }
}
