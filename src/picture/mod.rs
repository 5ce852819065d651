//! Pictures: which ones a document needs, where their originals are, what their bytes are.
//!
//! Pure: nothing is fetched, and no pixel is decoded but where a picture is made fit to be uploaded.

mod address;
mod examine;
mod find;
mod fit;

pub use address::{is_picture_host, original};
pub use examine::{Examined, Kind, Unfit, examine};
pub use find::{Needed, Place, needed};
pub use fit::{Door, Fitted, Fitting, fit};
