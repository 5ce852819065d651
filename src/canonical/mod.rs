//! The hash law: canonical form and hash of a draft.
//!
//! A version is named by the SHA-256 of its draft's *canonical bytes*. Two answers of the platform with the same content
//! have the same canonical bytes; any change that a person can make in the editor changes them. The text below is the
//! law; test vectors (document, canonical bytes, hash) stand in `tests/fixtures/canon/`.
//!
//! # Canon 1
//!
//! **Reading.** The document is one JSON object (RFC 8259), read tolerantly: a byte order mark is passed over; each
//! maximal invalid UTF-8 sequence is U+FFFD (as Unicode, section 3.9, "substitution of maximal subparts"); control
//! characters may stand raw inside strings and mean themselves; a `\u` escape that is half of a surrogate pair is
//! U+FFFD; of members with equal keys the last counts. Deeper nesting than 100 is refused.
//!
//! **Writing.** The canonical bytes are JSON in UTF-8 without any space between tokens.
//!
//! 1. *Strings* are written as they are, but for `"` as `\"`, `\` as `\\`, and each of U+0000 to U+001F as `\u00xx` in
//!    lower-case hex.
//! 2. *Numbers* are written as strings that hold the value's plain decimal: no plus sign, no leading zeros, no trailing
//!    zeros of a fraction, `-0` as `0`; where that would take over 40 digits, as digits without trailing zeros, `e`, and
//!    the exponent. So a number and a string that spells it are equal: the platform sends either.
//! 3. `true` and `false` stand as they are.
//! 4. *Arrays* keep their order.
//! 5. *Objects* are sorted by the bytes of their keys as written (rule 1). A member whose value is `null` or `""` is
//!    left out: missing, `null` and `""` are equal.
//! 6. *The outer object* loses `create_time`, `update_time`, `errcode` and `errmsg`. Its `news_item` must be an array of
//!    objects, the articles.
//! 7. *An article* loses `url` (a preview link, signed anew at every read), `show_cover_pic` (a constant of the
//!    platform), `create_time` and `update_time`. Further:
//!    - `article_type` is the effective one: the received value where it is a string and not empty, else `newspic` where
//!      `image_info.image_list` is an array and not empty, else `news`. (`draft/get` omits what `draft/batchget` says.)
//!    - `need_open_comment` and `only_fans_can_comment` are left out where they are `0`, `"0"` or `false`, and `"1"`
//!      where they are `true` (or 1, by rule 2).
//!    - *the cover* is one member, `thumb_url`: the picture's identity of the received `thumb_url` where that is a string
//!      and not empty, else the received `thumb_media_id`. `thumb_media_id` itself is left out.
//!    - `content` has each picture address inside a tag replaced by the picture's identity; every other byte of it
//!      stays.
//! 8. *Everything else is kept*, fields that nobody knows yet included.
//!
//! **A picture's identity.** A picture address is `http:`, `https:` or nothing, then `//`, then a host that is
//! `mmbiz.qlogo.cn` or ends in `.qpic.cn` (in any case), then a path, which ends before `?`, `#` or `&`, whose first two
//! segments are not empty, then anything. Its identity is the path without its first segment (the bucket) and without its last segment where that is
//! empty or all digits (the size) and is not the second. In `content` an address ends before the first byte that is not
//! printable ASCII, is one of `` "'()<>\^`{|} `` or a space, or begins `&quot;`, `&apos;`, `&lt;`, `&gt;`, `&nbsp;`,
//! `&#34;` or `&#39;`; it is inside a tag if the nearest `<` or `>` before it is a `<`. A `thumb_url` that is not a
//! picture address as a whole is its own identity.

mod article;
mod form;
pub mod html;
pub mod json;
mod number;
mod repair;

pub use article::articles;
pub use form::{Canonical, canonicalise};
pub use json::Malformed;
pub use repair::repair;

/// The number of the law that this program hashes by, stored with every version: a later law makes no false versions.
pub const LAW: u32 = 1;
