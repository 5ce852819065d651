//! Filters tags for pages: nothing that runs, loads something, or leads to a script.

use super::escape::escaped;
use super::html::Element;
use super::pictures::Pictures;
use super::style;

/// The prefix of the page's own ids; an author's elements must not use it.
const OWN: [&str; 5] = ["title-", "author-", "digest-", "link-", "body-"];

/// Stands before the name of an attribute whose address is kept to be read, and loads nothing.
const KEPT_ASIDE: &str = "data-left-out-";

/// Returns whether an element is left out, its content kept: it runs, loads, acts, hides its content from the tags around it,
/// or changes another element.
pub(super) fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "animate"
            | "animatecolor"
            | "animatemotion"
            | "animatetransform"
            | "applet"
            | "bgsound"
            | "button"
            | "discard"
            | "embed"
            | "feimage"
            | "form"
            | "frame"
            | "frameset"
            | "input"
            | "listing"
            | "noscript"
            | "object"
            | "option"
            | "param"
            | "plaintext"
            | "select"
            | "set"
            | "source"
            | "template"
            | "textarea"
            | "track"
            | "use"
            | "xmp"
    )
}

/// Writes the attributes that do no harm; returns what stands in the place of pictures that are not at hand.
pub(super) fn write_harmless(out: &mut String, element: &Element, pictures: &Pictures) -> Vec<String> {
    let is_picture = matches!(&*element.name, "img" | "image");
    let mut lost = Vec::new();
    for attribute in &element.attributes {
        let (name, value): (&str, &str) = (&attribute.name.local, &attribute.value);
        match name {
            _ if !is_kept(name, value) => {}
            // Where a picture is comes last.
            "src" | "data-src" | "srcset" | "href" | "xlink:href" if is_picture => {}
            "href" | "xlink:href" if matches!(&*element.name, "a" | "area") => match link(value) {
                Some(link) => write(out, name, &link),
                None => write_aside(out, name, value),
            },
            "href" | "xlink:href" if value.starts_with('#') => write(out, name, value),
            "background" => match pictures.shown(value) {
                Ok(address) => write(out, name, &address),
                Err(text) => lost.push(text),
            },
            _ if is_loaded(name) => write_aside(out, name, value),
            _ => {
                let (value, missing) = style::harmless_in(name, value, pictures);
                write(out, name, &value);
                lost.extend(missing);
            }
        }
    }
    lost
}

/// Leaves out event handlers, names that HTML has no way to write, what is about how a file is loaded, which a local file
/// cannot stand, and names of the page's own.
fn is_kept(name: &str, value: &str) -> bool {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '/' | '=');
    let is_about_loading =
        matches!(name, "crossorigin" | "integrity" | "referrerpolicy" | "loading" | "fetchpriority" | "ping");
    let is_own =
        matches!(name, "id" | "name" | "for" | "form") && OWN.iter().any(|own| value.trim_start().starts_with(own));
    !name.is_empty() && !name.starts_with("on") && !name.contains(is_odd) && !is_about_loading && !is_own
}

/// Attributes whose value some element of HTML or SVG loads, shows in a frame, or sends something to.
fn is_loaded(name: &str) -> bool {
    matches!(
        name,
        "src"
            | "srcset"
            | "srcdoc"
            | "imagesrcset"
            | "href"
            | "xlink:href"
            | "poster"
            | "data"
            | "lowsrc"
            | "dynsrc"
            | "action"
            | "formaction"
            | "codebase"
            | "archive"
            | "classid"
            | "code"
            | "manifest"
            | "profile"
            | "xml:base"
    )
}

/// Returns where a link leads, if that is a page or an address to write to. Nothing in it ends a link of HTML or Markdown.
pub(super) fn link(value: &str) -> Option<String> {
    // Browsers pass over these wherever they stand.
    let plain = value.replace(['\t', '\n', '\r'], "");
    let plain = plain.trim_matches(|c: char| c.is_control() || c == ' ');
    let begins = |scheme: &&str| plain.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme));
    let leads_to_a_page = ["https://", "http://", "mailto:", "tel:", "//", "#"].iter().any(begins);
    let scheme = if plain.starts_with("//") { "https:" } else { "" };
    leads_to_a_page.then(|| format!("{scheme}{}", encoded(plain)))
}

/// Encodes what no address holds as it is, and what could end it.
pub(super) fn encoded(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for character in address.chars() {
        match character {
            ' ' | '"' | '<' | '>' | '\\' | '`' | '\0'..='\u{1f}' | '\u{7f}' => {
                out.push_str(&format!("%{:02X}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
    out
}

/// Keeps an address to be read, under a name that loads nothing; a script is none.
fn write_aside(out: &mut String, name: &str, value: &str) {
    if link(value).is_none() {
        return;
    }
    write(out, &format!("{KEPT_ASIDE}{}", name.replace(':', "-")), value);
}

pub(super) fn write(out: &mut String, name: &str, value: &str) {
    out.extend([" ", name, "=\"", &escaped(value), "\""]);
}
