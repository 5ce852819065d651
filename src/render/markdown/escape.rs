//! Text of which Markdown makes no markup: what is read is what is shown, by CommonMark and by GitHub's extensions.

/// Returns a text within a line. An address in it becomes a link, as GitHub makes one of it anyway: unmarked, its link would
/// run on into the markup behind it.
pub(super) fn text(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, address, behind)) = first_address(rest) {
        out.push_str(&literal(before));
        out.extend(["<", address, ">"]);
        rest = behind;
    }
    out + &literal(rest)
}

/// Returns a text in which no address becomes a link.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let (before, behind) = (&text[..at], &text[at + character.len_utf8()..]);
        if is_markup(character, before, behind) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Returns whether a character would be markup between the text before and the text behind it.
fn is_markup(character: char, before: &str, behind: &str) -> bool {
    match character {
        '\\' | '*' | '`' | '[' | ']' | '<' | '~' => true,
        // Within a word it is none.
        '_' => !(before.ends_with(char::is_alphanumeric) && behind.starts_with(char::is_alphanumeric)),
        '&' => is_entity(behind),
        // GitHub makes links of these.
        '.' => before.ends_with("www"),
        ':' => behind.starts_with("//"),
        _ => false,
    }
}

/// Returns whether a text begins with an entity, but for its ampersand.
fn is_entity(text: &str) -> bool {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
    end.is_some_and(|end| end > 0 && text[end..].starts_with(';'))
}

/// Splits a text at the first address in it.
fn first_address(text: &str) -> Option<(&str, &str, &str)> {
    let schemes = text.match_indices("://").filter_map(|(colon, _)| {
        let scheme = ["https", "http", "ftp"].into_iter().find(|scheme| text[..colon].ends_with(scheme))?;
        Some((colon - scheme.len(), colon + "://".len()))
    });
    schemes
        .map(|(begin, host)| (begin, host, host + address_length(&text[host..])))
        .find(|(_, host, end)| host < end)
        .map(|(begin, _, end)| (&text[..begin], &text[begin..end], &text[end..]))
}

/// Returns how much of an address a text begins with; the punctuation of the sentence around it is none of it.
fn address_length(text: &str) -> usize {
    let is_of_address = |at: usize, c: char| {
        c.is_ascii_alphanumeric() || "-._~:/?#@!$'*+,;=%".contains(c) || (c == '&' && !is_entity(&text[at + 1..]))
    };
    let end = text.char_indices().find(|&(at, c)| !is_of_address(at, c)).map_or(text.len(), |(at, _)| at);
    text[..end].trim_end_matches(['.', ',', ':', ';', '!', '?', '\'', '*', '_', '~']).len()
}

/// Returns where a link leads, as it stands between the brackets. Renderers undo entities before backslashes there.
pub(super) fn destination(address: &str) -> String {
    let mut out = String::with_capacity(address.len());
    for (at, character) in address.char_indices() {
        match character {
            '(' | ')' | '\\' => out.extend(['\\', character]),
            '&' if is_entity(&address[at + 1..]) => out.push_str("&amp;"),
            _ => out.push(character),
        }
    }
    out
}

/// Returns a line as it can stand at the beginning of one: it begins no heading, list, quotation, rule or table.
pub(super) fn line(line: &str) -> String {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let at = if digits > 0 && line[digits..].starts_with(['.', ')']) { digits } else { 0 };
    let mut rest = line[at..].chars();
    let (first, second) = (rest.next().unwrap_or(' '), rest.next().unwrap_or(' '));
    let begins_block = match first {
        '>' | '|' => true,
        '.' | ')' => at > 0 && second == ' ',
        '#' => matches!(second, '#' | ' '),
        '+' | '=' => second == first || second == ' ',
        '-' => matches!(second, ' ' | '-' | ':' | '|'),
        ':' => second == '-',
        _ => false,
    };
    if begins_block { format!("{}\\{}", &line[..at], &line[at..]) } else { line.to_owned() }
}

/// Returns the text of a heading: number signs at its end would close it.
pub(super) fn heading(text: &str) -> String {
    match text.strip_suffix('#') {
        Some(before) => format!("{before}\\#"),
        None => text.to_owned(),
    }
}
