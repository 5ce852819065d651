//! What stands around every page.

use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::access::Visitor;
use super::caller::Caller;
use super::static_files::{SCRIPT_ADDRESS, STYLE_ADDRESS};
use super::texts::{Texts, filled};
use super::time;
use crate::sanitize;

/// Returns a whole page. Without a visitor, nothing in it leads to drafts.
pub(super) fn page(caller: &Caller, visitor: Option<&Visitor>, title: &str, body: &Markup) -> Response {
    page_with_words("", caller, visitor, title, body)
}

/// Returns a page of what was searched for.
pub(super) fn page_about(words: &str, caller: &Caller, visitor: &Visitor, title: &str, body: &Markup) -> Response {
    page_with_words(words, caller, Some(visitor), title, body)
}

fn page_with_words(words: &str, caller: &Caller, visitor: Option<&Visitor>, title: &str, body: &Markup) -> Response {
    let (texts, other) = (caller.language.texts(), caller.language.other());
    let page = html! {
        (DOCTYPE)
        html lang=(caller.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · draftkeep" }
                link rel="stylesheet" href=(*STYLE_ADDRESS);
                script src=(*SCRIPT_ADDRESS) defer {}
            }
            body {
                a.skip href="#content" { (texts.skip) }
                header {
                    nav {
                        a.home href="/" { "draftkeep" }
                        @if visitor.is_some() {
                            form.row role="search" action="/search" {
                                input type="search" name="q" value=(words) maxlength="300" placeholder=(texts.search_words) aria-label=(texts.search_words);
                                button { (texts.search) }
                            }
                        }
                        span.right {
                            @if visitor.is_some() { a href="/told" { (texts.told) } }
                            a href={ "?lang=" (other.code()) } lang=(other.tag()) { (other.texts().language) }
                            @match visitor {
                                Some(Visitor { name: Some(name), .. }) => span.user { (name) },
                                Some(Visitor { name: None, .. }) => a href="/logout" { (texts.log_out) },
                                None => "",
                            }
                        }
                    }
                }
                main #content { (body) }
                @if visitor.is_some() {
                    footer {
                        p { (filled(texts.times_in, time::zone(caller.now))) }
                        details #keys {
                            summary { (texts.keys) }
                            ul {
                                @for key in [texts.key_versions, texts.key_changes, texts.key_sides, texts.key_items, texts.key_help] {
                                    li { (key) }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    Html(page.into_string()).into_response()
}

/// Returns a title as the pages show it, on one line and with nothing that turns text around.
pub(super) fn title(title: &str, texts: &Texts) -> String {
    if title.is_empty() { texts.no_title.to_owned() } else { sanitize::line(title).into_owned() }
}
