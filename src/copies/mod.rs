//! Places outside of the archive where copies of it are: what is there, a copy written, read back and removed.
//!
//! A copy is one file: SQLite, compressed ([`pack`]). It has its name ([`CopyName`]) only once it is complete and proven. Files that are
//! not named as copies are neither listed nor touched.

mod destination;
mod directory;
mod error;
mod name;
mod pack;
mod stored;

pub use self::destination::{Destination, Upload};
pub use self::error::CopyError;
pub use self::name::CopyName;
pub use self::pack::{Packer, unpack};
pub use self::stored::StoredCopy;
