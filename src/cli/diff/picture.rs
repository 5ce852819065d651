//! Pictures as a diff names them: short, and no two alike.

use std::collections::BTreeSet;

use crate::lookup::common_prefix_len;

/// How many characters of a picture's identity are enough to know it by.
const IDENTITY: usize = 12;

/// How many characters at the end of a picture's address are enough.
const ADDRESS: usize = 24;

/// The pictures that are named beside one another.
pub(super) struct Pictures<'a>(BTreeSet<&'a str>);

impl<'a> Pictures<'a> {
    pub(super) fn of(identities: impl Iterator<Item = &'a String>) -> Self {
        Self(identities.map(String::as_str).collect())
    }

    /// Names a picture: one of the platform's by a part of its identity that no other has there, others by the end of
    /// their address. What has neither is told whole.
    pub(super) fn name(&self, identity: &str) -> String {
        let known = match identity {
            _ if identity.starts_with('{') => identity.to_owned(),
            _ if identity.contains('/') => part(identity, identity.chars().count().saturating_sub(ADDRESS), ADDRESS),
            // Identities of one account often begin alike.
            _ => match self.alike(identity) {
                ..IDENTITY => part(identity, 0, IDENTITY),
                alike => part(identity, alike + 1 - IDENTITY / 2, IDENTITY),
            },
        };
        format!("[picture {known}]")
    }

    /// Counts the characters at the beginning that the identity has in common with another one.
    fn alike(&self, identity: &str) -> usize {
        use std::ops::Bound::{Excluded, Unbounded};
        let before = self.0.range::<str, _>((Unbounded, Excluded(identity))).next_back();
        let after = self.0.range::<str, _>((Excluded(identity), Unbounded)).next();
        [before, after].into_iter().flatten().map(|other| common_prefix_len(identity, other)).max().unwrap_or(0)
    }
}

/// Returns so many characters of a text, with `…` where it goes on.
fn part(text: &str, from: usize, characters: usize) -> String {
    let before = if from > 0 { "…" } else { "" };
    let shown: String = text.chars().skip(from).take(characters).collect();
    let after = if text.chars().nth(from + characters).is_some() { "…" } else { "" };
    format!("{before}{shown}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<const N: usize>(identities: [&str; N]) -> [String; N] {
        let pictures = Pictures(identities.into());
        identities.map(|identity| pictures.name(identity))
    }

    #[test]
    fn pictures_are_named_by_what_tells_them_apart() {
        for (identity, expected) in [
            ("AbC1", "[picture AbC1]"),
            ("AbCdEfGhIjKlMnOp", "[picture AbCdEfGhIjKl…]"),
            ("https://a.cn/1.png", "[picture https://a.cn/1.png]"),
            ("https://cdn.example.com/2019/08/01/一张图.png", "[picture …e.com/2019/08/01/一张图.png]"),
            ("{\"width\":\"1080\",\"x\":\"1234567890\"}", "[picture {\"width\":\"1080\",\"x\":\"1234567890\"}]"),
            ("", "[picture ]"),
        ] {
            assert_eq!(names([identity]), [expected]);
        }
        assert_eq!(
            names(["Qm7xK2vTnS0bWq4rA123456789", "Qm7xK2vTnS0bWq4rB123456789", "Qm7xK2vTnS0bWq4r"]),
            ["[picture …bWq4rA123456…]", "[picture …bWq4rB123456…]", "[picture …bWq4r]"].map(ToOwned::to_owned)
        );
    }
}
