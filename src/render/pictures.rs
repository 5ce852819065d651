//! From where pictures are shown.
//!
//! An author may name any address on the net, and whoever loads a picture from it tells the author that he reads, when and
//! from where. So nothing that a body names is loaded: pictures that the archive holds are shown from beside the page or out of
//! the page itself, and in the place of every other one stands its address as text.

use std::collections::HashMap;

use crate::canonical;

/// The pictures that are at hand, and why others are not.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    /// Where a picture of a body is shown from, by the identity of the address that the body has for it: a path or a `data:`
    /// address.
    pub held: HashMap<String, String>,
    /// Why a picture is not held, by its identity.
    pub reasons: HashMap<String, String>,
    /// What is said where no reason is known, in the reader's language.
    pub not_held: Option<&'static str>,
    /// Where the pictures are that stand before the body of an article, by its position.
    pub before: HashMap<usize, Vec<String>>,
}

impl Pictures {
    /// Returns from where the picture of an address is shown, else what stands in its place.
    pub(super) fn shown(&self, address: &str) -> Result<String, String> {
        let address = address.trim();
        let identity = canonical::picture_identity(address);
        match self.held.get(&*identity) {
            Some(held) => Ok(held.clone()),
            None if is_inline(address) => Ok(address.to_owned()),
            None => {
                let unknown = self.not_held.unwrap_or("picture not held");
                let reason = self.reasons.get(&*identity).map_or(unknown, String::as_str);
                Err(format!("［缺图片 {address} · {reason}］"))
            }
        }
    }

    /// Does the same for Markdown, which has no policy against loading: a picture at WeChat's own hosts keeps its address, for
    /// there no author sees who looks at it.
    pub(super) fn shown_in_markdown(&self, address: &str) -> Result<String, String> {
        let address = address.trim();
        let is_at_wechat = canonical::picture_identity(address) != address;
        match self.shown(address) {
            Err(_) if is_at_wechat && address.starts_with("//") => Ok(format!("https:{address}")),
            Err(_) if is_at_wechat => Ok(address.to_owned()),
            shown => shown,
        }
    }

    pub(super) fn before(&self, position: usize) -> &[String] {
        self.before.get(&position).map_or(&[], Vec::as_slice)
    }
}

/// Returns whether an address holds the picture itself. Even an SVG picture loads nothing if it stands as a picture.
fn is_inline(address: &str) -> bool {
    address.get(..11).is_some_and(|begin| begin.eq_ignore_ascii_case("data:image/"))
}
