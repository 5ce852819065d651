//! How a field that was read back differs from what was sent, and what of the looks changed.

use super::super::texts::Texts;
use crate::diff::{Extent, FormattingChange, name_in_chinese, value_in_chinese};
use crate::picture::ImageChange;
use crate::restore::FieldNote;

/// Says how `field` differs.
pub(in super::super) fn note(field: &str, note: &FieldNote, texts: &Texts) -> String {
    if texts.is_chinese() { chinese(field, note) } else { note.to_string() }
}

/// Says what of the looks changed, and where.
pub(in super::super) fn formatting(change: &FormattingChange, texts: &Texts) -> String {
    if texts.is_chinese() { look(change) } else { change.to_string() }
}

fn look(change: &FormattingChange) -> String {
    let name = name_in_chinese(&change.what);
    match change.extent {
        Extent::Paragraphs(count) => format!("{count} 段的{name}"),
        Extent::Places(count) => format!("{count} 处{name}"),
        Extent::Somewhere => name.to_owned(),
    }
}

fn chinese(field: &str, note: &FieldNote) -> String {
    match note {
        FieldNote::NotThere => "草稿里没有这一篇".to_owned(),
        FieldNote::NotSent => "这一篇不是恢复时发送的".to_owned(),
        FieldNote::NotTold => "接口读不到".to_owned(),
        FieldNote::FilledIn => "没有发送，是微信自动填的".to_owned(),
        FieldNote::OfOneArticle => "只有单篇的草稿才有".to_owned(),
        FieldNote::Empty => "现在是空的".to_owned(),
        FieldNote::Value(value) => format!("现在是 {}", value_in_chinese(field, value)),
        FieldNote::SamePicture => "同一张图片，换了 media_id".to_owned(),
        FieldNote::OtherPicture => "是另一张图片".to_owned(),
        FieldNote::UnknownPicture => "media_id 换了，不知道是不是同一张图片".to_owned(),
        FieldNote::Text { added: 0, removed: 0, moved } => format!("{moved} 段换了位置"),
        FieldNote::Text { added, removed, moved: 0 } => format!("+{added} −{removed} 字"),
        FieldNote::Text { added, removed, moved } => format!("+{added} −{removed} 字，{moved} 段换了位置"),
        FieldNote::PicturesLost { lost, added: 0 } => format!("少了 {lost} 张"),
        FieldNote::PicturesLost { lost, added } => format!("少了 {lost} 张，多了 {added} 张"),
        FieldNote::PicturesMoved { added, moved } => counts(&[(*added, "多了", "张"), (*moved, "挪动", "张")]),
        FieldNote::Converted(changes) => changes.iter().map(converted).collect::<Vec<_>>().join("；"),
        FieldNote::Parts { what: _, changed, added, removed, moved } => counts(&[
            (*changed, "改了", "处"),
            (*added, "多了", "处"),
            (*removed, "少了", "处"),
            (*moved, "挪动", "处"),
        ]),
        FieldNote::Formatting(changes) => changes.iter().map(look).collect::<Vec<_>>().join("、"),
        FieldNote::Markup => "只是标签或属性的写法不同，看起来一样".to_owned(),
        FieldNote::LinksLost { lost, all, words_stay } => {
            let words = if *words_stay { "，文字还在" } else { "" };
            format!("{all} 个链接里有 {lost} 个没有了地址{words}")
        }
        FieldNote::Cards { gone: 0, changed, all } => format!("{all} 个卡片里有 {changed} 个变了"),
        FieldNote::Cards { gone, changed: 0, all } => format!("{all} 个卡片里有 {gone} 个没有了"),
        FieldNote::Cards { gone, changed, all } => {
            format!("{all} 个卡片里有 {gone} 个没有了，{changed} 个变了")
        }
    }
}

fn counts(counts: &[(usize, &str, &str)]) -> String {
    let counts = counts.iter().filter(|(count, ..)| *count > 0);
    counts.map(|(count, became, of)| format!("{became} {count} {of}")).collect::<Vec<_>>().join("，")
}

fn converted(change: &ImageChange) -> String {
    let mut told = format!("{} 转成了 {}", change.from.name(), change.to.name());
    if let Some([before, after]) = change.scaled {
        told += &format!("，从 {} × {} 缩小到 {} × {}", before.0, before.1, after.0, after.1);
    }
    if change.is_stopped() {
        told += "，动图只留下第一帧";
    }
    if change.loses_profile {
        told += "，没有了色彩配置";
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::formatting_names;
    use crate::model::Language;
    use crate::picture::ImageFormat;
    use crate::web::facts::tests::is_in_both_languages;

    #[test]
    fn every_note_is_told_in_both_languages() {
        let looks =
            |extent| formatting_names().map(move |what| FormattingChange { what: what.into(), extent }).collect();
        let scaled = Some([(600, 500), (320, 267)]);
        let [one, other] = [(ImageFormat::Gif, None), (ImageFormat::Png, scaled)].map(|(from, scaled)| ImageChange {
            from,
            to: ImageFormat::Jpeg,
            scaled,
            loses_profile: true,
        });
        let notes = [
            FieldNote::NotThere,
            FieldNote::NotSent,
            FieldNote::NotTold,
            FieldNote::FilledIn,
            FieldNote::OfOneArticle,
            FieldNote::Empty,
            FieldNote::Value("on".to_owned()),
            FieldNote::SamePicture,
            FieldNote::OtherPicture,
            FieldNote::UnknownPicture,
            FieldNote::Text { added: 0, removed: 0, moved: 1 },
            FieldNote::Text { added: 1, removed: 2, moved: 0 },
            FieldNote::Text { added: 1, removed: 2, moved: 3 },
            FieldNote::PicturesLost { lost: 2, added: 1 },
            FieldNote::PicturesLost { lost: 2, added: 0 },
            FieldNote::PicturesMoved { added: 1, moved: 2 },
            FieldNote::Converted(vec![one, other]),
            FieldNote::Parts { what: "hidden text".into(), changed: 1, added: 2, removed: 3, moved: 4 },
            FieldNote::Formatting(looks(Extent::Paragraphs(3))),
            FieldNote::Formatting(looks(Extent::Places(1))),
            FieldNote::Formatting(looks(Extent::Somewhere)),
            FieldNote::Markup,
            FieldNote::LinksLost { lost: 1, all: 2, words_stay: true },
            FieldNote::Cards { gone: 0, changed: 1, all: 2 },
            FieldNote::Cards { gone: 1, changed: 0, all: 2 },
            FieldNote::Cards { gone: 1, changed: 1, all: 2 },
        ];
        for it in notes {
            let told = |language: Language| note("comments", &it, language.texts());
            is_in_both_languages(&told(Language::Chinese), &told(Language::English));
            let written = serde_json::to_string(&it).unwrap();
            assert_eq!(serde_json::from_str::<FieldNote>(&written).unwrap(), it, "as the archive keeps it");
        }
    }
}
