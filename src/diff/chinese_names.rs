//! Chinese names of what is compared, and Chinese words for its values.

/// Names as comparisons and reports have them, and in Chinese.
const NAMES: [(&str, &str); 53] = [
    ("title", "标题"),
    ("author", "作者"),
    ("digest", "摘要"),
    ("cover", "封面"),
    ("comments", "留言"),
    ("fans-only comments", "仅粉丝可留言"),
    ("type", "类型"),
    ("article", "文章"),
    ("text", "正文"),
    ("pictures", "图片"),
    ("styles", "样式"),
    ("links", "链接"),
    ("cards", "卡片"),
    ("crop", "封面裁剪"),
    ("markup", "排版代码"),
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
    ("margins", "边距"),
    ("border", "边框"),
    ("size", "大小"),
    ("other styles", "其他样式"),
    ("line breaks", "换行"),
    ("blanks", "空白"),
    ("tags and attributes", "标签和属性"),
    ("picture description", "图片说明"),
    ("hidden text", "隐藏的文字"),
    ("drawing", "图形"),
    ("code layout", "代码的排版"),
    ("audio clip", "音频"),
    ("video", "视频"),
    ("vote", "投票"),
    ("embedded page", "嵌入的网页"),
    ("mini program", "小程序"),
    ("account card", "公众号名片"),
    ("product card", "商品卡片"),
    ("sticker", "表情"),
    ("card", "卡片"),
    ("product", "商品"),
];

/// Returns the Chinese name of what is compared; the name itself where the platform gave it.
pub(crate) fn name_in_chinese(name: &str) -> &str {
    NAMES.iter().find(|(english, _)| *english == name).map_or(name, |(_, chinese)| chinese)
}

/// Returns the Chinese word for a value that is one of a few, such as that of a switch.
pub(crate) fn value_in_chinese<'a>(name: &str, value: &'a str) -> &'a str {
    match (name, value) {
        ("comments" | "fans-only comments", "on") => "开",
        ("comments" | "fans-only comments", "off") => "关",
        ("type", "news") => "图文",
        ("type", "newspic") => "图片消息",
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::{formatting_names, part_kinds};

    #[test]
    fn everything_that_is_compared_has_a_chinese_name() {
        for name in formatting_names().chain(part_kinds()) {
            assert_ne!(name_in_chinese(name), name);
        }
        for (at, (english, chinese)) in NAMES.iter().enumerate() {
            assert!(chinese.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{chinese}");
            assert!(NAMES[..at].iter().all(|(before, _)| before != english), "{english} stands there twice");
        }
        assert_eq!(name_in_chinese("product_key"), "product_key");
    }
}
