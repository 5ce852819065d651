//! What people do at mp.weixin.qq.com: the web editor, which follows other rules than the API.

use super::account::{Draft, Material, Profile};
use super::article::Article;
use super::desk::Desk;
use super::drawing;
use super::picture::{self, Format};

/// There is no such draft, or no such article in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the draft box has no draft {media_id:?} with an article {index}")]
pub struct NotThere {
    /// As asked for.
    pub media_id: String,
    /// Counted from 0.
    pub index: usize,
}

impl Desk<'_> {
    /// Saves a new draft and returns its media_id. Nothing is rewritten or refused; without a cover it has none.
    pub fn create(&mut self, articles: Vec<Article>) -> String {
        let media_id = self.account.next_media_id(self.random);
        self.account.drafts.push(Draft::new(media_id.clone(), articles, self.now));
        media_id
    }

    /// Returns an article with the address of the material that is its cover, where it has none.
    pub(super) fn with_cover(&self, article: Article) -> Article {
        match self.account.picture(article.text("thumb_media_id")) {
            Some(material) if article.text("thumb_url").is_empty() => article.with("thumb_url", material.url.as_str()),
            _ => article,
        }
    }

    /// Edits one article and saves the draft: the media_id stays, the time of the update moves.
    pub fn edit(&mut self, media_id: &str, index: usize, change: impl FnOnce(&mut Article)) -> Result<(), NotThere> {
        let not_there = || NotThere { media_id: media_id.to_owned(), index };
        let draft = self.account.drafts.iter_mut().find(|draft| draft.media_id == media_id).ok_or_else(not_there)?;
        change(draft.articles.get_mut(index).ok_or_else(not_there)?);
        draft.update_time = self.now;
        Ok(())
    }

    /// Saves a draft without a change: only the time of its update moves.
    pub fn save(&mut self, media_id: &str) -> Result<(), NotThere> {
        self.edit(media_id, 0, |_| {})
    }

    /// Replaces all articles of a draft: the editor can add, remove and reorder them, which the API cannot.
    pub fn rearrange(&mut self, media_id: &str, change: impl FnOnce(&mut Vec<Article>)) -> Result<(), NotThere> {
        let not_there = || NotThere { media_id: media_id.to_owned(), index: 0 };
        let draft = self.account.drafts.iter_mut().find(|draft| draft.media_id == media_id).ok_or_else(not_there)?;
        change(&mut draft.articles);
        draft.update_time = self.now;
        Ok(())
    }

    /// Gives an article another cover, or crops the one it has, which is the same: a picture of a new address, and no
    /// media_id. Returns the address.
    pub fn crop_cover(&mut self, media_id: &str, index: usize) -> Result<String, NotThere> {
        let address = self.new_picture();
        self.edit(media_id, index, |article| {
            article.set("thumb_url", address.as_str());
            article.set("thumb_media_id", "");
        })?;
        Ok(address)
    }

    /// Returns the address of a picture that somebody just put into the editor.
    pub fn new_picture(&mut self) -> String {
        picture::fresh(self.random)
    }

    /// Puts a picture of these bytes into the editor, and returns its address; `None` where they are no picture.
    pub fn insert_picture(&mut self, bytes: Vec<u8>) -> Option<String> {
        Some(self.pictures.keep(Format::of(&bytes)?, bytes, self.random))
    }

    /// Puts a drawn picture into the library and returns its media_id and address, as an earlier `add_material` would.
    pub fn add_picture(&mut self, name: &str) -> (String, String) {
        let bytes = drawing::jpeg(self.random, 480, 300);
        let url = self.pictures.keep(Format::Jpeg, bytes.clone(), self.random);
        let material = Material {
            media_id: self.account.next_media_id(self.random),
            kind: "image".to_owned(),
            name: name.to_owned(),
            url,
            format: Some(Format::Jpeg),
            bytes,
            uploaded_at: self.now,
            temporary: false,
            about: Default::default(),
        };
        self.account.materials.push(material.clone());
        (material.media_id, material.url)
    }

    /// Returns the names of the materials in the library, the oldest first.
    pub fn materials(&self) -> Vec<String> {
        self.account.materials.iter().map(|material| material.name.clone()).collect()
    }

    /// Deletes a material from the library. What becomes of a cover that it is, [`super::Rules`] say; nobody saved the draft.
    pub fn delete_material(&mut self, media_id: &str) {
        self.account.materials.retain(|material| material.media_id != media_id);
        if !self.rules.deleted_covers_vanish {
            return;
        }
        let articles = self.account.drafts.iter_mut().flat_map(|draft| &mut draft.articles);
        for article in articles.filter(|article| article.text("thumb_media_id") == media_id) {
            article.set("thumb_media_id", "");
            article.set("thumb_url", "");
        }
    }

    /// Publishes a draft. With a notification it goes to all followers, and `freepublish/*` never lists it.
    pub fn publish(&mut self, media_id: &str, notify: bool) -> Result<(), NotThere> {
        let draft = self.take(media_id)?;
        self.release(draft, notify);
        Ok(())
    }

    /// Deletes a draft for good.
    pub fn delete(&mut self, media_id: &str) -> Result<(), NotThere> {
        self.take(media_id).map(drop)
    }

    fn take(&mut self, media_id: &str) -> Result<Draft, NotThere> {
        let found = self.account.drafts.iter().position(|draft| draft.media_id == media_id);
        let position = found.ok_or_else(|| NotThere { media_id: media_id.to_owned(), index: 0 })?;
        Ok(self.account.drafts.remove(position))
    }

    /// Edits the whitelist; in force after [`super::Rules::whitelist_delay`]. `None` lets everybody in.
    pub fn set_whitelist(&mut self, addresses: Option<&[&str]>) {
        let addresses = addresses.map(|addresses| addresses.iter().map(ToString::to_string).collect());
        self.account.whitelist.edit(addresses, self.now + self.rules.whitelist_delay);
    }

    /// Resets the AppSecret.
    pub fn set_secret(&mut self, secret: &str) {
        secret.clone_into(&mut self.account.secret);
    }

    /// Voids the tokens in use, as another system's forced refresh does: 40001 until the client asks again.
    pub fn revoke_tokens(&mut self) {
        self.account.tokens.revoke(self.now);
    }

    /// Makes the account one of another kind.
    pub fn set_profile(&mut self, profile: Profile) {
        self.account.profile = profile;
    }
}
