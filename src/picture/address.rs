//! Where the original of a picture is (forms of addresses as seen in articles since 2013; none is documented).

/// The hosts of pictures, beside everything below `qpic.cn`: bodies of old articles, and avatars.
const HOSTS: [&str; 2] = ["mmbiz.qlogo.cn", "wx.qlogo.cn"];

/// Returns whether a host, without a port, is one of WeChat's for pictures.
pub fn is_picture_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    HOSTS.contains(&&*host) || host.strip_suffix(".qpic.cn").is_some_and(|below| !below.is_empty())
}

/// Returns the address of a picture's original: over HTTPS, in its full size, in the format of record. `None` if it is
/// at none of WeChat's picture hosts.
pub fn original(address: &str) -> Option<String> {
    let begins = |scheme: &str| address.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    let rest = &address[["https:", "http:"].into_iter().find(|scheme| begins(scheme)).map_or(0, str::len)..];
    let rest = rest.strip_prefix("//")?;
    let rest = rest.split('#').next()?;
    let (host, rest) = rest.split_at_checked(rest.find('/')?)?;
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    if !is_picture_host(host) || !path.bytes().all(is_of_a_path) {
        return None;
    }
    // Some addresses hold a second question mark, some are escaped for HTML.
    let format = query.split(['&', '?', ';']).find_map(|pair| pair.strip_prefix("wx_fmt="));
    let format = format.filter(|format| format.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !format.is_empty());
    let query = format.map_or_else(String::new, |format| format!("?wx_fmt={format}"));
    Some(format!("https://{}{}{query}", host.to_ascii_lowercase(), in_full_size(path)))
}

fn is_of_a_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%/=+,".contains(&byte)
}

/// `/mmbiz_png/ID/640` is at most 640 pixels wide; 0 is the original, and addresses that end in a slash mean it too.
fn in_full_size(path: &str) -> String {
    match path.rsplit_once('/') {
        Some((before, size)) if before.len() > 1 && size.bytes().all(|byte| byte.is_ascii_digit()) => {
            format!("{before}/0")
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_leads_to_the_original() {
        for address in [
            "http://mmbiz.qpic.cn/mmbiz_png/AbC1/640?wx_fmt=png&from=appmsg&watermark=1&tp=webp&wxfrom=5#imgIndex=0",
            "https://MMBIZ.qpic.cn/mmbiz_png/AbC1/0?wx_fmt=png",
            "//mmbiz.qpic.cn/mmbiz_png/AbC1/?tp=webp&amp;wx_fmt=png?x-oss-process=style/xmwebp",
            "HTTP://mmbiz.qpic.cn/mmbiz_png/AbC1/300?wx_fmt=png",
        ] {
            assert_eq!(original(address).unwrap(), "https://mmbiz.qpic.cn/mmbiz_png/AbC1/0?wx_fmt=png", "{address}");
        }
        for (address, expected) in [
            ("http://mmbiz.qlogo.cn/mmbiz/AbC1", "https://mmbiz.qlogo.cn/mmbiz/AbC1"),
            ("http://wx.qlogo.cn/mmopen/AbC1/64", "https://wx.qlogo.cn/mmopen/AbC1/0"),
            ("https://mmbiz.qpic.cn/mmbiz_jpg/AbC1/0?wx_fmt=", "https://mmbiz.qpic.cn/mmbiz_jpg/AbC1/0"),
        ] {
            assert_eq!(original(address).unwrap(), expected, "{address}");
        }
    }

    #[test]
    fn nothing_else_is_a_picture_of_wechats() {
        for address in [
            "https://example.com/a.png",
            "https://qpic.cn/a/b/0",
            "https://evilqpic.cn/a/b/0",
            "https://mmbiz.qpic.cn.example.com/a/b/0",
            "https://mmbiz.qpic.cn@example.com/a/b/0",
            "https://mmbiz.qpic.cn:8080/a/b/0",
            "https://127.0.0.1/a/b/0",
            "file:///etc/passwd",
            "ftp://mmbiz.qpic.cn/a/b/0",
            "data:image/png;base64,AAAA",
            "https://mmbiz.qpic.cn",
            "https://mmbiz.qpic.cn/a/b c/0",
            "",
        ] {
            assert_eq!(original(address), None, "{address}");
        }
    }
}
