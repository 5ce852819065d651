//! Time grows with the document and not with its square, whatever stands in it.

use std::time::{Duration, Instant};

use draftkeep::canonical::{canonicalise, repair};

/// Far more than a megabyte takes on a slow and busy machine, and far less than its square would.
const ENOUGH: Duration = Duration::from_secs(20);

fn content(inside: &str) -> String {
    format!("{{\"news_item\":[{{\"content\":\"{inside}\"}}]}}")
}

fn field(value: &str) -> String {
    format!("{{\"news_item\":[{{\"x\":{value},\"image_info\":{value}}}]}}")
}

fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(",")
}

#[test]
fn no_document_takes_quadratic_time() {
    const MB: usize = 1_000_000;
    let deep = format!("{}\"{}\"{}", "{\"a\":".repeat(97), "字".repeat(MB / 3), "}".repeat(97));
    for (name, document) in [
        ("many members", field(&format!("{{{}}}", many(200_000, |at| format!("\"{}\":{at}", 200_000 - at))))),
        ("one key again and again", field(&format!("{{{}}}", many(200_000, |at| format!("\"a\":{at}"))))),
        ("many elements", field(&format!("[{}]", many(200_000, |at| at.to_string())))),
        ("many articles", format!("{{\"news_item\":[{}]}}", many(200_000, |_| "{\"title\":\"\"}".to_owned()))),
        ("many news_items", format!("{{{}}}", many(50_000, |_| "\"news_item\":[{}]".to_owned()))),
        ("slashes", content(&"/".repeat(MB))),
        ("slashes in a tag", content(&format!("<{}", "/".repeat(MB)))),
        ("backslashes", content(&"\\\\".repeat(MB / 2))),
        ("control characters", content(&"\u{1}".repeat(MB))),
        ("opened tags", content(&"<//".repeat(MB / 3))),
        ("addresses and no tag", content(&"//mmbiz.qpic.cn/a/b ".repeat(MB / 20))),
        ("addresses run together and no tag", content(&"//mmbiz.qpic.cn/a/b".repeat(MB / 20))),
        ("addresses in one tag", content(&format!("<{}", "//mmbiz.qpic.cn/a/b ".repeat(MB / 20)))),
        ("addresses without path", content(&format!("<{}", "//mmbiz.qpic.cn/?".repeat(MB / 20)))),
        ("hosts that go on", content(&format!("<{}", "//mmbiz.qpic.cn".repeat(MB / 15)))),
        ("one long host", content(&format!("<//{}.qpic.cn/a/b", "a".repeat(MB)))),
        ("one long path", content(&format!("<//a.qpic.cn/a{}", "/0".repeat(MB / 2)))),
        ("entities that are none", content(&format!("<//a.qpic.cn/a/b{}", "&quot".repeat(MB / 5)))),
        ("nested to the limit", field(&deep)),
        ("a long number", field(&format!("1{}e5", "0".repeat(MB)))),
        ("a long exponent", field(&format!("1e{}", "1".repeat(MB)))),
        ("a string without end", content(&"a".repeat(MB)).replace("\"}]}", "")),
        ("brackets", field(&"[".repeat(MB))),
    ] {
        let before = Instant::now();
        drop(canonicalise(document.as_bytes()));
        repair(document.as_bytes());
        assert!(before.elapsed() < ENOUGH, "{name}: {:?}", before.elapsed());
    }
}

#[test]
fn invalid_bytes_take_no_quadratic_time() {
    let before = Instant::now();
    let document = [b"{\"news_item\":[{\"content\":\"", &b"\xe4\xbd".repeat(500_000)[..], b"\"}]}"].concat();
    assert!(!canonicalise(&document).unwrap().strict);
    assert!(canonicalise(&repair(&document)).unwrap().strict);
    assert!(before.elapsed() < ENOUGH);
}
