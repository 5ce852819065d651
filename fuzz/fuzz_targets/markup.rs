//! Reads the HTML that draftkeep writes, without its own reader, and demands what every page must have: tags nest, and nothing in it
//! runs or loads anything.

/// A piece of a page.
pub enum Token<'a> {
    Open { name: &'a str, attributes: Vec<(&'a str, &'a str)>, is_closed: bool },
    Close(&'a str),
    Text(&'a str),
}

/// Reads a page. Texts and values are escaped, so `<` and `>` belong to tags alone; the name of an element may hold a `<`, to browsers as well.
pub fn tokens(html: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest) = (Vec::new(), html);
    while let Some((text, after)) = rest.split_once('<') {
        let (inside, after) = after.split_once('>').unwrap_or_else(|| panic!("a tag does not end: <{after}"));
        tokens.extend([words(text), tag(inside)]);
        rest = after;
    }
    tokens.push(words(rest));
    tokens
}

fn words(text: &str) -> Token<'_> {
    assert!(!text.contains('>'), "a > stands in a text: {text}");
    Token::Text(text)
}

fn tag(inside: &str) -> Token<'_> {
    if let Some(name) = inside.strip_prefix('/') {
        return Token::Close(name);
    }
    let end = inside.find([' ', '/']).unwrap_or(inside.len());
    let (name, mut rest) = inside.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(' ');
        if matches!(rest, "" | "/") {
            return Token::Open { name, attributes, is_closed: rest == "/" };
        }
        let read = rest.split_once("=\"").and_then(|(key, rest)| Some((key, rest.split_once('"')?)));
        let (key, (value, after)) = read.unwrap_or_else(|| panic!("no attribute: {rest} in <{inside}>"));
        attributes.push((key, value));
        rest = after;
    }
}

/// Fails unless everything that is opened is closed in its turn.
pub fn assert_nested(html: &str) {
    let mut open = Vec::new();
    for token in tokens(html) {
        match token {
            Token::Open { name, is_closed: false, .. } if !is_void(name) => open.push(name),
            Token::Close(name) => assert_eq!(open.pop(), Some(name), "{html}"),
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} stays open: {html}");
}

fn is_void(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "embed" | "hr" | "img" | "input" | "param" | "source" | "track" | "wbr")
}

/// Elements that run, load, send, or change how the rest is read.
const FORBIDDEN: [&str; 29] = [
    "script",
    "style",
    "title",
    "applet",
    "object",
    "embed",
    "base",
    "link",
    "meta",
    "form",
    "input",
    "button",
    "textarea",
    "select",
    "frame",
    "frameset",
    "template",
    "noscript",
    "noembed",
    "noframes",
    "xmp",
    "plaintext",
    "listing",
    "use",
    "set",
    "animate",
    "animatemotion",
    "animatetransform",
    "discard",
];

/// Attributes whose address is loaded or followed.
const ADDRESSES: [&str; 18] = [
    "src",
    "srcset",
    "srcdoc",
    "imagesrcset",
    "href",
    "xlink:href",
    "poster",
    "data",
    "lowsrc",
    "dynsrc",
    "action",
    "formaction",
    "codebase",
    "background",
    "classid",
    "manifest",
    "xml:base",
    "ping",
];

/// Fails where something runs or loads. `held` are the addresses of the pictures at hand.
pub fn assert_harmless(html: &str) {
    for token in tokens(html) {
        let Token::Open { name, attributes, .. } = token else { continue };
        assert!(!FORBIDDEN.contains(&name.to_ascii_lowercase().as_str()), "<{name}> in {html}");
        for (key, value) in attributes {
            let key = key.to_ascii_lowercase();
            assert!(!key.starts_with("on"), "<{name} {key}> runs in {html}");
            assert!(!ADDRESSES.contains(&key.as_str()) || is_harmless(name, value), "<{name} {key}={value}> in {html}");
            assert!(key != "style" || loads_nothing(value), "<{name} style={value}> in {html}");
        }
    }
}

fn is_harmless(name: &str, address: &str) -> bool {
    let address = address.to_ascii_lowercase();
    let begins = |schemes: &[&str]| schemes.iter().any(|scheme| address.starts_with(scheme));
    match name {
        "a" | "area" => begins(&["https://", "http://", "mailto:", "tel:", "#"]),
        "iframe" => false,
        _ => begins(&["data:image/", "#"]),
    }
}

fn loads_nothing(style: &str) -> bool {
    let style = style.to_ascii_lowercase();
    style.match_indices("url(").all(|(at, _)| {
        let address = style[at + 4..].trim_start_matches("&quot;");
        address.starts_with('#') || address.starts_with("data:image/")
    })
}
