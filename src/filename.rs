//! File names out of titles: safe for any file system, and for the shell of whoever types them.

/// The most bytes of a title in a name. With an ending it stays below 143, the least that common file systems grant
/// (eCryptfs; ext4 and NTFS have 255).
const LONGEST: usize = 100;

/// Names that Windows reserves, with any ending (Naming Files, Paths, and Namespaces).
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
const RESERVED_NUMBERED: [&str; 2] = ["com", "lpt"];

/// Returns a title as the beginning of a file's name; never empty.
pub fn stem(title: &str) -> String {
    let replaced: String =
        title.chars().filter(|&c| !is_invisible(c)).map(|c| if is_safe(c) { c } else { ' ' }).collect();
    let joined = replaced.split_whitespace().collect::<Vec<_>>().join(" ");
    // A leading dot hides the file, a leading dash makes it an option, a dot or blank at the end is lost on Windows.
    let trimmed = joined.trim_start_matches(['.', '-', ' ']);
    let stem = trimmed[..trimmed.floor_char_boundary(LONGEST)].trim_end_matches(['.', ' ']);
    match stem {
        "" => "untitled".to_owned(),
        // What is behind the first dot is an ending, and makes no difference.
        stem if is_reserved(stem) => {
            stem.split_once('.').map_or(format!("{stem}_"), |(name, end)| format!("{name}_.{end}"))
        }
        stem => stem.to_owned(),
    }
}

/// Returns whether a character is nothing but an order to whoever shows it: joiners, marks of direction, byte order marks.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffc}')
}

fn is_safe(character: char) -> bool {
    !character.is_control() && !character.is_whitespace() && !r#"/\<>:"|?*"#.contains(character)
}

/// Returns whether Windows has a device of this name.
pub fn is_reserved(name: &str) -> bool {
    let name = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let is_digit = |rest: &str| matches!(rest, "¹" | "²" | "³") || matches!(rest.as_bytes(), [b'0'..=b'9']);
    let numbered = |prefix: &&str| name.strip_prefix(prefix).is_some_and(is_digit);
    RESERVED.contains(&name.as_str()) || RESERVED_NUMBERED.iter().any(numbered)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_safe_and_still_say_something() {
        for (title, name) in [
            ("秋季新品预告：三款新品，九月见。", "秋季新品预告：三款新品，九月见。"),
            ("a/b\\c: \"d\" <e>|?*", "a b c d e"),
            ("../../etc/passwd", "etc passwd"),
            ("\u{202e}txt.exe\u{7}\n二", "txt.exe 二"),
            ("-rf ~", "rf ~"),
            (" . . ", "untitled"),
            ("", "untitled"),
            ("NUL", "NUL_"),
            ("com1.txt", "com1_.txt"),
            ("LPT²", "LPT²_"),
            ("Comet", "Comet"),
            ("a.", "a"),
        ] {
            assert_eq!(stem(title), name, "{title:?}");
        }
        assert_eq!(stem(&"长".repeat(300)), "长".repeat(33));
    }

    proptest! {
        #[test]
        fn any_title_makes_a_name(title: String) {
            let name = stem(&title);
            prop_assert!(!name.is_empty() && name.len() <= LONGEST + 1);
            prop_assert!(!name.starts_with(['.', '-', ' ']) && !name.ends_with(['.', ' ']));
            prop_assert!(!name.contains(|c: char| c.is_control() || r#"/\<>:"|?*"#.contains(c)));
            prop_assert_eq!(stem(&name), name.clone(), "a name is its own name");
        }
    }
}
