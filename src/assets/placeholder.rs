//! The platform's placeholder (此图片来自微信公众平台 未经允许不可引用): it comes in the place of a picture, with the status of
//! one, where the platform takes a request for that of a stranger's page.
//!
//! Its bytes are documented nowhere, so they are learned: pictures are asked for as a stranger's page would, and what comes
//! for more than one of them is no picture.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::hosts::Hosts;
use crate::model::{Hash, Timestamp};
use crate::wechat::{Client, PictureError, Referer};

/// It is small, so an answer of another size need not be read.
const LARGEST: usize = 256 * 1024;

/// How long what was learned is good for.
const GOOD_FOR: TimeDelta = TimeDelta::days(1);

/// What the placeholder looks like.
#[derive(Clone, Debug, Default)]
pub(super) struct Placeholder {
    known: HashSet<Hash>,
    learned_at: Option<Timestamp>,
}

impl Placeholder {
    /// Learns it from the first two of these originals and one that nobody ever uploaded, once a day. Where a host cannot be
    /// reached, it is learned another time.
    pub(super) async fn learn(
        &mut self,
        client: &Client,
        hosts: &Hosts,
        mut originals: impl Iterator<Item = String>,
        now: Timestamp,
    ) {
        if self.learned_at.is_some_and(|learned_at| (now - learned_at).abs() < GOOD_FOR) {
            return;
        }
        let Some(first) = originals.next() else { return };
        let nobodys = "https://mmbiz.qpic.cn/mmbiz_png/0000000000/0?wx_fmt=png".to_owned();
        let second = originals.find(|original| *original != first);
        let mut seen = HashSet::new();
        for original in [Some(first), second, Some(nobodys)].into_iter().flatten() {
            match hosts.download(client, &original, Referer::Foreign, LARGEST).await {
                Ok(bytes) => {
                    let hash = Hash::of(&bytes);
                    if !seen.insert(hash) {
                        self.known.insert(hash);
                    }
                }
                Err(PictureError::Unreachable { .. }) => return,
                // Where none comes there is nothing to mistake for a picture.
                Err(_) => {}
            }
        }
        self.learned_at = Some(now);
    }

    /// Returns whether these bytes are the placeholder.
    pub(super) fn is(&self, bytes: &[u8]) -> bool {
        bytes.len() <= LARGEST && self.known.contains(&Hash::of(bytes))
    }
}
