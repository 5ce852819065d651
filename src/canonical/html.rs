//! Picture addresses, and their identity: the platform changes scheme, size and query of an address at will, the
//! identity in its path stays (服务端 API 素材管理; forms as seen in articles since 2013).

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

/// Writes `content` to `out` with every picture address inside a tag replaced by a bar and its identity.
///
/// Works on JSON-escaped text as well as on plain text: no byte of an address is ever escaped, and the backslash of an
/// escaped quotation mark ends it.
pub(super) fn reduce_pictures(content: &[u8], out: &mut Vec<u8>) {
    let mut done = 0;
    each_picture(content, |address, identity| {
        out.extend_from_slice(&content[done..address.start]);
        out.push(b'|');
        out.extend_from_slice(identity);
        done = address.end;
    });
    out.extend_from_slice(&content[done..]);
}

/// Puts another address in the place of each picture's for which `replacement` has one by the picture's identity, wherever
/// [`pictures`] finds it. Every other byte stays.
pub fn replace_pictures(content: &str, replacement: impl Fn(&str) -> Option<String>) -> String {
    let (mut replaced, mut done) = (String::with_capacity(content.len()), 0);
    each_picture(content.as_bytes(), |address, identity| {
        if let Some(new) = str::from_utf8(identity).ok().and_then(&replacement) {
            replaced.push_str(&content[done..address.start]);
            // It stands in an attribute.
            replaced.push_str(&new.replace('&', "&amp;"));
            done = address.end;
        }
    });
    replaced.push_str(&content[done..]);
    replaced
}

/// Returns the address of each picture in an article's `content` as received, with the picture's identity; as [`pictures`]
/// finds them.
pub fn picture_addresses(content: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    each_picture(content.as_bytes(), |address, identity| {
        // Neither of them ends within a character: an address is ASCII.
        let identity = str::from_utf8(identity).unwrap_or_default();
        found.push((content.get(address).unwrap_or_default(), identity));
    });
    found
}

/// Returns the identities of the pictures in an article's `content` as received, wherever their addresses stand in a tag:
/// in pictures, in styles, in SVG. In their order, repetitions included.
pub fn pictures(content: &str) -> Vec<String> {
    picture_addresses(content).into_iter().map(|(_, identity)| identity.to_owned()).collect()
}

/// Calls `found` with every picture address inside a tag, where it stands and the picture's identity, in their order.
fn each_picture<'a>(content: &'a [u8], mut found: impl FnMut(Range<usize>, &'a [u8])) {
    let slashes = memmem::Finder::new(b"//");
    let (mut at, mut done, mut tags) = (0, 0, Tags::default());
    while let Some(distance) = slashes.find(&content[at..]) {
        at += distance;
        match address(&content[at..]).filter(|_| tags.inside(content, at)) {
            Some((length, identity)) => {
                let start = at - scheme(&content[done..at]);
                at += length;
                done = at;
                found(start..at, identity);
            }
            None => at += 1,
        }
    }
}

/// Returns the identity of the picture that `url` is the address of, or `url` itself where it is none from end to end.
pub fn picture_identity(url: &str) -> Cow<'_, str> {
    let bytes = url.as_bytes();
    let begins = |scheme: &&str| bytes.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme.as_bytes()));
    let rest = &bytes[SCHEMES.iter().find(|scheme| begins(scheme)).map_or(0, |scheme| scheme.len())..];
    match address(rest) {
        Some((length, identity)) if length == rest.len() => String::from_utf8_lossy(identity),
        _ => Cow::Borrowed(url),
    }
}

const SCHEMES: [&str; 2] = ["https:", "http:"];

/// Returns the length of the scheme that `before` ends with.
fn scheme(before: &[u8]) -> usize {
    let ends = |scheme: &&str| {
        before.len() >= scheme.len() && before[before.len() - scheme.len()..].eq_ignore_ascii_case(scheme.as_bytes())
    };
    SCHEMES.iter().find(|scheme| ends(scheme)).map_or(0, |scheme| scheme.len())
}

/// Tells, at rising positions, whether they are inside a tag; looks at no byte twice.
#[derive(Default)]
struct Tags {
    seen: usize,
    inside: bool,
}

impl Tags {
    fn inside(&mut self, content: &[u8], at: usize) -> bool {
        let unseen = &content[self.seen..at];
        self.seen = at;
        if let Some(nearest) = memchr::memrchr2(b'<', b'>', unseen) {
            self.inside = unseen[nearest] == b'<';
        }
        self.inside
    }
}

/// Reads the address that `bytes` begins with, from its `//` on: its length and the picture's identity.
///
/// Looks no further than the next `//`, so that reading at every `//` of a text takes time in proportion to the text.
fn address(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let named = bytes.strip_prefix(b"//")?;
    let host = named.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')).count();
    if !is_picture_host(&named[..host]) {
        return None;
    }
    let located = &named[host..];
    let length = address_length(located);
    let path = located[..length].split(|byte| matches!(byte, b'?' | b'#' | b'&')).next()?;
    Some((2 + host + length, identity(path)?))
}

fn is_picture_host(host: &[u8]) -> bool {
    const PARENT: &[u8] = b".qpic.cn";
    let below = host.len().checked_sub(PARENT.len()).filter(|&length| length > 0);
    host.eq_ignore_ascii_case(b"mmbiz.qlogo.cn") || below.is_some_and(|at| host[at..].eq_ignore_ascii_case(PARENT))
}

/// Returns how far an address goes on from behind its host.
fn address_length(bytes: &[u8]) -> usize {
    const ENTITIES: [&[u8]; 7] = [b"&quot;", b"&apos;", b"&lt;", b"&gt;", b"&nbsp;", b"&#34;", b"&#39;"];
    (0..bytes.len())
        .find(|&at| match bytes[at] {
            b'&' => ENTITIES.iter().any(|entity| bytes[at..].starts_with(entity)),
            b'/' => bytes.get(at + 1) == Some(&b'/'),
            byte => !byte.is_ascii_alphanumeric() && !b"-._~%?#=;+".contains(&byte),
        })
        .unwrap_or(bytes.len())
}

/// Returns the path without its bucket and without its size: of `/mmbiz_png/ID/640` and `/mmbiz_png/ID/` it is `ID`.
fn identity(path: &[u8]) -> Option<&[u8]> {
    let path = path.strip_prefix(b"/")?;
    let bucket = memchr::memchr(b'/', path)?;
    let rest = &path[bucket + 1..];
    let identity = match memchr::memrchr(b'/', rest) {
        Some(last) if rest[last + 1..].iter().all(u8::is_ascii_digit) => &rest[..last],
        _ => rest,
    };
    Some(identity).filter(|identity| !identity.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reduced(content: &str) -> String {
        let mut out = Vec::new();
        reduce_pictures(content.as_bytes(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_form_of_an_address_is_one_identity() {
        for address in [
            "http://mmbiz.qpic.cn/mmbiz_png/AbC1/640?wx_fmt=png",
            "https://mmbiz.qpic.cn/mmbiz_png/AbC1/0",
            "//mmbiz.qpic.cn/sz_mmbiz_jpg/AbC1/300?from=appmsg&amp;tp=webp&wxfrom=5#imgIndex=2",
            "HTTPS://MMBIZ.qpic.cn/mmbiz/AbC1/",
            "http://mmbiz.qlogo.cn/mmbiz/AbC1",
            "http://mmbiz.qpic.cn/mmbiz/AbC1/0?wx_fmt=png?x-oss-process=style/xmwebp",
        ] {
            assert_eq!(reduced(&format!("<img data-src=\"{address}\">")), "<img data-src=\"|AbC1\">", "{address}");
            assert_eq!(
                reduced(&format!("<p style=\"b:url(&quot;{address}&quot;)\">")),
                "<p style=\"b:url(&quot;|AbC1&quot;)\">"
            );
            assert_eq!(reduced(&format!("<p style=\"b:url({address}) x\">")), "<p style=\"b:url(|AbC1) x\">");
            assert_eq!(reduced(&format!(r#"<img src=\"{address}\">"#)), r#"<img src=\"|AbC1\">"#);
            assert_eq!(picture_identity(address), "AbC1");
        }
    }

    #[test]
    fn nothing_else_is_touched() {
        for content in [
            "<p>http://mmbiz.qpic.cn/mmbiz/AbC1/0</p>",
            "<img src=\"https://example.com/mmbiz/AbC1/0\">",
            "<img src=\"https://evilqpic.cn/mmbiz/AbC1/0\">",
            "<img src=\"https://mmbiz.qpic.cn/AbC1\">",
            "<img src=\"https://mmbiz.qpic.cn\">",
            "<img src=\"https://mmbiz.qpic.cn//AbC1/0\">",
            "一 // 二 <a href='//x'>",
        ] {
            assert_eq!(reduced(content), content);
        }
        assert_eq!(picture_identity("https://example.com/a/b/0"), "https://example.com/a/b/0");
        assert_eq!(picture_identity(""), "");
    }

    #[test]
    fn pictures_are_replaced_where_there_is_something_for_them() {
        let content = "一<img data-src='http://mmbiz.qpic.cn/m/A/640?wx_fmt=png'><p style='b:url(//mmbiz.qpic.cn/m/B/0)'>\
                       http://mmbiz.qpic.cn/m/A/0</p>二";
        let replaced = replace_pictures(content, |identity| (identity == "A").then(|| "a.png".to_owned()));
        assert_eq!(replaced, content.replacen("http://mmbiz.qpic.cn/m/A/640?wx_fmt=png", "a.png", 1));
        assert_eq!(replace_pictures(content, |_| None), content);
    }

    #[test]
    fn two_pictures_stay_two() {
        assert_eq!(
            reduced("<i a='http://mmbiz.qpic.cn/m/A/0'/><i a='http://mmbiz.qpic.cn/m/B/640?x#y'/>"),
            "<i a='|A'/><i a='|B'/>"
        );
        assert_ne!(picture_identity("http://mmbiz.qpic.cn/m/A/0"), picture_identity("http://mmbiz.qpic.cn/m/B/0"));
    }

    #[test]
    fn addresses_are_replaced_by_their_identity() {
        let content =
            "<p>//mmbiz.qpic.cn/m/A/0</p><img src=\"http://mmbiz.qpic.cn/m/A/640?x\"><i a='//mmbiz.qpic.cn/m/B/0'>一";
        let new = |identity: &str| (identity == "A").then(|| "http://mmbiz.qpic.cn/n/C/0?a&b".to_owned());
        assert_eq!(
            replace_pictures(content, new),
            "<p>//mmbiz.qpic.cn/m/A/0</p><img src=\"http://mmbiz.qpic.cn/n/C/0?a&amp;b\"><i a='//mmbiz.qpic.cn/m/B/0'>一"
        );
        assert_eq!(replace_pictures(content, |_| None), content);
    }

    #[test]
    fn pictures_are_found_wherever_they_stand_in_a_tag() {
        let content = "<p style=\"background: url(&quot;https://mmbiz.qpic.cn/m/A/0&quot;)\">http://mmbiz.qpic.cn/m/X/0\
                       <svg><image href='//mmbiz.qpic.cn/m/B/0'/></svg><img data-src='http://mmbiz.qpic.cn/m/A/640'></p>";
        assert_eq!(pictures(content), ["A", "B", "A"]);
    }
}
