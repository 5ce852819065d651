//! Parses `errmsg`: the rid of the request, and the address that is not whitelisted.

use std::net::IpAddr;

/// Splits `errmsg` into its text and the rid that nearly every error has: `rid: ` and three groups of eight hex
/// digits. Anything else stays in the text.
pub(super) fn without_rid(errmsg: &str) -> (String, Option<String>) {
    const MARK: &str = "rid: ";
    const LENGTH: usize = 26;
    let found = errmsg.match_indices(MARK).find_map(|(at, _)| {
        let rid = errmsg.get(at + MARK.len()..at + MARK.len() + LENGTH)?;
        is_rid(rid).then_some((at, rid))
    });
    match found {
        Some((at, rid)) => {
            let text = [errmsg[..at].trim(), errmsg[at + MARK.len() + LENGTH..].trim()].join(" ");
            (text.trim().to_owned(), Some(rid.to_owned()))
        }
        None => (errmsg.trim().to_owned(), None),
    }
}

fn is_rid(text: &str) -> bool {
    let group = |group: &str| group.len() == 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('-').count() == 3 && text.split('-').all(group)
}

/// Finds the rejected address, in both forms of the platform: `invalid ip A ipv6 B, not in whitelist`, where B may
/// be A written as IPv6, and `invalid ip A, not in whitelist`.
pub fn address_in(errmsg: &str) -> Option<IpAddr> {
    let (text, _) = without_rid(errmsg);
    text.split(|c: char| !(c.is_ascii_hexdigit() || c == ':' || c == '.'))
        .flat_map(|word| [word, word.trim_matches([':', '.'])])
        .find_map(|word| word.parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RID: &str = "6a1b2c3d-0f1e2d3c-4b5a6978";

    #[test]
    fn the_rid_is_taken_out_of_the_text() {
        for (errmsg, message, rid) in [
            (format!("invalid media_id rid: {RID}"), "invalid media_id", Some(RID)),
            (format!("invalid media_id hint: [aB3-1] rid: {RID}"), "invalid media_id hint: [aB3-1]", Some(RID)),
            (format!("before rid: {RID} after"), "before after", Some(RID)),
            (format!("rid: {RID}"), "", Some(RID)),
            (format!("rid: none rid: {RID}"), "rid: none", Some(RID)),
            ("system error".to_owned(), "system error", None),
            ("x rid: 6a1b2c3d-0f1e2d3c-4b5a69".to_owned(), "x rid: 6a1b2c3d-0f1e2d3c-4b5a69", None),
            ("x rid: 出错了出错了出错了".to_owned(), "x rid: 出错了出错了出错了", None),
        ] {
            assert_eq!(without_rid(&errmsg), (message.to_owned(), rid.map(ToOwned::to_owned)));
        }
    }

    #[test]
    fn the_address_to_whitelist_is_found_in_each_form() {
        for (errmsg, ip) in [
            (format!("invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist rid: {RID}"), "203.0.113.24"),
            ("invalid ip 203.0.113.24, not in whitelist hint: [jXyZMa01143580]".to_owned(), "203.0.113.24"),
            ("invalid ip 203.0.113.24 not in whitelist".to_owned(), "203.0.113.24"),
            ("invalid ip 2001:db8::5 ipv6 2001:db8::5, not in whitelist".to_owned(), "2001:db8::5"),
            ("invalid ip ::ffff:203.0.113.24, not in whitelist".to_owned(), "203.0.113.24"),
            ("access clientip is not registered requestIP:203.0.113.24 rid: x".to_owned(), "203.0.113.24"),
        ] {
            assert_eq!(address_in(&errmsg), Some(ip.parse().unwrap()), "{errmsg}");
        }
        assert_eq!(address_in(&format!("not in whitelist rid: {RID}")), None);
    }
}
