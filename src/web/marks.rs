//! The words of the marks in a compared article.

use super::texts::{Texts, filled};
use crate::diff::{ChangeKind, Wording};

/// What of the looks changed, as the comparison names it, and in Chinese.
const LOOKS: [(&str, &str); 17] = [
    ("colour", "颜色"),
    ("background colour", "背景色"),
    ("font size", "字号"),
    ("font", "字体"),
    ("bold", "加粗"),
    ("italics", "斜体"),
    ("underline", "下划线"),
    ("heading", "标题级别"),
    ("alignment", "对齐"),
    ("line height", "行高"),
    ("letter spacing", "字距"),
    ("indentation", "缩进"),
    ("strikethrough", "删除线"),
    ("superscript", "上标"),
    ("subscript", "下标"),
    ("link", "链接"),
    ("background", "背景图"),
];

/// The words in the texts' language.
pub(super) struct Words(pub(super) &'static Texts);

impl Words {
    /// Names what of the looks changed.
    pub(super) fn looks(&self, names: &[&'static str]) -> String {
        let name = |name: &&'static str| match LOOKS.iter().find(|(english, _)| english == name) {
            Some((_, chinese)) if self.0.is_chinese() => *chinese,
            _ => *name,
        };
        names.iter().map(name).collect::<Vec<_>>().join(self.0.comma)
    }
}

impl Wording for Words {
    fn mark(&self, kind: ChangeKind, formatting: &[&'static str]) -> String {
        let texts = self.0;
        match kind {
            ChangeKind::Added => texts.legend_added.to_owned(),
            ChangeKind::Removed => texts.legend_removed.to_owned(),
            ChangeKind::Replaced => texts.legend_replaced.to_owned(),
            ChangeKind::MovedHere => texts.legend_moved_here.to_owned(),
            ChangeKind::MovedAway => texts.legend_moved_away.to_owned(),
            ChangeKind::Formatting => format!("{}{}", texts.legend_look, self.looks(formatting)),
        }
    }

    fn unchanged(&self, blocks: usize) -> String {
        filled(self.0.blocks_unchanged, blocks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::formatting_names;

    #[test]
    fn every_look_has_a_chinese_name() {
        for name in formatting_names() {
            assert!(LOOKS.iter().any(|(english, _)| *english == name), "{name}");
        }
    }
}
