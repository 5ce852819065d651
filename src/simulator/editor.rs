//! The web editor at mp.weixin.qq.com, which follows other rules than the API.

use super::account::{Draft, Material};
use super::account_handle::AccountHandle;
use super::article::Article;
use super::pictures::{self, Format};
use super::profile::Profile;
use super::test_image;

/// There is no such draft, or no such article in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the draft box has no draft {media_id:?} with an article {index}")]
pub struct NotFound {
    /// As asked for.
    pub media_id: String,
    /// Counted from 0.
    pub index: usize,
}

impl AccountHandle<'_> {
    /// Saves a new draft and returns its media_id. Nothing is rewritten or rejected, and no cover is added.
    pub fn create(&mut self, articles: Vec<Article>) -> String {
        let media_id = self.state.next_media_id(self.random);
        self.state.drafts.push(Draft::new(media_id.clone(), articles, self.now));
        media_id
    }

    /// Returns the article with the address of its cover's material, if it has no address.
    pub(super) fn with_cover(&self, article: Article) -> Article {
        match self.state.picture(article.text("thumb_media_id")) {
            Some(material) if article.text("thumb_url").is_empty() => article.with("thumb_url", material.url.as_str()),
            _ => article,
        }
    }

    /// Edits one article and saves the draft: the media_id stays, `update_time` changes.
    pub fn edit(&mut self, media_id: &str, index: usize, change: impl FnOnce(&mut Article)) -> Result<(), NotFound> {
        let not_found = || NotFound { media_id: media_id.to_owned(), index };
        let draft = self.state.drafts.iter_mut().find(|draft| draft.media_id == media_id).ok_or_else(not_found)?;
        change(draft.articles.get_mut(index).ok_or_else(not_found)?);
        draft.update_time = self.now;
        Ok(())
    }

    /// Saves a draft without a change: only `update_time` changes.
    pub fn save(&mut self, media_id: &str) -> Result<(), NotFound> {
        self.edit(media_id, 0, |_| {})
    }

    /// Replaces all articles of a draft: the editor can add, remove and reorder them, which the API cannot.
    pub fn rearrange(&mut self, media_id: &str, change: impl FnOnce(&mut Vec<Article>)) -> Result<(), NotFound> {
        let not_found = || NotFound { media_id: media_id.to_owned(), index: 0 };
        let draft = self.state.drafts.iter_mut().find(|draft| draft.media_id == media_id).ok_or_else(not_found)?;
        change(&mut draft.articles);
        draft.update_time = self.now;
        Ok(())
    }

    /// Sets or crops the cover of an article. Both give a picture with a new address and no media_id. Returns the address.
    pub fn crop_cover(&mut self, media_id: &str, index: usize) -> Result<String, NotFound> {
        let address = self.new_picture();
        self.edit(media_id, index, |article| {
            article.set("thumb_url", address.as_str());
            article.set("thumb_media_id", "");
        })?;
        Ok(address)
    }

    /// Returns the address of a picture that was just inserted in the editor.
    pub fn new_picture(&mut self) -> String {
        pictures::new_address(self.random)
    }

    /// Inserts a picture in the editor and returns its address; `None` if the bytes are not a picture.
    pub fn insert_picture(&mut self, bytes: Vec<u8>) -> Option<String> {
        Some(self.pictures.store(Format::of(&bytes)?, bytes, self.random))
    }

    /// Adds a generated picture to the library and returns its media_id and address, like `add_material`.
    pub fn add_picture(&mut self, name: &str) -> (String, String) {
        let bytes = test_image::jpeg(self.random, 480, 300);
        let url = self.pictures.store(Format::Jpeg, bytes.clone(), self.random);
        let material = Material {
            media_id: self.state.next_media_id(self.random),
            kind: "image".to_owned(),
            name: name.to_owned(),
            url,
            format: Some(Format::Jpeg),
            bytes,
            uploaded_at: self.now,
            temporary: false,
            about: Default::default(),
        };
        self.state.materials.push(material.clone());
        (material.media_id, material.url)
    }

    /// Returns the names of the materials in the library, the oldest first.
    pub fn materials(&self) -> Vec<String> {
        self.state.materials.iter().map(|material| material.name.clone()).collect()
    }

    /// Deletes a material from the library. [`super::Behavior`] decides what happens to a cover made of it; the draft is not saved.
    pub fn delete_material(&mut self, media_id: &str) {
        self.state.materials.retain(|material| material.media_id != media_id);
        if !self.behavior.deleted_covers_vanish {
            return;
        }
        let articles = self.state.drafts.iter_mut().flat_map(|draft| &mut draft.articles);
        for article in articles.filter(|article| article.text("thumb_media_id") == media_id) {
            article.set("thumb_media_id", "");
            article.set("thumb_url", "");
        }
    }

    /// Publishes a draft. With a notification it goes to all followers, and `freepublish/*` never lists it.
    pub fn publish(&mut self, media_id: &str, notify: bool) -> Result<(), NotFound> {
        let draft = self.remove_draft(media_id)?;
        self.add_published(draft, notify);
        Ok(())
    }

    /// Deletes a draft for good.
    pub fn delete(&mut self, media_id: &str) -> Result<(), NotFound> {
        self.remove_draft(media_id).map(drop)
    }

    fn remove_draft(&mut self, media_id: &str) -> Result<Draft, NotFound> {
        let found = self.state.drafts.iter().position(|draft| draft.media_id == media_id);
        let position = found.ok_or_else(|| NotFound { media_id: media_id.to_owned(), index: 0 })?;
        Ok(self.state.drafts.remove(position))
    }

    /// Edits the whitelist; takes effect after [`super::Behavior::whitelist_delay`]. `None` allows all.
    pub fn set_whitelist(&mut self, addresses: Option<&[&str]>) {
        let addresses = addresses.map(|addresses| addresses.iter().map(ToString::to_string).collect());
        self.state.whitelist.edit(addresses, self.now + self.behavior.whitelist_delay);
    }

    /// Resets the AppSecret.
    pub fn set_secret(&mut self, secret: &str) {
        secret.clone_into(&mut self.state.secret);
    }

    /// Revokes the tokens in use, like a forced refresh by another system: 40001 until the client gets a new one.
    pub fn revoke_tokens(&mut self) {
        self.state.tokens.revoke(self.now);
    }

    /// Sets the profile of the account.
    pub fn set_profile(&mut self, profile: Profile) {
        self.state.profile = profile;
    }
}
