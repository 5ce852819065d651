//! Pictures: which ones a document needs, where their originals are, what their bytes are.
//!
//! Pure: nothing is downloaded. Pixels are decoded only to prepare a picture for an upload.

mod address;
mod conversion;
mod decode;
mod image_change;
mod image_refs;
mod inspect;
mod prepare;

pub use address::{is_picture_host, original};
pub use conversion::{Conversion, UploadTarget};
pub use image_change::ImageChange;
pub use image_refs::{ImageRef, ImageRole, image_refs};
pub use inspect::{ImageError, ImageFormat, ImageInfo, inspect};
pub use prepare::{PreparedImage, prepare};
