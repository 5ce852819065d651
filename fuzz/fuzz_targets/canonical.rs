//! The canonical form: canonical bytes are a document whose canonical bytes they are; the hash does not depend on the order of keys, on
//! signed links, or on how broken the JSON was.

use draftkeep::canonical::json::{elements, members};
use draftkeep::canonical::{articles, canonicalise, covers_agree, diff_fields, field_names, fields, repair};
use draftkeep::picture::image_refs;

pub fn run(data: &[u8]) {
    let repaired = repair(data);
    let Ok(form) = canonicalise(data) else { return };
    let again = canonicalise(&form.bytes).expect("canonical bytes are a document");
    assert_eq!(text(&again.bytes), text(&form.bytes), "canonicalising twice");
    assert_eq!(again.hash(), form.hash());
    assert_eq!(canonicalise(&repaired).expect("a repaired document is one").hash(), form.hash(), "repaired");
    assert_eq!(canonicalise(&rewritten(data)).expect("the same members").hash(), form.hash(), "keys in another order");
    assert!(diff_fields(&again.bytes, &form.bytes).expect("both are canonical").is_empty());
    drop((field_names(&form.bytes), fields(data), image_refs(data), covers_agree(data, &form.bytes, false)));
    let (received, canonical) = (articles(data).expect("a document"), articles(&form.bytes).expect("a document"));
    assert_eq!(received.len(), canonical.len());
    for (received, canonical) in received.iter().zip(&canonical) {
        assert_eq!((&received.title, received.article_type), (&canonical.title, canonical.article_type));
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Writes a document with the members of it and of its articles backwards, and a signed link in each article.
fn rewritten(document: &[u8]) -> Vec<u8> {
    backwards(document, &mut |key, value| match (key, elements(value)) {
        ("news_item", Ok(articles)) => {
            let articles: Vec<_> = articles.into_iter().map(article).collect();
            [&b"["[..], &articles.join(&b", "[..]), b"]"].concat()
        }
        _ => value.to_vec(),
    })
}

fn article(article: &[u8]) -> Vec<u8> {
    let written = backwards(article, &mut |_, value| value.to_vec());
    let link = br#"{"url":"https://mp.weixin.qq.com/s?sn=1","show_cover_pic":1"#;
    let comma: &[u8] = if written == b"{}" { b"" } else { b"," };
    [&link[..], comma, &written[1..]].concat()
}

/// Writes an object with its members backwards; of equal keys, only the last one counts and is written.
fn backwards(object: &[u8], value_of: &mut dyn FnMut(&str, &[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut seen = Vec::new();
    let mut written = Vec::new();
    for (key, value) in members(object).expect("an object").into_iter().rev() {
        if !seen.contains(&key) {
            let name = serde_json::to_vec(&*key).expect("a text is JSON");
            written.push([&name[..], b" : ", &value_of(&key, value)].concat());
            seen.push(key);
        }
    }
    [&b"{"[..], &written.join(&b",\n"[..]), b"}"].concat()
}
