//! The part of an article that a paragraph is of.

use std::str::FromStr;

use super::error::IndexError;

/// The part of an article that a paragraph is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    Body,
    Title,
    Author,
    Digest,
    /// The description of a picture.
    Caption,
}

impl Field {
    /// In the order of their numbers in the index.
    pub const ALL: [Self; 5] = [Self::Body, Self::Title, Self::Author, Self::Digest, Self::Caption];

    /// Returns the word that people type and that the JSON output uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Title => "title",
            Self::Author => "author",
            Self::Digest => "digest",
            Self::Caption => "caption",
        }
    }

    /// Returns the field of a number of the index.
    pub(super) fn of_number(number: usize) -> Result<Self, IndexError> {
        Self::ALL.get(number).copied().ok_or_else(|| IndexError::Damaged(format!("there is no field {number}")))
    }

    pub(super) fn number(self) -> usize {
        Self::ALL.iter().position(|field| *field == self).unwrap_or_default()
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|field| field.as_str() == text);
        found.ok_or_else(|| format!("{text:?} is no part of an article: title, body, digest, author or caption"))
    }
}
