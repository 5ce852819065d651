//! A body on its way back to the platform: only addresses of pictures are replaced, and what is undone of its markup loses no text.

use draftkeep::canonical::{picture_addresses, pictures, replace_pictures};
use draftkeep::model::ArticleType;
use draftkeep::picture::{is_picture_host, original};
use draftkeep::render::plain_text;
use draftkeep::restore::fuzzing::body_to_send;

const NEW: &str = "https://mmbiz.qpic.cn/mmbiz_png/NEW/0?wx_fmt=png";

pub fn run(data: &[u8]) {
    let Ok(body) = std::str::from_utf8(data) else { return };
    assert_eq!(replace_pictures(body, |_| None), body);
    let replaced = replace_pictures(body, |_| Some(NEW.to_owned()));
    assert_eq!(replaced, between(body).join(NEW), "every other byte stays");
    // What stands before a new address may be read as one with it, so there may be more than before.
    let new = pictures(&replaced).iter().filter(|identity| *identity == "NEW").count();
    assert_eq!(new, pictures(body).len());
    let (sent, _) = body_to_send(body);
    assert_eq!(plain_text(&sent, ArticleType::News), plain_text(body, ArticleType::News), "{sent}");
    if let Some(address) = original(body) {
        let host = address.strip_prefix("https://").and_then(|rest| rest.split('/').next());
        assert!(host.is_some_and(is_picture_host), "{address}");
    }
}

/// Returns what stands between the addresses of pictures.
fn between(body: &str) -> Vec<&str> {
    let (mut found, mut done) = (Vec::new(), 0);
    for (address, _) in picture_addresses(body) {
        // It is a part of the body, and may stand in it more than once.
        let at = address.as_ptr() as usize - body.as_ptr() as usize;
        found.push(&body[done..at]);
        done = at + address.len();
    }
    found.push(&body[done..]);
    found
}
