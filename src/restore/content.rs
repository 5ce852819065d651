//! A body on its way back: what the platform did to it when it was stored is undone, for the platform does it again.
//!
//! The platform re-serialises what it is sent, and not idempotently: HTML that was read back and is sent as it is loses
//! its pictures' addresses and its styles (measured by several people in 2026).

use std::borrow::Cow;

use lol_html::html_content::Element;
use lol_html::{RewriteStrSettings, element, rewrite_str};

use crate::canonical;

/// What was undone in a body, and what of it the platform does not take through its API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Pictures whose `data-src` became `src` again.
    pub pictures: usize,
    /// Styles whose quotes and ampersands were entities; sent like that, they come back empty.
    pub styles: usize,
}

/// Parts of a body that the platform is known to take out of what comes through its API, or that it never takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Links in the text; their words stay.
    pub links: usize,
    /// Audio, video, votes, mini programs, cards of accounts and products, embedded pages.
    pub cards: usize,
    /// Pictures that are not at the platform.
    pub foreign_pictures: usize,
}

/// What can be counted in a body before and after it was at the platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) losses: Losses,
    /// Styles that say something.
    pub(super) styles: usize,
    pub(super) empty_styles: usize,
}

/// Returns the body as it is sent.
pub(super) fn undo(html: &str) -> (String, Undone) {
    let mut undone = Undone::default();
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

/// Returns the body without its cards and without the tags of its links, of which the platform keeps the words: what is
/// counted by itself is no difference of the text.
pub(super) fn words(html: &str) -> String {
    rewritten(html, |element| match element.tag_name().as_str() {
        "a" => element.remove_and_keep_content(),
        name if is_card(name) => element.remove(),
        _ => {}
    })
}

pub(super) fn tally(html: &str) -> Tally {
    let mut tally = Tally::default();
    rewritten(html, |element| {
        match element.get_attribute("style") {
            Some(style) if style.trim().is_empty() => tally.empty_styles += 1,
            Some(_) => tally.styles += 1,
            None => {}
        }
        match element.tag_name().as_str() {
            "a" if element.has_attribute("href") => tally.losses.links += 1,
            "img" if is_foreign(element) => tally.losses.foreign_pictures += 1,
            name if is_card(name) => tally.losses.cards += 1,
            _ => {}
        }
    });
    tally
}

/// Returns the cards of a body by their kind, each kind once.
pub(super) fn cards(html: &str) -> Vec<(&'static str, usize)> {
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    rewritten(html, |element| {
        let Some(kind) = card_kind(&element.tag_name(), element.get_attribute("class").as_deref()) else { return };
        match counts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => counts.push((kind, 1)),
        }
    });
    counts
}

fn is_card(name: &str) -> bool {
    card_kind(name, None).is_some()
}

/// Names what only the platform's own editor inserts, by an element's name and class.
fn card_kind(name: &str, class: Option<&str>) -> Option<&'static str> {
    let is_of_class = |word: &str| class.is_some_and(|class| class.contains(word));
    Some(match name {
        "mpvoice" | "qqmusic" | "audio" | "mp-common-mpaudio" => "audio clip",
        "video" | "mpvideosnap" | "mp-common-videosnap" => "video",
        "iframe" if is_of_class("vote") => "vote",
        "iframe" if is_of_class("video") => "video",
        "iframe" => "embedded page",
        "mp-miniprogram" | "mp-weapp" => "mini program",
        "mpprofile" | "mp-common-profile" => "account card",
        "mpcpc" | "mp-common-product" => "product card",
        // It says nothing to a reader, and the platform puts it there itself.
        "mp-style-type" => return None,
        name if name.starts_with("mp-") => "card",
        _ => return None,
    })
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

/// Undoes the entities of a style. A double quote would end the attribute; CSS takes a single one as well.
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
            assert_eq!(undo(&sent), (sent.clone(), Undone::default()), "once is enough");
        }
    }

    #[test]
    fn words_are_what_is_left_of_links_and_cards() {
        assert_eq!(
            words(
                "<p>看<a href='x'>这<b>篇</b></a></p><mp-common-profile>某</mp-common-profile><mp-style-type></mp-style-type>"
            ),
            "<p>看这<b>篇</b></p><mp-style-type></mp-style-type>"
        );
    }

    #[test]
    fn losses_are_counted() {
        let html = format!(
            "<a>一</a><a href='x'>二</a><mpvoice></mpvoice><mp-style-type></mp-style-type>\
             <img data-src=\"{PICTURE}\"><img src='https://example.com/a.png'><p style=''><p style='a:b'>"
        );
        let losses = Losses { links: 1, cards: 1, foreign_pictures: 1 };
        assert_eq!(tally(&html), Tally { losses, styles: 1, empty_styles: 1 });
    }

    proptest! {
        #[test]
        fn a_body_without_the_platforms_spelling_stays_as_it_is(html in "[a-z<>/ =一二\"'&;-]{0,80}") {
            prop_assume!(!html.contains("style") && !html.contains("data-src"));
            prop_assert_eq!(undo(&html).0, html);
        }
    }
}
