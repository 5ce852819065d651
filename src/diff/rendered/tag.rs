//! What tags say, however they are spelled.

use std::collections::HashMap;

use super::super::element;
use super::super::text_style::StyleCache;
use crate::canonical;
use crate::render::Element;

/// Numbers for tags, the same for those that say the same.
#[derive(Default)]
pub(super) struct TagNumbers<'a> {
    /// By their spelling: an article has the same few tags over and over.
    spelled: HashMap<Spelling<'a>, u32>,
    said: HashMap<String, u32>,
    styles: StyleCache,
}

/// A tag as it is spelled: its name, and the names and values of its attributes.
type Spelling<'a> = (&'a str, Vec<(&'a str, &'a str)>);

impl<'a> TagNumbers<'a> {
    pub(super) fn number(&mut self, element: &'a Element) -> u32 {
        let attributes = element.attributes.iter().map(|attribute| (&*attribute.name.local, &*attribute.value));
        *self.spelled.entry((&element.name, attributes.collect())).or_insert_with(|| {
            // No body has so many tags that their numbers run out.
            let next = u32::try_from(self.said.len()).unwrap_or(u32::MAX);
            *self.said.entry(tag(element, &mut self.styles)).or_insert(next)
        })
    }
}

/// Returns what a tag says, spelled alike where it means the same.
pub(super) fn tag(element: &Element, styles: &mut StyleCache) -> String {
    let mut said: Vec<String> = element
        .attributes
        .iter()
        .map(|attribute| {
            let (name, value) = (&*attribute.name.local, &*attribute.value);
            match name {
                "style" => {
                    let style = styles.read(element);
                    let (declarations, pictures) = &*style;
                    let declarations = declarations.iter().map(|(name, value)| format!("{name}:{value};"));
                    let pictures = pictures.iter().map(|address| element::identity(address));
                    declarations.chain(pictures).collect()
                }
                _ if value.contains("//") => format!("{name}={}", canonical::picture_identity(value.trim())),
                _ => format!("{name}={value}"),
            }
        })
        .collect();
    said.sort_unstable();
    format!("<{} {}>", element.name, said.join(" "))
}
