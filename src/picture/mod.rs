//! Pictures: which ones a document needs, where their originals are, what their bytes are.
//!
//! Pure: nothing is fetched, and no pixel is decoded but where a picture is made fit to be uploaded.

mod address;
mod image_refs;
mod inspect;
mod prepare;

pub use address::{is_picture_host, original};
pub use image_refs::{ImageRef, ImageRole, image_refs};
pub use inspect::{ImageError, ImageFormat, ImageInfo, inspect};
pub use prepare::{Fitting, PreparedImage, UploadTarget, prepare};
