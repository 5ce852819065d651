//! Time grows linearly with the document, whatever its content.

use std::time::{Duration, Instant};

use draftkeep::canonical::{canonicalise, repair};

/// Far more than half a megabyte takes on a slow and busy machine, and far less than quadratic time would be.
const ENOUGH: Duration = Duration::from_secs(10);

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
    const SIZE: usize = 500_000;
    let deep = format!("{}\"{}\"{}", "{\"a\":".repeat(97), "字".repeat(SIZE / 3), "}".repeat(97));
    for (name, document) in [
        ("many members", field(&format!("{{{}}}", many(100_000, |at| format!("\"{}\":{at}", 100_000 - at))))),
        ("one key again and again", field(&format!("{{{}}}", many(100_000, |at| format!("\"a\":{at}"))))),
        ("many elements", field(&format!("[{}]", many(100_000, |at| at.to_string())))),
        ("many articles", format!("{{\"news_item\":[{}]}}", many(100_000, |_| "{\"title\":\"\"}".to_owned()))),
        ("many news_items", format!("{{{}}}", many(25_000, |_| "\"news_item\":[{}]".to_owned()))),
        ("slashes", content(&"/".repeat(SIZE))),
        ("slashes in a tag", content(&format!("<{}", "/".repeat(SIZE)))),
        ("backslashes", content(&"\\\\".repeat(SIZE / 2))),
        ("control characters", content(&"\u{1}".repeat(SIZE))),
        ("opened tags", content(&"<//".repeat(SIZE / 3))),
        ("addresses and no tag", content(&"//mmbiz.qpic.cn/a/b ".repeat(SIZE / 20))),
        ("addresses run together and no tag", content(&"//mmbiz.qpic.cn/a/b".repeat(SIZE / 20))),
        ("addresses in one tag", content(&format!("<{}", "//mmbiz.qpic.cn/a/b ".repeat(SIZE / 20)))),
        ("addresses without path", content(&format!("<{}", "//mmbiz.qpic.cn/?".repeat(SIZE / 20)))),
        ("hosts that go on", content(&format!("<{}", "//mmbiz.qpic.cn".repeat(SIZE / 15)))),
        ("one long host", content(&format!("<//{}.qpic.cn/a/b", "a".repeat(SIZE)))),
        ("one long path", content(&format!("<//a.qpic.cn/a{}", "/0".repeat(SIZE / 2)))),
        ("entities that are none", content(&format!("<//a.qpic.cn/a/b{}", "&quot".repeat(SIZE / 5)))),
        ("nested to the limit", field(&deep)),
        ("a long number", field(&format!("1{}e5", "0".repeat(SIZE)))),
        ("a long exponent", field(&format!("1e{}", "1".repeat(SIZE)))),
        ("a string without end", content(&"a".repeat(SIZE)).replace("\"}]}", "")),
        ("brackets", field(&"[".repeat(SIZE))),
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
    let document = [b"{\"news_item\":[{\"content\":\"", &b"\xe4\xbd".repeat(250_000)[..], b"\"}]}"].concat();
    assert!(!canonicalise(&document).unwrap().strict);
    assert!(canonicalise(&repair(&document)).unwrap().strict);
    assert!(before.elapsed() < ENOUGH);
}
