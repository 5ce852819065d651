//! Picture addresses, and their identity: the platform changes scheme, size and query of an address at will, the
//! identity in its path stays (服务端 API 素材管理; forms as seen in articles since 2013).

use std::borrow::Cow;

use memchr::memmem;

/// Writes `content` to `out` with every picture address inside a tag replaced by its identity.
///
/// Works on JSON-escaped text as well as on plain text: no byte of an address is ever escaped, and the backslash of an
/// escaped quotation mark ends it.
pub(super) fn reduce_pictures(content: &[u8], out: &mut Vec<u8>) {
    let mut done = 0;
    for at in memmem::find_iter(content, b"//") {
        if at < done {
            continue;
        }
        let Some((length, identity)) = address(&content[at..]) else { continue };
        if !inside_tag(&content[..at]) {
            continue;
        }
        let start = at - scheme(&content[done..at]);
        out.extend_from_slice(&content[done..start]);
        out.extend_from_slice(&identity);
        done = at + length;
    }
    out.extend_from_slice(&content[done..]);
}

/// Returns the identity of the picture that `url` is the address of, or `url` itself where it is none as a whole.
pub fn picture_identity(url: &str) -> Cow<'_, str> {
    let bytes = url.as_bytes();
    let start = ["https:", "http:", ""].into_iter().find(|scheme| starts_with_ignoring_case(bytes, scheme));
    let rest = &bytes[start.unwrap_or_default().len()..];
    match address(rest) {
        Some((length, identity)) if length == rest.len() => Cow::Owned(String::from_utf8_lossy(&identity).into_owned()),
        _ => Cow::Borrowed(url),
    }
}

/// Reads the address that `bytes` begins with, from its `//` on: its length and the picture's identity.
fn address(bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    let rest = bytes.strip_prefix(b"//")?;
    let host = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')).count();
    if !is_picture_host(&rest[..host]) || rest.get(host) != Some(&b'/') {
        return None;
    }
    let length = address_length(rest);
    let path = rest[host + 1..length].split(|byte| matches!(byte, b'?' | b'#' | b'&')).next()?;
    Some((2 + length, identity(path)?))
}

fn is_picture_host(host: &[u8]) -> bool {
    let host = host.to_ascii_lowercase();
    host == b"mmbiz.qlogo.cn" || (host.ends_with(b".qpic.cn") && host.len() > b".qpic.cn".len())
}

fn address_length(bytes: &[u8]) -> usize {
    const ENTITIES: [&[u8]; 7] = [b"&quot;", b"&apos;", b"&lt;", b"&gt;", b"&nbsp;", b"&#34;", b"&#39;"];
    (0..bytes.len())
        .find(|&at| match bytes[at] {
            b'"' | b'\'' | b'(' | b')' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => true,
            b'&' => ENTITIES.iter().any(|entity| bytes[at..].starts_with(entity)),
            byte => !byte.is_ascii_graphic(),
        })
        .unwrap_or(bytes.len())
}

/// Returns the path without its bucket and without its size: `mmbiz_png/ID/640` and `mmbiz_png/ID/` are `ID`.
fn identity(path: &[u8]) -> Option<Vec<u8>> {
    let mut segments: Vec<&[u8]> = path.split(|&byte| byte == b'/').collect();
    if segments.len() < 2 || segments[0].is_empty() || segments[1].is_empty() {
        return None;
    }
    if segments.len() > 2 && segments.last().is_some_and(|size| size.iter().all(u8::is_ascii_digit)) {
        segments.pop();
    }
    Some(segments[1..].join(&b'/'))
}

fn inside_tag(before: &[u8]) -> bool {
    memchr::memrchr2(b'<', b'>', before).is_some_and(|at| before[at] == b'<')
}

/// Returns the length of the scheme that `before` ends with.
fn scheme(before: &[u8]) -> usize {
    let ends = |scheme: &&str| {
        before.len() >= scheme.len() && before[before.len() - scheme.len()..].eq_ignore_ascii_case(scheme.as_bytes())
    };
    ["https:", "http:"].iter().find(|scheme| ends(scheme)).map_or(0, |scheme| scheme.len())
}

fn starts_with_ignoring_case(bytes: &[u8], prefix: &str) -> bool {
    bytes.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
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
            assert_eq!(reduced(&format!("<img data-src=\"{address}\">")), "<img data-src=\"AbC1\">", "{address}");
            assert_eq!(
                reduced(&format!("<p style=\"b:url(&quot;{address}&quot;)\">")),
                "<p style=\"b:url(&quot;AbC1&quot;)\">"
            );
            assert_eq!(reduced(&format!("<p style=\"b:url({address}) x\">")), "<p style=\"b:url(AbC1) x\">");
            assert_eq!(reduced(&format!(r#"<img src=\"{address}\">"#)), r#"<img src=\"AbC1\">"#);
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
    fn two_pictures_stay_two() {
        assert_eq!(
            reduced("<i a='http://mmbiz.qpic.cn/m/A/0'/><i a='http://mmbiz.qpic.cn/m/B/640?x#y'/>"),
            "<i a='A'/><i a='B'/>"
        );
        assert_ne!(picture_identity("http://mmbiz.qpic.cn/m/A/0"), picture_identity("http://mmbiz.qpic.cn/m/B/0"));
    }
}
