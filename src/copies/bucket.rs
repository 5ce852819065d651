//! A bucket of an S3-compatible store.
//!
//! Such a store renames nothing: an object has its name as soon as it is complete. So a mark, an empty object, is put beside a copy before it
//! is sent, and is removed when the copy is proven. What has a mark is no copy.

mod error;
mod reader;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{Certificate, ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use tokio::runtime::{Builder, Runtime};

use self::error::{of, reason, unless_gone};
use self::reader::ObjectReader;
pub(super) use self::upload::ObjectUpload;
use super::error::CopyError;
use super::name::CopyName;
use super::stored::StoredCopy;
use crate::config::{Addressing, S3Target, ca_certificates};
use crate::http_client::install_tls_provider;
use crate::secret::Secret;

/// How many bytes are sent and read at once. A store takes 10,000 parts of an object: enough for 80 GB.
const PART: usize = 8 << 20;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest silence while bytes are sent or awaited.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a request is repeated that the store or the network failed: a few seconds in all. The daemon tries the whole copy again later.
const RETRIES: usize = 4;

/// The keys of a bucket.
#[derive(Debug)]
pub struct S3Keys {
    pub id: Secret,
    pub secret: Secret,
}

/// A bucket, and the prefix below which copies are.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    prefix: Path,
    runtime: Arc<Runtime>,
    place: String,
}

impl Bucket {
    /// Contacts nobody. Must not be made, used or dropped where futures run.
    pub(super) fn new(target: &S3Target, keys: &S3Keys) -> Result<Self, CopyError> {
        let place = target.to_string();
        let failed = |reason: String| CopyError::Other { place: place.clone(), reason };
        install_tls_provider();
        let authorities = target.ca_file.as_deref().map_or_else(|| Ok(Vec::new()), ca_certificates);
        let authorities = authorities.map_err(|error| failed(format!("ca_file cannot be used: {error}")))?;
        let mut options = ClientOptions::new()
            .with_allow_http(true)
            .with_timeout_disabled()
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_read_timeout(READ_TIMEOUT);
        for der in &authorities {
            options =
                options.with_root_certificate(Certificate::from_der(der).map_err(|error| failed(reason(&error)))?);
        }
        let retry = RetryConfig { max_retries: RETRIES, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&target.bucket)
            .with_region(&target.region)
            .with_access_key_id(keys.id.expose())
            .with_secret_access_key(keys.secret.expose())
            .with_virtual_hosted_style_request(target.addressing == Addressing::Virtual)
            // 阿里云 OSS and 腾讯云 COS take the removal of one object alone.
            .with_disable_bulk_delete(true)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = target.address() {
            builder = builder.with_endpoint(endpoint);
        }
        let store = builder.build().map_err(|error| failed(reason(&error)))?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| failed(error.to_string()))?;
        let prefix = Path::from(target.prefix.as_str());
        Ok(Self { store: Arc::new(store), prefix, runtime: Arc::new(runtime), place })
    }

    pub(super) fn list(&self) -> Result<Vec<StoredCopy>, CopyError> {
        Ok(self.look()?.copies)
    }

    /// Begins a copy, and removes what copies of the same archive left that were killed. Returns `None` where something has its name.
    pub(super) fn create(&self, name: &CopyName) -> Result<Option<ObjectUpload>, CopyError> {
        let found = self.look()?;
        if found.copies.iter().any(|copy| copy.name == *name) {
            return Ok(None);
        }
        for left in found.unfinished.iter().filter(|left| left.archive == name.archive) {
            self.remove(left)?;
            self.delete(&self.mark(left))?;
        }
        self.wait(self.store.put(&self.mark(name), PutPayload::default()))?;
        Ok(Some(ObjectUpload::new(self, self.key(name), self.mark(name))))
    }

    /// Writes an object of this name and content, reads it back and removes it. Returns what was read.
    pub(super) fn try_out(&self, name: &str, content: &'static [u8]) -> Result<Vec<u8>, CopyError> {
        let key = self.prefix.clone().join(name);
        self.wait(self.store.put(&key, PutPayload::from_static(content)))?;
        let back = self.wait(async { self.store.get(&key).await?.bytes().await });
        let removed = self.delete(&key);
        let back = back?;
        removed.map(|()| back.to_vec())
    }

    pub(super) fn open(&self, name: &CopyName) -> Result<ObjectReader, CopyError> {
        ObjectReader::open(self, self.key(name))
    }

    pub(super) fn remove(&self, name: &CopyName) -> Result<(), CopyError> {
        self.delete(&self.key(name))
    }

    fn delete(&self, key: &Path) -> Result<(), CopyError> {
        self.wait(async { unless_gone(self.store.delete(key).await) })
    }

    fn look(&self) -> Result<Found, CopyError> {
        let prefix = Some(&self.prefix).filter(|prefix| !prefix.as_ref().is_empty());
        let objects = self.wait(self.store.list_with_delimiter(prefix))?.objects;
        let unfinished: Vec<CopyName> =
            objects.iter().filter_map(|object| CopyName::of_unfinished(object.location.filename()?)).collect();
        let copy = |object: &ObjectMeta| {
            let name = object.location.filename()?.parse().ok()?;
            (!unfinished.contains(&name)).then_some(StoredCopy { name, size: object.size })
        };
        Ok(Found { copies: objects.iter().filter_map(copy).collect(), unfinished })
    }

    fn key(&self, name: &CopyName) -> Path {
        self.prefix.clone().join(name.to_string())
    }

    fn mark(&self, name: &CopyName) -> Path {
        self.prefix.clone().join(name.unfinished())
    }

    fn wait<T>(&self, request: impl Future<Output = object_store::Result<T>>) -> Result<T, CopyError> {
        self.runtime.block_on(request).map_err(|error| of(&self.place, &error))
    }
}

/// What is in a bucket.
struct Found {
    copies: Vec<StoredCopy>,
    /// What has a mark.
    unfinished: Vec<CopyName>,
}
