//! What one element says beside its text.

use crate::canonical;
use crate::render::Element;

/// Returns the identity of a picture's address, which stands as a bar and the identity where the hash law has found it.
pub(super) fn identity(address: &str) -> String {
    let address = address.trim();
    address.strip_prefix('|').map_or_else(|| canonical::picture_identity(address).into_owned(), str::to_owned)
}

/// Returns whether an element only counts the lines of a code block.
pub(super) fn is_line_counter(element: &Element) -> bool {
    element.attribute("class").is_some_and(|class| class.contains("code-snippet__line-index"))
}

/// Returns what is said of a picture in words. The platform's editor gives every picture the same.
pub(super) fn description(picture: &Element) -> Option<String> {
    let words = ["alt", "title"].map(|name| picture.attribute(name).map_or("", str::trim));
    let said: Vec<_> = words.into_iter().filter(|text| !matches!(*text, "" | "图片")).collect();
    (!said.is_empty()).then(|| said.join(" | "))
}

/// Returns where an element leads: to a page, a mini program, a topic, the article that is quoted.
pub(super) fn target(element: &Element) -> Option<String> {
    let leads = |name: &str| match &*element.name {
        "a" | "area" => matches!(name, "href" | "topic-id" | "data-topic") || name.starts_with("data-miniprogram"),
        "blockquote" => name == "data-url",
        _ => false,
    };
    let told = |(name, value): (&str, &str)| if name == "href" { value.to_owned() } else { format!("{name}={value}") };
    let targets: Vec<_> =
        attributes(element).filter(|(name, value)| leads(name) && !value.is_empty()).map(told).collect();
    (!targets.is_empty()).then(|| targets.join(" "))
}

fn attributes(element: &Element) -> impl Iterator<Item = (&str, &str)> {
    element.attributes.iter().map(|attribute| (&*attribute.name.local, &*attribute.value))
}

/// Writes an element's name and what its attributes say; how it looks only where that is all there is to it.
pub(super) fn written(element: &Element, with_looks: bool) -> String {
    let is_look = |name: &str| matches!(name, "style" | "width" | "height" | "data-ratio" | "data-w");
    let is_noise = |name: &str| name == "data-pm-slice" || name.starts_with("data-mpa-");
    let mut told: Vec<_> = attributes(element)
        .filter(|(name, value)| !value.is_empty() && !is_noise(name) && (with_looks || !is_look(name)))
        .map(|(name, value)| format!(" {name}={value}"))
        .collect();
    told.sort_unstable();
    format!("<{}{}>", element.name, told.concat())
}
