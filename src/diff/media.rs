//! What only the platform's own editor inserts into a body: audio, video, cards.

/// All kinds.
pub(super) const KINDS: [&str; 9] =
    ["audio clip", "video", "vote", "embedded page", "mini program", "account card", "product card", "sticker", "card"];

/// Returns whether a change of parts is one of media.
pub(crate) fn is_kind(what: &str) -> bool {
    KINDS.contains(&what)
}

/// Names the kind of an element that shows something other than text and pictures, by its name and its class.
pub(crate) fn kind(name: &str, class: Option<&str>) -> Option<&'static str> {
    let is_of_class = |word: &str| class.is_some_and(|class| class.contains(word));
    Some(match name {
        "mpvoice" | "qqmusic" | "audio" | "mp-common-mpaudio" => "audio clip",
        "video" | "mpvideosnap" | "mp-common-videosnap" => "video",
        "iframe" if is_of_class("vote") => "vote",
        "iframe" if is_of_class("video") => "video",
        "iframe" | "frame" | "object" | "embed" | "applet" => "embedded page",
        "mp-miniprogram" | "mp-weapp" => "mini program",
        "mpprofile" | "mp-common-profile" => "account card",
        "mpcpc" | "mp-common-product" => "product card",
        "mp-common-sticker" => "sticker",
        // It says nothing to a reader, and the platform puts it there itself.
        "mp-style-type" => return None,
        name if name.starts_with("mp-") => "card",
        _ => return None,
    })
}
