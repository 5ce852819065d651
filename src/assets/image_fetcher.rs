//! Downloads a picture: from the material library by its `media_id`, or from its address.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::TimeDelta;

use super::hosts::Hosts;
use super::placeholder::Placeholder;
use crate::archive::{NewAsset, PendingDownload};
use crate::model::{CLOCK_TOLERANCE, Hash, Timestamp, quota_day_began};
use crate::picture;
use crate::wechat::{Client, Error, ErrorKind, PictureError, Referer};

/// Calls of `material/get_material` per day for pictures without an address. The platform documents no limit; similar limits
/// were reported from 50 for a test account to 1,000.
const MATERIALS_A_DAY: u64 = 800;

/// Of these, calls for pictures that also have an address, whose download costs no call.
const SPARE_MATERIALS_A_DAY: u64 = 200;

/// The wait before the library is used again after an error that is not about the picture, for example a wrong secret.
const LIBRARY_RETRY: TimeDelta = TimeDelta::minutes(15);

/// A failed download.
#[derive(Debug)]
pub(super) struct DownloadError {
    /// In words.
    pub(super) reason: String,
    pub(super) again: RetryAfter,
}

/// When a failed download is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RetryAfter {
    /// At growing intervals: something is wrong with the picture.
    LaterAndLater,
    /// Soon: the host is unreachable, which says nothing about the picture.
    Soon,
    /// When the material library can be used again.
    At(Timestamp),
    Never,
}

impl DownloadError {
    fn for_now(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), again: RetryAfter::LaterAndLater }
    }

    fn for_ever(reason: impl Into<String>) -> Self {
        Self { again: RetryAfter::Never, ..Self::for_now(reason) }
    }

    fn unreachable(reason: impl Into<String>) -> Self {
        Self { again: RetryAfter::Soon, ..Self::for_now(reason) }
    }
}

/// Downloads pictures of one account.
#[derive(Clone)]
pub(super) struct ImageFetcher {
    client: Client,
    /// The largest accepted picture, in bytes.
    largest: usize,
    placeholder: Placeholder,
    library: Arc<Mutex<MaterialQuota>>,
    hosts: Arc<Hosts>,
}

/// The account's material library.
#[derive(Debug, Default)]
struct MaterialQuota {
    /// Calls of `material/get_material` made today.
    used: u64,
    /// Until when it is not used, and why.
    blocked: Option<(Timestamp, String)>,
}

impl MaterialQuota {
    /// Returns until when it cannot be used, and why.
    fn blocked(&self, now: Timestamp) -> Option<(Timestamp, String)> {
        if self.used >= MATERIALS_A_DAY {
            let reason = format!("{MATERIALS_A_DAY} materials were read today, and no more are read in a day");
            return Some((next_day(now), reason));
        }
        // Nothing is blocked for longer than a day; a later time comes from a clock that was ahead.
        let is_in_force = |until: Timestamp| until > now && until - now <= TimeDelta::days(1) + CLOCK_TOLERANCE;
        self.blocked.clone().filter(|(until, _)| is_in_force(*until))
    }
}

impl ImageFetcher {
    pub(super) fn new(client: Client, largest: usize) -> Self {
        Self { client, largest, placeholder: Placeholder::default(), library: Arc::default(), hosts: Arc::default() }
    }

    /// Prepares a batch: how many materials were read today, whether the library is blocked, and which pictures are pending.
    pub(super) async fn prepare(
        &mut self,
        materials_used: u64,
        blocked: Option<(Timestamp, String)>,
        wanted: &[PendingDownload],
        now: Timestamp,
    ) {
        self.library().used = materials_used;
        if blocked.is_some() {
            self.library().blocked = blocked;
        }
        let addresses = wanted.iter().filter_map(|wanted| picture::original(wanted.address.as_deref()?));
        self.placeholder.learn(&self.client, &self.hosts, addresses, now).await;
    }

    /// Returns the state of the hosts in this run.
    pub(super) fn hosts(&self) -> &Hosts {
        &self.hosts
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Downloads a picture. The material is exactly the uploaded file, so it is tried first.
    pub(super) async fn fetch(&self, wanted: &PendingDownload, now: Timestamp) -> Result<NewAsset, DownloadError> {
        let in_library = match &wanted.media_id {
            Some(media_id) if wanted.address.is_none() || self.is_spare(now) => {
                Some(self.material(media_id, now).await)
            }
            _ => None,
        };
        match (in_library, &wanted.address) {
            (Some(Ok(asset)), _) => Ok(asset),
            (_, Some(address)) => self.download(address).await,
            (Some(missed), None) => missed,
            (None, None) => Err(DownloadError::for_ever("the draft tells neither its media_id nor its address")),
        }
    }

    fn is_spare(&self, now: Timestamp) -> bool {
        let library = self.library();
        library.used < SPARE_MATERIALS_A_DAY && library.blocked(now).is_none()
    }

    async fn material(&self, media_id: &str, now: Timestamp) -> Result<NewAsset, DownloadError> {
        if let Some((until, reason)) = self.library().blocked(now) {
            return Err(DownloadError { reason, again: RetryAfter::At(until) });
        }
        self.library().used += 1;
        match self.client.material_get(media_id, self.largest).await {
            Ok(bytes) => inspected(bytes),
            Err(error) => {
                let blocked_until = retry_at(&error, now);
                // Without the request's id, the reason is the same for many pictures, and is stored once.
                let reason = Error { rid: None, ..error }.to_string();
                if let Some(until) = blocked_until {
                    self.library().blocked = Some((until, reason.clone()));
                }
                Err(DownloadError { reason, again: blocked_until.map_or(RetryAfter::LaterAndLater, RetryAfter::At) })
            }
        }
    }

    fn library(&self) -> MutexGuard<'_, MaterialQuota> {
        self.library.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn download(&self, address: &str) -> Result<NewAsset, DownloadError> {
        let Some(original) = picture::original(address) else {
            return Err(DownloadError::for_ever(
                "it is at none of WeChat's picture hosts, and nothing else is asked for pictures",
            ));
        };
        let asked = self.hosts.download(&self.client, &original, Referer::Platform, self.largest).await;
        let bytes = asked.map_err(|error| match error {
            PictureError::Unreachable { .. } => DownloadError::unreachable(error.to_string()),
            error => DownloadError::for_now(error.to_string()),
        })?;
        if self.placeholder.is(&bytes) {
            return Err(DownloadError::for_now(
                "the platform's placeholder for pictures that it does not show came in its place",
            ));
        }
        inspected(bytes)
    }
}

fn inspected(bytes: Vec<u8>) -> Result<NewAsset, DownloadError> {
    let examined = picture::inspect(&bytes).map_err(|unfit| DownloadError::for_now(unfit.to_string()))?;
    let (kind, sha256) = (examined.kind.as_str(), Hash::of(&bytes));
    Ok(NewAsset { bytes, sha256, kind, width: examined.width, height: examined.height })
}

/// Returns until when the library is not used after a failure; a failure of one picture says nothing about others.
fn retry_at(error: &Error, now: Timestamp) -> Option<Timestamp> {
    match error.kind {
        ErrorKind::NotFound | ErrorKind::Oversize => None,
        _ => Some(error.blocks(now).map_or(now + LIBRARY_RETRY, |(_, until)| until)),
    }
}

/// Returns when the platform's counters are reset.
fn next_day(now: Timestamp) -> Timestamp {
    quota_day_began(now) + TimeDelta::days(1)
}
