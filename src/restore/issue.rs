//! What the operator or an editor should know before a restore.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{Timestamp, counted};
use crate::picture::Conversion;

/// Something that should be known before a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    pub weight: Severity,
    /// The article's position; `None` if it is about the draft.
    pub position: Option<usize>,
    pub kind: IssueKind,
}

/// What an issue means for the restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The platform certainly refuses it.
    Stop,
    /// The platform may refuse it.
    Risk,
    /// It will be lost.
    Loss,
}

impl Severity {
    /// Returns the word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Risk => "risk",
            Self::Loss => "loss",
        }
    }
}

/// What it is. Its `Display` is one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IssueKind {
    NoArticle,
    ManyArticles {
        articles: usize,
        limit: usize,
    },
    /// No cover, and none can be uploaded; `number` is the article's, from 1.
    NoCover {
        number: usize,
    },
    /// An article needs a text.
    NoText,
    /// A 图片消息 without a text passes on some accounts.
    NoCaption,
    NoPictures,
    ManyPictures {
        pictures: usize,
        limit: usize,
    },
    /// `field` is `title`, `author` or `digest`.
    LongField {
        field: Cow<'static, str>,
        size: TextSize,
        limit: usize,
    },
    LongContent {
        size: TextSize,
    },
    LongCaption {
        size: TextSize,
        limit: usize,
    },
    LongLink {
        size: TextSize,
        limit: usize,
    },
    Links(usize),
    /// By their kinds, in English.
    Cards(Vec<(Cow<'static, str>, usize)>),
    /// Pictures of other sites.
    OtherSites {
        pictures: usize,
    },
    RemovedStyles(usize),
    /// `<div>`s that become paragraphs.
    Divs(usize),
    Crop,
    /// Pictures that only the platform has.
    NotHeld {
        pictures: usize,
        is_newspic: bool,
    },
    /// What would become of pictures if they had to be uploaded again.
    Conversion {
        conversion: Conversion,
        pictures: usize,
    },
    /// The cover is not held, and its media_id is good in `owner` alone.
    OthersCover {
        owner: String,
        target: String,
        number: usize,
    },
    OthersPictures {
        owner: String,
    },
    /// The platform lets the account do nothing for a while; `message` are its words.
    Blocked {
        account: String,
        until: Timestamp,
        message: String,
    },
    NoCallsLeft {
        account: String,
        endpoint: String,
    },
}

/// The length of a text in both ways in which the platform may count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextSize {
    pub characters: usize,
    pub bytes: usize,
}

impl TextSize {
    pub(super) fn of(text: &str) -> Self {
        Self { characters: text.chars().count(), bytes: text.len() }
    }
}

impl fmt::Display for TextSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} and {}", counted(self.characters, "character"), counted(self.bytes, "byte"))
    }
}

impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoArticle => f.write_str("it has no article"),
            Self::ManyArticles { articles, limit } => {
                write!(f, "it has {articles} articles; drafts of more than {limit} were refused")
            }
            Self::NoCover { number } => write!(
                f,
                "the platform takes no article without a cover, and this one's has no media_id and is not held; \
                 give it one: --cover {number}=MEDIA_ID"
            ),
            Self::NoText => f.write_str("it has no text, which the platform does not take"),
            Self::NoCaption => f.write_str("it has no text, which the platform may not take"),
            Self::NoPictures => {
                f.write_str("the platform takes no 图片消息 without pictures, and none of its has a media_id")
            }
            Self::ManyPictures { pictures, limit } => write!(f, "it has {pictures} pictures; the limit is {limit}"),
            Self::LongField { field, size, limit } => {
                write!(f, "its {field} has {size}; the limit is {limit} characters")
            }
            Self::LongContent { size } => {
                write!(f, "its text with its markup has {size}; the documented limit is 20,000 characters and 1 MB")
            }
            Self::LongCaption { size, limit } => {
                write!(f, "its text has {size}; texts of more than {limit} characters were refused")
            }
            Self::LongLink { size, limit } => write!(f, "its link has {size}; the limit is {limit} bytes"),
            Self::Links(links) => {
                let links = counted(*links, "link");
                write!(f, "{links} in the text: the platform keeps the words and drops the addresses")
            }
            Self::Cards(cards) => {
                let cards: Vec<_> = cards.iter().map(|(kind, count)| counted(*count, kind)).collect();
                write!(f, "{}, which only the platform's own editor inserts", cards.join(", "))
            }
            Self::OtherSites { pictures } => {
                write!(f, "{} of other sites, which the platform leaves out", counted(*pictures, "picture"))
            }
            Self::RemovedStyles(styles) => {
                let styles = counted(*styles, "style");
                write!(f, "{styles} with position or -webkit-overflow-scrolling, which the platform removes")
            }
            Self::Divs(divs) => {
                write!(f, "some styles of {}: the platform makes paragraphs of them", counted(*divs, "<div>"))
            }
            Self::Crop => f.write_str("the crop of its cover, which the API does not tell"),
            Self::NotHeld { pictures, is_newspic } => {
                let (them, come) = if *pictures == 1 { ("it", "comes") } else { ("them", "come") };
                write!(f, "{} not held as bytes", counted(*pictures, "picture"))?;
                match is_newspic {
                    true => write!(f, ": the 图片消息 goes back only while the platform has {them}"),
                    false => write!(f, ", which {come} through only while the platform has them"),
                }
            }
            Self::Conversion { conversion, pictures } => {
                write!(f, "if the platform lost a picture, uploading it again {}", conversion.in_words(*pictures))
            }
            Self::OthersCover { owner, target, number } => write!(
                f,
                "its cover is not held, and {owner} alone may use its media_ids; \
                 give it one of {target}: --cover {number}=MEDIA_ID"
            ),
            Self::OthersPictures { owner } => {
                write!(f, "pictures of it are not held, and {owner} alone may use its media_ids")
            }
            Self::Blocked { account, message, .. } => write!(f, "{account} may not be called now: {message}"),
            Self::NoCallsLeft { account, endpoint } => write!(f, "{account} has no calls of {endpoint} left today"),
        }
    }
}
