//! The canonical form and the hash of a draft.
//!
//! A version is named by the SHA-256 of its draft's *canonical bytes*, in lower-case hex. Two answers of the platform with
//! the same content have the same canonical bytes; any change that a person can make in the editor changes them. The text
//! below is the definition; `tests/fixtures/canon/` has test vectors (document, canonical bytes, hash) and `canon.py`, a second
//! implementation in Python, to check other implementations with.
//!
//! # Canon 1
//!
//! **The document** is the answer of `draft/get`, or, from `draft/batchget`, the value of `content` of the draft's entry in
//! `item`; from its first byte to its last.
//!
//! **Reading.** The document is one JSON object (RFC 8259) with nothing but space around it. What is not, is refused: it has
//! no canonical form. It is read tolerantly in this:
//!
//! - One byte order mark before everything else is passed over.
//! - Invalid UTF-8 is read as U+FFFD, one for each maximal subpart of an ill-formed sequence (the Unicode Standard, section
//!   3.9, "U+FFFD Substitution of Maximal Subparts"; what `bytes.decode("utf-8", "replace")` does in Python).
//! - U+0000 to U+001F may stand raw inside strings, and mean themselves.
//! - A `\u` escape of a surrogate that is no half of a pair (a high one directly followed by the escape of a low one) is
//!   U+FFFD.
//! - Of members with equal keys (escapes undone) the last one counts, and the others count for nothing.
//! - Objects and arrays nested deeper than 100 levels, the outer object being the first, are refused.
//!
//! **Absent** is a member that is missing, `null` or `""`.
//!
//! **Writing.** The canonical bytes are JSON in UTF-8 without space between tokens and without a newline at the end.
//!
//! 1. *Strings* stand between `"` and are written as they are, but for `"` as `\"`, `\` as `\\`, and each of U+0000 to
//!    U+001F as `\u00xx` in lower-case hex.
//! 2. *Numbers* are written as strings, so that a number and a string that spells it are equal: the platform sends either.
//!    Zero is `"0"`. Any other number is D × 10^p, D an integer that does not end in 0: where its plain decimal has at most
//!    40 digits before the point and at most 40 behind it (p + the number of D's digits ≤ 40, and p ≥ -40), that is written:
//!    without plus sign, superfluous zeros, or a point that nothing follows. Else it is D, `e`, p (`1e400`, `-12e-50`). A
//!    number other than zero whose exponent is spelled with over 18 digits, leading zeros not counted, is written as it is
//!    spelled.
//! 3. `true`, `false` and, inside arrays, `null` stand as they are.
//! 4. *Arrays* keep their order and everything in them.
//! 5. *Objects* have their members sorted by the UTF-8 bytes of the keys, escapes undone. Absent members are left out, at
//!    every level; an empty object or array is not absent.
//! 6. *The outer object* loses `create_time`, `update_time`, `errcode` and `errmsg`. Its `news_item` must be an array of
//!    objects, the articles; it may be empty.
//! 7. *An article* (and no object inside it) loses `url` (a preview link, signed anew at every read), `show_cover_pic` (a
//!    constant of the platform), `create_time` and `update_time`. Further:
//!    - `article_type` is the effective one: the received value unless absent, else `newspic` where `image_info` is an
//!      object whose `image_list` is an array that is not empty, else `news`. (`draft/get` omits what `draft/batchget` says.)
//!    - `need_open_comment` and `only_fans_can_comment` are left out where they are `false`, the number 0 in any spelling, or
//!      the string `"0"`; and are `"1"` where they are `true` (as where they are 1, by rule 2).
//!    - *the cover* is one member, `thumb_url`: the received `thumb_url` unless absent, else the received `thumb_media_id`;
//!      a string that is a picture address from end to end is replaced by the picture's identity. `thumb_media_id` itself is
//!      left out.
//!    - `content`, where it is a string, has each picture address inside a tag replaced by `|` and the picture's identity;
//!      every other byte of it stays. (No address holds a `|`, so that nothing beside the address can run into the
//!      identity and look like another address.)
//! 8. *Everything else is kept*, fields that nobody knows yet included.
//!
//! **A picture address** consists, in this order, of
//!
//! 1. `http:` or `https:`, in any case, or nothing;
//! 2. `//`;
//! 3. the host, one or more ASCII letters, digits, `.` and `-`: in any case `mmbiz.qlogo.cn`, or something that ends in
//!    `.qpic.cn` and is longer than that;
//! 4. the path, two or more segments with a `/` before each, the first two of them not empty; it ends before `?`, `#` or `&`;
//! 5. whatever follows up to the address's end.
//!
//! The address ends, behind the host, before the first `//`; before the first character that is no ASCII letter or digit and
//! none of `-._~%/?#&=;+`; before `&quot;`, `&apos;`, `&lt;`, `&gt;`, `&nbsp;`, `&#34;` and `&#39;`; else at the end of the
//! string. (The platform's own addresses need no more, and what is not taken for an address is content and counts.)
//! Addresses are looked for from left to right, at every `//`, in the text after its JSON escapes are undone; what belongs to
//! one that was replaced belongs to no other, and a scheme belongs to it where it stands directly before the `//`. An address
//! is *inside a tag* if there is a `<` or `>` before it and the nearest is a `<`.
//!
//! **Its identity** is the path's segments but the first (the bucket), joined by `/`; of three or more segments the last is
//! dropped where it is empty or all ASCII digits (the size).
//!
//! **Canonical bytes are a document too**, whose canonical bytes they are: canonicalising twice changes nothing.

mod article;
mod canonicalise;
mod cover;
mod diff_fields;
mod escape;
mod html;
pub mod json;
mod number;
mod repair;
mod writer;

pub use article::{articles, fields, is_publishable};
pub use canonicalise::{Canonical, canonicalise, is_same_article};
pub use cover::covers_agree;
pub use diff_fields::{content_fields, diff_fields, field_names, is_known_field};
pub use html::{picture_addresses, picture_identity, pictures, replace_pictures};
pub use json::Malformed;
pub use repair::repair;

/// The version of the rules above that this program hashes by. It is stored with every version of a draft, so that later rules
/// make no false versions.
pub const HASH_VERSION: u32 = 1;
