//! A `style` attribute of which nothing is loaded.

use super::pictures::Pictures;

/// Functions of CSS that load what they name.
const LOADERS: [&str; 6] = ["url(", "image(", "image-set(", "cross-fade(", "src(", "expression("];

/// Returns a style, or a value of one, in which only pictures at hand are named; and what stands in the place of the others.
/// Whatever cannot be shown leaves with its whole declaration.
pub(super) fn harmless(style: &str, pictures: &Pictures) -> (String, Vec<String>) {
    let style = without_comments(style);
    if !loads(&style) {
        return (style, Vec::new());
    }
    let (mut kept, mut missing) = (Vec::new(), Vec::new());
    for declaration in declarations(&style) {
        match shown(declaration, pictures) {
            Ok(declaration) => kept.push(declaration),
            Err(text) => missing.push(text),
        }
    }
    (kept.join(";"), missing)
}

/// Does the same for any attribute: SVG has styles in attributes of their own, such as `fill`.
pub(super) fn harmless_in(name: &str, value: &str, pictures: &Pictures) -> (String, Vec<String>) {
    // What a script of the platform's would read, and no browser.
    if name.starts_with("data-") || name.starts_with("aria-") || matches!(name, "alt" | "title") {
        return (value.to_owned(), Vec::new());
    }
    match name == "style" || loads(value) {
        true => harmless(value, pictures),
        false => (value.to_owned(), Vec::new()),
    }
}

/// Returns a style without what takes an element out of its place on the page, or before others; `None` if there is nothing of it.
pub(super) fn in_place(style: &str) -> Option<String> {
    let is_placed = |style: &str| ["position", "z-index"].iter().any(|name| mentions(style, name));
    if !(if style.contains('\\') { is_placed(&unescaped(style)) } else { is_placed(style) }) {
        return None;
    }
    let style = without_comments(style);
    let kept = declarations(&style).into_iter().filter(|declaration| !leaves_its_place(declaration));
    Some(kept.collect::<Vec<_>>().join(";"))
}

/// Returns whether a word of CSS, in lower case, stands anywhere in a style, in whatever case.
pub(super) fn mentions(style: &str, word: &str) -> bool {
    style.as_bytes().windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Looks at the whole text and not at its beginning alone: a browser may see the end of a declaration where none is seen here.
fn leaves_its_place(declaration: &str) -> bool {
    let plain = unescaped(declaration);
    let is_part_of_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let values = |name: &'static str| {
        let stands_alone = |at: &usize| !plain[..*at].ends_with(is_part_of_name);
        let places = plain.match_indices(name).map(|(at, _)| at).filter(stands_alone);
        places.filter_map(|at| plain[at + name.len()..].trim_start().strip_prefix(':')).collect::<Vec<_>>()
    };
    let stays = |value: &&str| ["static", "relative"].iter().any(|kept| value.trim_start().starts_with(kept));
    !values("z-index").is_empty() || !values("position").iter().all(stays)
}

/// Returns a declaration with the pictures at hand in it.
fn shown(declaration: &str, pictures: &Pictures) -> Result<String, String> {
    if !loads(declaration) {
        return Ok(declaration.to_owned());
    }
    let plain = declaration.to_ascii_lowercase();
    // What is spelled with escapes, or loaded by another function, is not understood here.
    if plain.contains('\\') || LOADERS[1..].iter().any(|loader| plain.contains(loader)) {
        return Err(left_out(declaration));
    }
    let (mut written, mut rest) = (String::new(), declaration);
    while let Some(at) = at_url(rest) {
        let (before, url) = rest.split_at(at);
        let (address, behind) = address(url).ok_or_else(|| left_out(declaration))?;
        let shown = if is_part_of_page(address) { address.to_owned() } else { pictures.shown(address)? };
        written.push_str(&format!("{before}\"{}\")", escaped(&shown)));
        rest = behind;
    }
    Ok(written + rest)
}

/// Returns whether an address names a part of the page itself. With a bracket in it, it could be taken for another function.
fn is_part_of_page(address: &str) -> bool {
    address.starts_with('#') && !address.contains('(')
}

/// Returns the addresses in a value.
pub(super) fn addresses(value: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), value);
    while let Some((found_here, behind)) = at_url(rest).and_then(|at| address(&rest[at..])) {
        found.push(found_here);
        rest = behind;
    }
    found
}

/// Returns where the first address begins.
fn at_url(value: &str) -> Option<usize> {
    let is_url = |bracket: &usize| {
        let name = value.as_bytes()[..*bracket].last_chunk::<3>();
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"url"))
    };
    value.match_indices('(').map(|(bracket, _)| bracket).find(is_url).map(|bracket| bracket + 1)
}

fn left_out(declaration: &str) -> String {
    format!("［{}］", declaration.trim())
}

/// Splits what stands behind `url(` into its address, without quotes, and what follows the bracket.
fn address(url: &str) -> Option<(&str, &str)> {
    let url = url.trim_start();
    match url.chars().next()? {
        quote @ ('"' | '\'') => {
            let (address, behind) = url[1..].split_once(quote)?;
            Some((address, behind.trim_start().strip_prefix(')')?))
        }
        _ => url.split_once(')').map(|(address, behind)| (address.trim_end(), behind)),
    }
}

/// Escapes an address for a quoted string.
fn escaped(address: &str) -> String {
    address.replace('\\', "%5C").replace('"', "%22").replace(['\n', '\r', '\u{c}'], "")
}

/// Returns whether a function of CSS that loads something stands in the text, however it is spelled.
fn loads(text: &str) -> bool {
    if !text.contains(['(', '\\']) {
        return false;
    }
    let plain = unescaped(text);
    LOADERS.iter().any(|loader| plain.contains(loader))
}

/// Returns the text in lower case with its escapes undone: `\75 rl(` is `url(` to a browser.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        plain.push_str(before);
        let digits = escape.bytes().take(6).take_while(u8::is_ascii_hexdigit).count();
        match u32::from_str_radix(&escape[..digits], 16) {
            Ok(code) => {
                plain.extend(char::from_u32(code));
                let behind = &escape[digits..];
                rest = behind.strip_prefix([' ', '\n', '\t', '\r', '\u{c}']).unwrap_or(behind);
            }
            Err(_) => rest = escape,
        }
    }
    plain.push_str(rest);
    plain.to_ascii_lowercase()
}

/// Puts a blank in the place of each comment, so that no comment is left and none comes into being.
fn without_comments(style: &str) -> String {
    let (mut plain, mut rest) = (String::with_capacity(style.len()), style);
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        plain.push(' ');
        rest = comment.split_once("*/").map_or("", |(_, behind)| behind);
    }
    plain + rest
}

/// Splits a style where a semicolon stands outside of quotes and brackets.
pub(crate) fn declarations(style: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, character) in style.char_indices() {
        match character {
            _ if quote == Some(character) => quote = None,
            _ if quote.is_some() => {}
            '"' | '\'' => quote = Some(character),
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => {
                parts.push(&style[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&style[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pictures() -> Pictures {
        let held = [("Held".to_owned(), "a/b.png".to_owned())].into();
        Pictures { held, ..Pictures::default() }
    }

    #[test]
    fn only_pictures_at_hand_are_named() {
        let held = "//mmbiz.qpic.cn/mmbiz_png/Held/640";
        for (style, kept) in [
            ("color: red; width:1px".to_owned(), "color: red; width:1px"),
            (
                format!("color:red;background: URL( '{held}' ) no-repeat"),
                "color:red;background: URL(\"a/b.png\") no-repeat",
            ),
            (format!("background:url({held}),url(\"https:{held}\")"), "background:url(\"a/b.png\"),url(\"a/b.png\")"),
            ("background:url(https://x.cn/a;b);color:red".to_owned(), "color:red"),
            (
                "background:url('data:image/png;base64,AA==');a:b".to_owned(),
                "background:url(\"data:image/png;base64,AA==\");a:b",
            ),
            ("fill:url(#g)".to_owned(), "fill:url(\"#g\")"),
            ("color:red;background:u\\72 l(//x.cn/a)".to_owned(), "color:red"),
            ("background:\\75\\72\\6c(//x.cn/a)".to_owned(), ""),
            ("background:u/**/rl(//x.cn/a)".to_owned(), "background:u rl(//x.cn/a)"),
            ("a:u/*;*/rl(//x.cn/a);b:c".to_owned(), "a:u rl(//x.cn/a);b:c"),
            ("a:b;background:image-set('//x.cn/a' 1x)".to_owned(), "a:b"),
            ("--x:url(//x.cn/a);background:var(--x)".to_owned(), "background:var(--x)"),
            ("background:url(//x.cn/a".to_owned(), ""),
            ("background:url(\"//x.cn/a\\\") ;b:url(//x.cn/c)\")".to_owned(), ""),
        ] {
            assert_eq!(harmless(&style, &pictures()).0, kept, "{style}");
        }
        let (_, missing) = harmless("background:url(//x.cn/a);mask:url( \"//y.cn\")", &pictures());
        assert_eq!(missing, ["［缺图片 //x.cn/a · picture not held］", "［缺图片 //y.cn · picture not held］"]);
    }

    #[test]
    fn nothing_leaves_its_place() {
        for (style, kept) in [
            ("position: fixed;color:red", "color:red"),
            ("POSITION : Absolute !important;top:0", "top:0"),
            ("position:sticky", ""),
            ("position:relative;Z-Index:9", "position:relative"),
            ("p\\6fsition:fixed", ""),
            ("position/**/:fixed;color:red", "color:red"),
            ("posi/**/tion:fixed;z-index:1", "posi tion:fixed"),
            ("--p:fixed;position:var(--p)", "--p:fixed"),
            ("content:'\\'';position:fixed;color:red", ""),
            ("a:url(();position:fixed;color:red", ""),
            ("background-position:left;object-position:top", "background-position:left;object-position:top"),
            ("color:red", "color:red"),
        ] {
            assert_eq!(in_place(style).as_deref().unwrap_or(style), kept, "{style}");
        }
    }

    #[test]
    fn a_bracket_in_the_name_of_a_part_is_no_function() {
        for style in ["fill:url(#gurl(a)", "fill:url(\"#gurl(\")"] {
            assert_eq!(harmless(style, &pictures()).0, "", "{style}");
        }
    }

    proptest! {
        #[test]
        fn no_address_of_an_author_is_left_to_load(
            style in r#"(url\(|u\\72l\(|image-set\(|//x\.cn|#g|["';:() \\]|/\*|\*/|a){0,16}"#
        ) {
            let (kept, _) = harmless(&style, &pictures());
            let plain = unescaped(&kept);
            for (at, _) in plain.match_indices("url(") {
                prop_assert!(plain[at + 4..].starts_with("\"#"), "{} of {}", kept, style);
            }
            prop_assert!(!plain.contains("image-set("), "{} of {}", kept, style);
            prop_assert!(!kept.contains("/*"));
        }
    }
}
