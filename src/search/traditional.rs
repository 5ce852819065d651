//! Traditional characters, read as simplified ones.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Where nearly all of them are.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9fff;

struct Table {
    /// What each character from `FIRST` to `LAST` is read as: looked up for every character of every text.
    common: Vec<char>,
    others: HashMap<char, char>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { common: (FIRST..=LAST).filter_map(char::from_u32).collect(), others: HashMap::new() };
    for line in include_str!("traditional.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut characters = line.chars();
        let (Some(traditional), Some(simplified)) = (characters.next(), characters.next()) else { continue };
        match index(traditional) {
            Some(index) => table.common[index] = simplified,
            None => drop(table.others.insert(traditional, simplified)),
        }
    }
    table
});

/// Returns the simplified form of a character, or the character.
pub(super) fn simplified(c: char) -> char {
    match index(c) {
        Some(index) => TABLE.common[index],
        None if u32::from(c) < FIRST => c,
        None => TABLE.others.get(&c).copied().unwrap_or(c),
    }
}

fn index(c: char) -> Option<usize> {
    let code = u32::from(c);
    (FIRST..=LAST).contains(&code).then(|| (code - FIRST) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_simplified_character_stays_as_it_is() {
        for line in include_str!("traditional.txt").lines().filter(|line| !line.starts_with('#')) {
            let mut characters = line.chars();
            let (traditional, wanted) = (characters.next().unwrap(), characters.next().unwrap());
            assert_eq!(simplified(traditional), wanted);
            assert_eq!(simplified(wanted), wanted, "{traditional}");
            assert_eq!(characters.next(), None);
        }
        assert_eq!(['發', '𠁞', 'a', '好'].map(simplified)[2..], ['a', '好']);
    }
}
