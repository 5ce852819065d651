//! Provides the pictures for the target account: pictures that the platform still has are kept, earlier uploads are used again,
//! and archived pictures are uploaded.

use std::collections::HashMap;

use super::error::{MissingPicture, RestoreError};
use super::payload::ArticlePayload;
use super::result::UploadSummary;
use super::session::RestoreSession;
use crate::archive::{RestoreAction, RestoreId, Upload, VersionPicture};
use crate::canonical;
use crate::model::{Hash, article_number};
use crate::picture::{self, ImageRole, UploadTarget};
use crate::wechat::{Error, ErrorKind, Referer};

/// The platform accepts at most 10 MB, so no original is larger.
const LARGEST: usize = 32 << 20;

/// How many pages of the library, newest first, are searched for a picture that may have been uploaded.
const PAGES: u64 = 2;
const PAGE: u32 = 20;

/// The pictures of one restore.
pub(super) struct Uploader<'a> {
    session: &'a RestoreSession<'a>,
    restore: RestoreId,
    /// The media_id or address of a picture in the target account, by its identity and whether it is in the library.
    known: HashMap<(String, bool), String>,
    /// The addresses of uploaded library pictures, by media_id.
    addresses: HashMap<String, String>,
    summary: UploadSummary,
}

impl<'a> Uploader<'a> {
    pub(super) fn new(session: &'a RestoreSession<'a>, restore: RestoreId) -> Self {
        Self { session, restore, known: HashMap::new(), addresses: HashMap::new(), summary: UploadSummary::default() }
    }

    /// Returns the articles with pictures that the target account can use.
    ///
    /// # Errors
    ///
    /// If a cover or a picture of a 图片消息 is missing, or the platform refuses one.
    pub(super) async fn provide(
        mut self,
        articles: &[ArticlePayload],
    ) -> Result<(Vec<ArticlePayload>, UploadSummary), RestoreError> {
        let mut provided = Vec::with_capacity(articles.len());
        for sent in articles {
            provided.push(self.article(sent.clone()).await?);
        }
        Ok((provided, self.summary))
    }

    /// Returns the articles with the uploads that an earlier restore may have sent.
    pub(super) async fn recall(
        session: &RestoreSession<'_>,
        articles: &[ArticlePayload],
    ) -> Result<Vec<ArticlePayload>, RestoreError> {
        let mut recalled = articles.to_vec();
        for sent in &mut recalled {
            for picture in &sent.needed {
                let Some(asset) = &picture.asset else { continue };
                let endpoint =
                    if picture.needed.place == ImageRole::Body { UploadTarget::Body } else { UploadTarget::Material };
                let (account, sha256) = (session.account, asset.sha256);
                let upload =
                    session.context.archive.run(move |writer| writer.find_upload(account, endpoint, sha256)).await?;
                sent.uncertain_uploads.extend(upload.map(|upload| (picture.needed.clone(), upload)));
            }
        }
        Ok(recalled)
    }

    async fn article(&mut self, mut sent: ArticlePayload) -> Result<ArticlePayload, RestoreError> {
        let (mut list, mut addresses) = (HashMap::new(), HashMap::new());
        let conversions_before = self.summary.changed.len();
        for picture in std::mem::take(&mut sent.needed) {
            match picture.needed.place {
                ImageRole::Cover => {
                    let media_id = self.material(&picture).await?;
                    if let Some(address) = self.addresses.get(&media_id) {
                        sent.cover_address = Some(address.clone());
                    }
                    sent.fields.insert("thumb_media_id".to_owned(), media_id.into());
                }
                ImageRole::List => {
                    let media_id = self.material(&picture).await?;
                    list.insert(picture.needed.identity.clone(), media_id);
                }
                ImageRole::Body => {
                    let address = self.address(&picture).await?;
                    addresses.extend(address.map(|address| (picture.needed.identity.clone(), address)));
                }
            }
            sent.needed.push(picture);
        }
        if !list.is_empty() {
            // A picture may stand in a list twice, and is needed once.
            let provided = sent.pictures.iter().map(|id| list.get(id).unwrap_or(id).clone()).collect();
            sent.set_pictures(provided);
        }
        if !addresses.is_empty() {
            let body = canonical::replace_pictures(sent.text("content"), |identity| addresses.get(identity).cloned());
            sent.set_body(body);
        }
        sent.conversions = self.summary.changed[conversions_before..].to_vec();
        Ok(sent)
    }

    /// Returns the media_id of a cover or of a picture of a list.
    async fn material(&mut self, picture: &VersionPicture) -> Result<String, RestoreError> {
        let key = (picture.needed.identity.clone(), true);
        if let Some(media_id) = self.known.get(&key) {
            return Ok(media_id.clone());
        }
        let media_id = match self.find_material(picture).await? {
            Some(media_id) => {
                self.summary.kept += 1;
                media_id
            }
            None => self.new_material(picture).await?,
        };
        self.known.insert(key, media_id.clone());
        Ok(media_id)
    }

    async fn find_material(&mut self, picture: &VersionPicture) -> Result<Option<String>, RestoreError> {
        let own = picture.needed.media_id.clone().filter(|_| self.session.is_same_account());
        if let Some(media_id) = own
            && self.is_in_library(&media_id).await?
        {
            return Ok(Some(media_id));
        }
        let Some(sha256) = picture.asset.as_ref().map(|asset| asset.sha256) else { return Ok(None) };
        let Some(upload) = self.find_upload(UploadTarget::Material, sha256).await? else { return Ok(None) };
        match upload.media_id {
            Some(media_id) if self.is_in_library(&media_id).await? => {
                self.addresses.insert(media_id.clone(), upload.address);
                Ok(Some(media_id))
            }
            _ => Ok(None),
        }
    }

    /// Returns whether a picture is in the library, where pictures never change. If the account may not ask, `draft/add` will
    /// show it.
    async fn is_in_library(&self, media_id: &str) -> Result<bool, RestoreError> {
        match self.session.context.client.material_get(media_id, LARGEST).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
            Err(error) if matches!(error.kind, ErrorKind::Permission | ErrorKind::Quota) => Ok(true),
            Err(error) => Err(RestoreError::NotMade(error)),
        }
    }

    async fn find_upload(&self, endpoint: UploadTarget, sha256: Hash) -> Result<Option<Upload>, RestoreError> {
        let account = self.session.account;
        Ok(self.session.context.archive.run(move |writer| writer.find_upload(account, endpoint, sha256)).await?)
    }

    async fn new_material(&mut self, picture: &VersionPicture) -> Result<String, RestoreError> {
        let Some(bytes) = self.bytes(picture).await? else {
            let is_cover = picture.needed.place == ImageRole::Cover;
            return Err(MissingPicture::Gone { is_cover, number: article_number(picture.needed.position) }.into());
        };
        let upload = self.upload(bytes, UploadTarget::Material).await?;
        let media_id = upload.media_id.unwrap_or_default();
        self.addresses.insert(media_id.clone(), upload.address);
        Ok(media_id)
    }

    async fn bytes(&self, picture: &VersionPicture) -> Result<Option<Vec<u8>>, RestoreError> {
        let Some(sha256) = picture.asset.as_ref().map(|asset| asset.sha256) else { return Ok(None) };
        Ok(self.session.context.archive.run(move |writer| writer.asset(sha256)).await?)
    }

    /// Returns the new address of a picture in a body; `None` if it keeps its address.
    async fn address(&mut self, picture: &VersionPicture) -> Result<Option<String>, RestoreError> {
        let key = (picture.needed.identity.clone(), false);
        if let Some(address) = self.known.get(&key) {
            return Ok(Some(address.clone()).filter(|address| !address.is_empty()));
        }
        let address = self.good_address(picture).await?;
        self.known.insert(key, address.clone().unwrap_or_default());
        Ok(address)
    }

    async fn good_address(&mut self, picture: &VersionPicture) -> Result<Option<String>, RestoreError> {
        let sha256 = picture.asset.as_ref().map(|asset| asset.sha256);
        if self.loads(picture.needed.address.as_deref(), sha256).await {
            self.summary.kept += 1;
            return Ok(None);
        }
        let Some(sha256) = sha256 else {
            if picture.needed.is_at_wechat() {
                self.summary.lost.push(picture.needed.address.clone().unwrap_or_default());
            }
            return Ok(None);
        };
        for endpoint in [UploadTarget::Body, UploadTarget::Material] {
            if let Some(upload) = self.find_upload(endpoint, sha256).await?
                && self.loads(Some(&upload.address), None).await
            {
                self.summary.kept += 1;
                return Ok(Some(upload.address));
            }
        }
        let Some(bytes) = self.bytes(picture).await? else { return Ok(None) };
        match upload_target(&bytes) {
            Some(endpoint) => Ok(Some(self.upload(bytes, endpoint).await?.address)),
            None => {
                self.summary.lost.push(picture.needed.address.clone().unwrap_or_default());
                Ok(None)
            }
        }
    }

    /// Returns whether there is a picture at an address, with these bytes if they are known.
    async fn loads(&self, address: Option<&str>, sha256: Option<Hash>) -> bool {
        let Some(original) = address.and_then(picture::original) else { return false };
        match self.session.context.client.picture(&original, Referer::Platform, LARGEST).await {
            Ok(bytes) => sha256.map_or_else(|| picture::inspect(&bytes).is_ok(), |sha256| Hash::of(&bytes) == sha256),
            Err(_) => false,
        }
    }

    /// Uploads a picture, as a step of the restore.
    async fn upload(&mut self, bytes: Vec<u8>, endpoint: UploadTarget) -> Result<Upload, RestoreError> {
        let (account, sha256) = (self.session.account, Hash::of(&bytes));
        let prepared = picture::prepare(&bytes, endpoint).map_err(MissingPicture::Unusable)?;
        // The name identifies the picture in the library if the answer is lost.
        let name = format!("draftkeep-{}.{}", &sha256.to_string()[..16], prepared.kind.extension());
        let may_be_there = match endpoint {
            UploadTarget::Material => {
                self.session
                    .context
                    .archive
                    .run(move |writer| writer.has_unfinished_upload(account, endpoint, sha256))
                    .await?
            }
            UploadTarget::Body => false,
        };
        let step = self.session.begin_step(self.restore, RestoreAction::Upload(endpoint, sha256)).await?;
        let there = if may_be_there { self.find(&name).await? } else { None };
        let upload = match there {
            Some(upload) => upload,
            None => match self.send(&name, prepared.kind.as_str(), prepared.bytes.to_vec(), endpoint).await {
                Ok(upload) => upload,
                Err(failure) => return Err(self.refused(step, failure).await?),
            },
        };
        let (restore, written, now) = (self.restore, upload.clone(), self.session.context.clock.now());
        let unchanged = prepared.changed.is_none();
        let write = move |writer: &mut crate::archive::Writer| {
            writer.record_upload((restore, step), account, (endpoint, sha256), &written, unchanged, now)
        };
        self.session.context.archive.run(write).await?;
        self.summary.uploaded += 1;
        self.summary.changed.extend(prepared.changed);
        Ok(upload)
    }

    /// After a certain refusal, no search for the upload is needed.
    async fn refused(&self, step: u64, failure: RestoreError) -> Result<RestoreError, RestoreError> {
        if matches!(&failure, RestoreError::NotMade(error) if !error.has_unknown_effect()) {
            self.session.end_step(self.restore, step, None).await?;
        }
        Ok(failure)
    }

    async fn send(
        &self,
        name: &str,
        kind: &str,
        bytes: Vec<u8>,
        endpoint: UploadTarget,
    ) -> Result<Upload, RestoreError> {
        let client = self.session.context.client;
        match endpoint {
            UploadTarget::Body => {
                let address = client.image_upload(name, kind, bytes).await.map_err(RestoreError::NotMade)?;
                Ok(Upload { media_id: None, address })
            }
            UploadTarget::Material => match client.material_add(name, kind, bytes).await {
                Ok(uploaded) => Ok(Upload { media_id: Some(uploaded.media_id), address: uploaded.url }),
                Err(error) if error.has_unknown_effect() => self.find(name).await?.ok_or(RestoreError::NotMade(error)),
                Err(error) => Err(RestoreError::NotMade(error)),
            },
        }
    }

    /// Looks for a picture of this name in the library.
    async fn find(&self, name: &str) -> Result<Option<Upload>, RestoreError> {
        for page in 0..PAGES {
            let listed: Result<_, Error> =
                self.session.context.client.material_list(page * u64::from(PAGE), PAGE).await;
            let listed = listed.map_err(RestoreError::NotMade)?;
            if let Some(found) = listed.materials.into_iter().find(|material| material.name == name) {
                return Ok(Some(Upload { media_id: Some(found.media_id), address: found.url }));
            }
        }
        Ok(None)
    }
}

/// Returns where to upload a picture of a body: the endpoint that accepts it unchanged, else the one for bodies; `None` if
/// neither accepts it.
fn upload_target(bytes: &[u8]) -> Option<UploadTarget> {
    let fits = |endpoint| picture::prepare(bytes, endpoint).is_ok_and(|prepared| prepared.changed.is_none());
    [UploadTarget::Body, UploadTarget::Material]
        .into_iter()
        .find(|&endpoint| fits(endpoint))
        .or_else(|| picture::prepare(bytes, UploadTarget::Body).ok().map(|_| UploadTarget::Body))
}
