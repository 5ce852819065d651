//! Prepares a body for sending: undoes what the platform did to it when storing it, because the platform will do it again.
//!
//! The platform re-serialises HTML, and not idempotently: HTML that was read back and is sent unchanged loses its picture
//! addresses and styles (measured by several people in 2026).

use std::borrow::Cow;

use lol_html::html_content::Element;
use lol_html::{RewriteStrSettings, element, rewrite_str};

use crate::canonical;
use crate::diff::media_kind;

/// What was undone in a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NormalizedBody {
    /// Pictures whose `data-src` became `src` again.
    pub pictures: usize,
    /// Styles whose quotes and ampersands were entities; sent like that, they come back empty.
    pub styles: usize,
}

/// Parts of a body that the platform removes or refuses when they are sent through its API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnsupportedMarkup {
    /// Links in the text; their words stay.
    pub links: usize,
    /// Audio, video, votes, mini programs, cards of accounts and products, embedded pages.
    pub cards: usize,
    /// Pictures that are not at the platform.
    pub foreign_pictures: usize,
    /// Styles with a declaration that the platform removes, see `REMOVED`.
    pub styles: usize,
    /// `<div>`s with a style: the platform makes paragraphs of them, and keeps half of the style.
    pub divs: usize,
}

/// What the platform removes from styles.
const REMOVED: [&str; 2] = ["position", "-webkit-overflow-scrolling"];

/// Returns the body as it is sent.
pub(super) fn undo(html: &str) -> (String, NormalizedBody) {
    let mut undone = NormalizedBody::default();
    let sent = rewritten(html, |element| {
        if let Some(style) = element.get_attribute("style")
            && let Cow::Owned(plain) = without_entities(&style)
        {
            undone.styles += 1;
            set(element, "style", &plain);
        }
        if element.tag_name() == "img"
            && let Some(address) = element.get_attribute("data-src")
        {
            undone.pictures += 1;
            element.remove_attribute("data-src");
            set(element, "src", &address);
        }
    });
    (sent, undone)
}

/// Returns the body without what is compared by itself: cards, the tags of links (their words stay), pictures of other sites.
pub(super) fn words(html: &str) -> String {
    rewritten(html, |element| match element.tag_name().as_str() {
        "a" => element.remove_and_keep_content(),
        "img" if is_foreign(element) => element.remove(),
        name if is_card(name) => element.remove(),
        _ => {}
    })
}

/// Returns the body without the declarations that the platform removes.
pub(super) fn without_removed_styles(html: &str) -> String {
    rewritten(html, |element| {
        if let Some(style) = element.get_attribute("style").filter(|style| is_removed_from(style)) {
            let kept: Vec<_> = style.split(';').filter(|declaration| !is_removed(declaration)).collect();
            set(element, "style", &kept.join(";"));
        }
    })
}

fn is_removed_from(style: &str) -> bool {
    style.split(';').any(is_removed)
}

fn is_removed(declaration: &str) -> bool {
    declaration.split_once(':').is_some_and(|(name, _)| REMOVED.iter().any(|it| name.trim().eq_ignore_ascii_case(it)))
}

/// Counts what will be lost.
pub(super) fn losses(html: &str) -> UnsupportedMarkup {
    let mut losses = UnsupportedMarkup::default();
    rewritten(html, |element| {
        let style = element.get_attribute("style").unwrap_or_default();
        losses.styles += usize::from(is_removed_from(&style));
        match element.tag_name().as_str() {
            "a" if leads_somewhere(element) => losses.links += 1,
            "img" if is_foreign(element) => losses.foreign_pictures += 1,
            "div" if !style.trim().is_empty() => losses.divs += 1,
            name if is_card(name) => losses.cards += 1,
            _ => {}
        }
    });
    losses
}

/// Returns whether a link leads to a page, a mini program or a topic.
fn leads_somewhere(link: &Element<'_, '_>) -> bool {
    let leads = |name: &str| matches!(name, "href" | "topic-id" | "data-topic") || name.starts_with("data-miniprogram");
    link.attributes().iter().any(|attribute| leads(&attribute.name()))
}

/// Counts the styles that say something, and those that say nothing.
pub(super) fn styles(html: &str) -> (usize, usize) {
    let (mut some, mut empty) = (0, 0);
    rewritten(html, |element| match element.get_attribute("style") {
        Some(style) if style.trim().is_empty() => empty += 1,
        Some(_) => some += 1,
        None => {}
    });
    (some, empty)
}

/// Returns the addresses of the pictures that are not at the platform.
pub(super) fn foreign_pictures(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    rewritten(html, |element| {
        if element.tag_name() == "img" && is_foreign(element) {
            found.extend(element.get_attribute("data-src").or_else(|| element.get_attribute("src")));
        }
    });
    found
}

/// Returns the cards of a body by their kind, each kind once.
pub(super) fn cards(html: &str) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    rewritten(html, |element| {
        let Some(kind) = media_kind(&element.tag_name(), element.get_attribute("class").as_deref()) else { return };
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    });
    counts
}

fn is_card(name: &str) -> bool {
    media_kind(name, None).is_some()
}

fn is_foreign(picture: &Element<'_, '_>) -> bool {
    let address = picture.get_attribute("data-src").or_else(|| picture.get_attribute("src"));
    address.is_some_and(|address| canonical::pictures(&format!("<img src=\"{address}\">")).is_empty())
}

/// Rewrites tags and nothing else. Where the markup is too odd for that, the body stays as it is.
fn rewritten(html: &str, mut visit: impl FnMut(&mut Element<'_, '_>)) -> String {
    let settings =
        RewriteStrSettings::new().with_strict(false).append_element_content_handler(element!("*", |element| {
            visit(element);
            Ok(())
        }));
    rewrite_str(html, settings).unwrap_or_else(|error| {
        tracing::debug!(%error, "a body was too odd to be rewritten");
        html.to_owned()
    })
}

/// Sets an attribute of which only the value is ours; the names here are valid.
fn set(element: &mut Element<'_, '_>, name: &str, value: &str) {
    if let Err(error) = element.set_attribute(name, value) {
        tracing::debug!(%error, name, "an attribute stays as it is");
    }
}

/// Decodes the entities of a style. A double quote would end the attribute, so it becomes a single quote, which CSS accepts
/// too.
fn without_entities(style: &str) -> Cow<'_, str> {
    if !style.contains(['&', '"']) {
        return Cow::Borrowed(style);
    }
    let quotes = ["&quot;", "&#34;", "&#x22;", "\"", "&#39;", "&#x27;", "&apos;"];
    let quoted = quotes.iter().fold(style.to_owned(), |style, quote| style.replace(quote, "'"));
    // Last, so that `&amp;quot;` does not become a quote.
    let plain = quoted.replace("&amp;", "&");
    if plain == style { Cow::Borrowed(style) } else { Cow::Owned(plain) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PICTURE: &str = "https://mmbiz.qpic.cn/mmbiz_png/AbC/640?wx_fmt=png&amp;from=appmsg";

    #[test]
    fn what_the_platform_did_is_undone() {
        for (stored, sent) in [
            (format!("<img data-src=\"{PICTURE}\" data-w=\"3\">"), format!("<img data-w=\"3\" src=\"{PICTURE}\">")),
            (format!("<img src=\"data:,x\" data-src=\"{PICTURE}\">"), format!("<img src=\"{PICTURE}\">")),
            ("<p style=\"font-family:&#39;X&#39;\">一</p>".into(), "<p style=\"font-family:'X'\">一</p>".into()),
            ("<p style='a:\"X\"'>一</p>".into(), "<p style=\"a:'X'\">一</p>".into()),
            (
                "<p style=\"background:url(&quot;//a/b?c&amp;d&quot;)\">".into(),
                "<p style=\"background:url('//a/b?c&d')\">".into(),
            ),
            (
                "<p title=\"&quot;\">style=\"&quot;\" &amp;</p>".into(),
                "<p title=\"&quot;\">style=\"&quot;\" &amp;</p>".into(),
            ),
        ] {
            assert_eq!(undo(&stored).0, sent);
            assert_eq!(undo(&sent), (sent.clone(), NormalizedBody::default()), "once is enough");
        }
    }

    #[test]
    fn words_are_what_is_left_of_links_and_cards() {
        assert_eq!(
            words(
                "<p>看<a href='x'>这<b>篇</b></a></p><mp-common-profile>某</mp-common-profile><mp-style-type></mp-style-type><img src='https://example.com/a.png'>"
            ),
            "<p>看这<b>篇</b></p><mp-style-type></mp-style-type>"
        );
    }

    #[test]
    fn losses_are_counted() {
        let html = format!(
            "<a>一</a><a href='x'>二</a><a data-miniprogram-path='p'>三</a><a topic-id='7'>四</a><mpvoice></mpvoice><mp-style-type></mp-style-type>\
             <img data-src=\"{PICTURE}\"><img src='https://example.com/a.png'><p style=''><p style='a:b; POSITION : fixed'>\
             <div></div><div style='c:d'></div>"
        );
        assert_eq!(losses(&html), UnsupportedMarkup { links: 3, cards: 1, foreign_pictures: 1, styles: 1, divs: 1 });
        assert_eq!((styles(&html), foreign_pictures(&html)), ((2, 1), vec!["https://example.com/a.png".to_owned()]));
        let kept = without_removed_styles("<p style='position:fixed;b:c'>一</p><p style='x-position:a'>");
        assert_eq!(kept, "<p style=\"b:c\">一</p><p style='x-position:a'>");
    }

    proptest! {
        #[test]
        fn a_body_without_the_platforms_spelling_stays_as_it_is(html in "[a-z<>/ =一二\"'&;-]{0,80}") {
            prop_assume!(!html.contains("style") && !html.contains("data-src"));
            prop_assert_eq!(undo(&html).0, html);
        }
    }
}
