//! One official account: its access data and everything it holds.

use super::article::Article;
use super::ids;
use super::pictures::Format;
use super::profile::Profile;
use super::quota::Quota;
use super::random::Random;
use super::refusal::Refusal;
use super::token::AccountTokens;

/// An official account.
#[derive(Clone)]
pub struct Account {
    pub(super) appid: String,
    pub(super) secret: String,
    pub(super) profile: Profile,
    /// May have comments (留言); otherwise they are rejected with 88000.
    pub(super) comments: bool,
    /// May sell goods (带货); otherwise they are rejected with 53406.
    pub(super) goods: bool,
    pub(super) whitelist: Whitelist,
    pub(super) tokens: AccountTokens,
    pub(super) quota: Quota,
    /// In order of creation.
    pub(super) drafts: Vec<Draft>,
    pub(super) materials: Vec<Material>,
    pub(super) jobs: Vec<PublishJob>,
    /// In order of publication.
    pub(super) published: Vec<PublishedMessage>,
}

impl Account {
    /// A verified account with an empty draft box, open to calls from everywhere.
    pub fn new(appid: &str, secret: &str) -> Self {
        Self {
            appid: appid.to_owned(),
            secret: secret.to_owned(),
            profile: Profile::Verified,
            comments: true,
            goods: false,
            whitelist: Whitelist::default(),
            tokens: AccountTokens::default(),
            quota: Quota::default(),
            drafts: Vec::new(),
            materials: Vec::new(),
            jobs: Vec::new(),
            published: Vec::new(),
        }
    }

    /// Returns the account with another profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Returns the account with a whitelist of addresses that may request tokens.
    #[must_use]
    pub fn whitelist(mut self, addresses: &[&str]) -> Self {
        self.whitelist.in_force = Some(addresses.iter().map(ToString::to_string).collect());
        self
    }

    /// Returns the account without the right to have comments.
    #[must_use]
    pub fn without_comments(mut self) -> Self {
        self.comments = false;
        self
    }

    /// Returns the account with the right to sell goods.
    #[must_use]
    pub fn with_goods(mut self) -> Self {
        self.goods = true;
        self
    }

    /// Returns the position of a draft that is visible by now.
    pub(super) fn position(&self, media_id: &str, now: i64) -> Result<usize, Refusal> {
        let known = |draft: &Draft| draft.media_id == media_id && draft.visible_from <= now;
        self.drafts.iter().position(known).ok_or_else(|| Refusal::of(40007))
    }

    /// Returns a permanent picture of this account.
    pub(super) fn picture(&self, media_id: &str) -> Option<&Material> {
        self.materials
            .iter()
            .find(|material| material.media_id == media_id && material.kind == "image" && !material.temporary)
    }

    pub(super) fn next_media_id(&self, random: &mut Random) -> String {
        ids::media_id(&self.appid, random)
    }
}

/// Addresses that may request tokens; `None` allows all.
#[derive(Clone, Debug, Default)]
pub(super) struct Whitelist {
    in_force: Option<Vec<String>>,
    coming: Option<(i64, Option<Vec<String>>)>,
}

impl Whitelist {
    /// An edit takes effect after a delay.
    pub(super) fn edit(&mut self, addresses: Option<Vec<String>>, in_force_from: i64) {
        self.coming = Some((in_force_from, addresses));
    }

    pub(super) fn check(&mut self, ip: &str, now: i64) -> Result<(), Refusal> {
        if let Some((_, coming)) = self.coming.take_if(|(from, _)| *from <= now) {
            self.in_force = coming;
        }
        match &self.in_force {
            Some(addresses) if !addresses.iter().any(|address| address == ip) => Err(Refusal::address(ip)),
            _ => Ok(()),
        }
    }
}

/// A draft in the box.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// Stays the same until the draft leaves the box.
    pub media_id: String,
    /// In the order of the draft.
    pub articles: Vec<Article>,
    /// Unix seconds.
    pub create_time: i64,
    /// Unix seconds.
    pub update_time: i64,
    pub(super) visible_from: i64,
}

impl Draft {
    pub(super) fn new(media_id: String, articles: Vec<Article>, now: i64) -> Self {
        Self { media_id, articles, create_time: now, update_time: now, visible_from: now }
    }

    /// Returns the title of the first article.
    pub fn title(&self) -> &str {
        self.articles.first().map_or("", |article| article.text("title"))
    }
}

/// An uploaded file.
#[derive(Clone)]
pub(super) struct Material {
    pub media_id: String,
    /// `image`, `voice`, `video` or `thumb`.
    pub kind: String,
    pub name: String,
    /// Of an image.
    pub url: String,
    pub format: Option<Format>,
    pub bytes: Vec<u8>,
    pub uploaded_at: i64,
    /// From `media/upload`: removed after three days, and not usable in drafts.
    pub temporary: bool,
    /// Title and introduction of a video.
    pub about: [String; 2],
}

/// A job of `freepublish/submit`.
#[derive(Clone, Debug)]
pub(super) struct PublishJob {
    pub publish_id: i64,
    pub media_id: String,
    pub done_at: i64,
    pub state: JobState,
}

/// The state of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum JobState {
    /// `publish_status` 1.
    Running,
    /// `publish_status` 0, with the article_id.
    Done(String),
    /// `publish_status` 3.
    Failed,
}

/// A published message.
#[derive(Clone, Debug)]
pub(super) struct PublishedMessage {
    pub article_id: String,
    pub articles: Vec<Article>,
    pub create_time: i64,
    pub update_time: i64,
    /// Sent to all followers: `freepublish/*` does not list it.
    pub notified: bool,
}
