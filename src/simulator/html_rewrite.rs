//! How the server rewrites HTML that comes through the API: as the web editor writes it.
//!
//! Reproduces measurements that several people made in 2026. As on the platform, it is not idempotent.

use super::behavior::Behavior;

/// Block elements: a `div` that contains one is removed, its content stays.
const BLOCKS: &[&str] =
    &["p", "section", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "figure", "pre"];

/// Elements that are removed with their content.
const FORBIDDEN: &[&str] = &["script", "style", "iframe"];

/// A style with such an entity is emptied.
const APOSTROPHE: &[&str] = &["&#39;"];
const QUOTES: &[&str] = &["&#39;", "&#34;", "&quot;"];

/// Returns HTML as `draft/get` will give it back.
pub(super) fn rewrite_html(html: &str, behavior: &Behavior) -> String {
    let emptying = if behavior.empties_quoted_styles { QUOTES } else { APOSTROPHE };
    let mut writer = Writer { out: String::with_capacity(html.len()), divs: Vec::new(), emptying };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, from_here) = rest.split_at(at);
        writer.out.push_str(text);
        rest = writer.step(from_here);
    }
    writer.out.push_str(rest);
    writer.out
}

struct Writer {
    out: String,
    /// The end tag of each open `div`.
    divs: Vec<&'static str>,
    /// A style with such an entity is emptied.
    emptying: &'static [&'static str],
}

impl Writer {
    /// Handles the tag at the start and returns the rest.
    fn step<'h>(&mut self, html: &'h str) -> &'h str {
        let Some((tag, rest)) = Tag::read(html) else {
            self.out.push('<');
            return &html[1..];
        };
        match tag.name.as_str() {
            name if FORBIDDEN.contains(&name) => return if tag.closing { rest } else { after_end(rest, name) },
            "a" => {}
            "br" => self.out.push_str("<br  />"),
            "div" if tag.closing => self.out.push_str(self.divs.pop().unwrap_or_default()),
            "div" => self.div(&tag, rest),
            "img" => self.picture(&tag),
            _ => self.keep(&tag),
        }
        rest
    }

    /// A `div` around blocks is removed. Any other becomes a paragraph with half of its style.
    fn div(&mut self, tag: &Tag<'_>, inside: &str) {
        if holds_blocks(inside) {
            self.divs.push("");
            return;
        }
        self.divs.push("</p>");
        self.out.push_str("<p");
        for (name, value) in tag.attributes.iter().filter(|(name, _)| name == "style") {
            let declarations: Vec<&str> =
                value.split(';').filter(|declaration| !declaration.trim().is_empty()).collect();
            self.attribute(name, &self.style(&declarations[..declarations.len() / 2].join(";")));
        }
        self.out.push('>');
    }

    /// `src` becomes `data-src` of a size variant; pictures of other sites are removed. A tag that was read back and is sent
    /// again ends in two spaces and a slash.
    fn picture(&mut self, tag: &Tag<'_>) {
        let echoed = tag.attributes.iter().any(|(name, _)| name == "data-src");
        let source = tag.attributes.iter().find(|(name, _)| name == if echoed { "data-src" } else { "src" });
        let Some((_, source)) = source.filter(|(_, address)| is_ours(address)) else { return };
        self.out.push_str("<img");
        self.attribute("data-src", &if echoed { source.clone() } else { variant(source) });
        for (name, value) in tag.attributes.iter().filter(|(name, _)| !name.ends_with("src")) {
            self.plain_attribute(name, value);
        }
        self.out.push_str(if echoed { "  />" } else { ">" });
    }

    /// Any other tag stays, unchanged if nothing in it is forbidden.
    fn keep(&mut self, tag: &Tag<'_>) {
        let offends = |(name, value): &(String, String)| {
            name.starts_with("on") || (name == "style" && self.style(value) != *value)
        };
        if !tag.attributes.iter().any(offends) {
            self.out.push_str(tag.written);
            return;
        }
        self.out.push('<');
        self.out.push_str(&tag.name);
        for (name, value) in &tag.attributes {
            self.plain_attribute(name, value);
        }
        self.out.push('>');
    }

    fn plain_attribute(&mut self, name: &str, value: &str) {
        match name {
            _ if name.starts_with("on") => {}
            "style" => self.attribute(name, &self.style(value)),
            _ => self.attribute(name, value),
        }
    }

    /// Quotes become entities; a style with entities is emptied; declarations that leave the page are removed.
    fn style(&self, value: &str) -> String {
        const LEAVES: [&str; 2] = ["position", "-webkit-overflow-scrolling"];
        if self.emptying.iter().any(|entity| value.contains(entity)) {
            return String::new();
        }
        let leaves = |declaration: &&str| LEAVES.contains(&declaration.split(':').next().unwrap_or_default().trim());
        let kept = if value.split(';').any(|declaration| leaves(&declaration)) {
            value.split(';').filter(|declaration| !leaves(declaration)).collect::<Vec<_>>().join(";")
        } else {
            value.to_owned()
        };
        kept.replace('\'', "&#39;")
    }

    fn attribute(&mut self, name: &str, value: &str) {
        self.out.extend([" ", name, "=\"", &value.replace('"', "&quot;"), "\""]);
    }
}

fn is_ours(address: &str) -> bool {
    let host = address.split("://").nth(1).unwrap_or_default().split('/').next().unwrap_or_default();
    host.ends_with(".qpic.cn") || host.ends_with(".qlogo.cn")
}

/// Replaces `/0` by `/640` and appends `from=appmsg`.
fn variant(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let path = path.strip_suffix("/0").unwrap_or(path);
    let sized = if path.ends_with("/640") { path.to_owned() } else { format!("{path}/640") };
    match query {
        "" => format!("{sized}?from=appmsg"),
        query if query.contains("from=appmsg") => format!("{sized}?{query}"),
        query => format!("{sized}?{query}&amp;from=appmsg"),
    }
}

/// Returns what follows the end tag of an element.
fn after_end<'h>(html: &'h str, name: &str) -> &'h str {
    let end = format!("</{name}");
    let found = html.as_bytes().windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
    found.and_then(|at| html[at..].find('>').map(|close| &html[at + close + 1..])).unwrap_or_default()
}

/// Returns whether a `div` contains a block.
fn holds_blocks(mut html: &str) -> bool {
    while let Some(at) = html.find('<') {
        match Tag::read(&html[at..]) {
            Some((tag, _)) if tag.name == "div" && tag.closing => return false,
            Some((tag, _)) if BLOCKS.contains(&tag.name.as_str()) => return true,
            Some((_, rest)) => html = rest,
            None => html = &html[at + 1..],
        }
    }
    false
}

/// A tag as written.
struct Tag<'h> {
    written: &'h str,
    name: String,
    closing: bool,
    /// Names in lower case, values without their quotes, entities as they are.
    attributes: Vec<(String, String)>,
}

impl<'h> Tag<'h> {
    /// Parses the tag at the start; `None` if the `<` begins no tag.
    fn read(html: &'h str) -> Option<(Self, &'h str)> {
        let inner = html.strip_prefix('<')?;
        let closing = inner.starts_with('/');
        let name_and_rest = inner.trim_start_matches('/');
        let length = name_and_rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':'))?;
        let (name, mut rest) = name_and_rest.split_at(length);
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if let Some(after) = rest.strip_prefix('>') {
                let written = &html[..html.len() - after.len()];
                return Some((Self { written, name: name.to_ascii_lowercase(), closing, attributes }, after));
            }
            let (attribute, after) = read_attribute(rest)?;
            attributes.push(attribute);
            rest = after;
        }
    }
}

fn read_attribute(html: &str) -> Option<((String, String), &str)> {
    let end = html.char_indices().skip(1).find(|(_, c)| c.is_ascii_whitespace() || matches!(c, '=' | '>' | '/'))?.0;
    let (name, rest) = html.split_at(end);
    let name = name.to_ascii_lowercase();
    let Some(value) = rest.trim_start().strip_prefix('=').map(str::trim_start) else {
        return Some(((name, String::new()), rest));
    };
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
    let (value, rest) = match quote {
        Some(quote) => value[1..].split_once(quote)?,
        None => value.split_at(value.find(|c: char| c.is_ascii_whitespace() || c == '>')?),
    };
    Some(((name, value.to_owned()), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PICTURE: &str = "http://mmbiz.qpic.cn/mmbiz_jpg/abc";

    #[test]
    fn html_is_rewritten_as_measured() {
        for (sent, read_back) in [
            (format!(r#"<img src="{PICTURE}" />"#), format!(r#"<img data-src="{PICTURE}/640?from=appmsg">"#)),
            (
                format!(r#"<img alt='x' src="{PICTURE}/0?wx_fmt=jpeg">"#),
                format!(r#"<img data-src="{PICTURE}/640?wx_fmt=jpeg&amp;from=appmsg" alt="x">"#),
            ),
            (r#"<p>a<img src="https://example.com/a.png"/>b</p>"#.into(), "<p>ab</p>".into()),
            ("a<br>b<br/>c<br  />".into(), "a<br  />b<br  />c<br  />".into()),
            (r#"<a href="https://example.com">text</a>"#.into(), "text".into()),
            ("<div><p>a</p><div>b</div></div>".into(), "<p>a</p><p>b</p>".into()),
            (r#"<div style="color:red;margin:0;padding:0">a</div>"#.into(), r#"<p style="color:red">a</p>"#.into()),
            ("<section><h2>a</h2></section>".into(), "<section><h2>a</h2></section>".into()),
            (r#"<p style="font-family:'X'">a</p>"#.into(), r#"<p style="font-family:&#39;X&#39;">a</p>"#.into()),
            (r#"<p style="font-family:&#39;X&#39;">a</p>"#.into(), r#"<p style="">a</p>"#.into()),
            (r#"<p style="position: fixed;top:0">a</p>"#.into(), r#"<p style="top:0">a</p>"#.into()),
            (r#"<p id="x" onclick="f('>')">a</p>"#.into(), r#"<p id="x">a</p>"#.into()),
            ("a<script>if (a<b) {}</SCRIPT>b<style>p{}</style>c<iframe src=x></iframe>d".into(), "abcd".into()),
            (
                r#"<table><td  class=x style="display:flex;gap:2px">1 < 2</td></table>"#.into(),
                r#"<table><td  class=x style="display:flex;gap:2px">1 < 2</td></table>"#.into(),
            ),
            ("你 < 我 <".into(), "你 < 我 <".into()),
            ("<p".into(), "<p".into()),
        ] {
            assert_eq!(rewrite_html(&sent, &Behavior::default()), read_back, "{sent}");
        }
    }

    #[test]
    fn a_style_with_other_quotes_is_emptied_on_demand() {
        let sent = r#"<p style="font-family:&quot;X&quot;">a</p>"#;
        assert_eq!(rewrite_html(sent, &Behavior::default()), sent);
        let behavior = Behavior { empties_quoted_styles: true, ..Behavior::default() };
        assert_eq!(rewrite_html(sent, &behavior), r#"<p style="">a</p>"#);
    }

    #[test]
    fn what_is_read_back_and_sent_again_changes_once_more() {
        let rewrite_once = |html: &str| rewrite_html(html, &Behavior::default());
        let once = rewrite_once(&format!(r#"<p>a</p><img src="{PICTURE}"><br>"#));
        let twice = rewrite_once(&once);
        assert_eq!(twice.len(), once.len() + 3);
        assert_eq!(rewrite_once(&twice), twice);
    }

    proptest::proptest! {
        #[test]
        fn nothing_brings_it_down(html in "(<|>|/|=|'|\"|&#39;|div|img|src|script|style|a| |你|[a-c]){0,40}") {
            rewrite_html(&html, &Behavior::default());
        }
    }
}
