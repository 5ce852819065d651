//! Places outside of the archive where copies of it are: what is there, a copy written, read back and removed.
//!
//! A copy is one file: SQLite, compressed (`pack.rs`), and encrypted where somebody is named who may read it (`encryption.rs`). It counts only once it is complete and proven: until then, a file of a directory
//! has another name, and an object of a bucket a mark beside it. What is not named as copies are ([`CopyName`]) is neither listed nor touched.

mod bucket;
mod destination;
mod directory;
mod encryption;
mod error;
mod fault;
mod format;
mod name;
mod pack;
mod stored;
mod unpacked;

pub use self::bucket::S3Keys;
pub use self::destination::{Destination, Upload};
pub use self::encryption::{Encryption, Encryptor, ReadBackKey, decrypt};
pub use self::error::CopyError;
pub use self::fault::{CopyFault, CopyFaultKind, PlaceFault};
pub use self::format::encryption_of;
pub use self::name::CopyName;
pub use self::pack::{Packer, unpack};
pub use self::stored::StoredCopy;
pub use self::unpacked::{TemporaryFile, UnpackError, UnpackedCopy};
